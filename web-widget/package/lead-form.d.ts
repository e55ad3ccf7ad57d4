/** What the thanks say, and where they lead. */
export interface Thanks {
  title: string;
  message: string;
  redirect: string | null;
  booking: { url: string; label: string } | null;
}

/** What each event tells in its `detail`; nothing that a visitor typed is in any. */
export interface LeadFormEvents {
  /** The rules are loaded, or cannot be. */
  'lead-form:ready': CustomEvent<{ rules: boolean }>;
  /** Another step is shown, counted from 1. */
  'lead-form:step': CustomEvent<{ step: number; count: number }>;
  /** The names of the fields that were refused, here or at the edge. */
  'lead-form:invalid': CustomEvent<{ errors: string[] }>;
  /** A sending begins. */
  'lead-form:submit': CustomEvent<Record<string, never>>;
  /** The submission arrived. `preventDefault()` keeps the page where it is. */
  'lead-form:success': CustomEvent<Record<string, never>>;
  /** Given up for now; 0 where no answer came. */
  'lead-form:error': CustomEvent<{ status: number }>;
}

/** The element `<lead-form>`. */
export class LeadForm extends HTMLElement {
  /** The public key of the form: its attribute `form`. */
  readonly key: string;
  /** Where submissions go. */
  readonly url: string;
  addEventListener<K extends keyof LeadFormEvents>(
    type: K, listener: (this: LeadForm, event: LeadFormEvents[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'lead-form': LeadForm;
  }
}
