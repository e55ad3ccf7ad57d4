// The element: owns the DOM of one form and the course of its sending. What is right or wrong is never decided here.
import { attribution } from './attribution.js';
import { make, newId, putBeside } from './dom.js';
import { hasError, removeSummary, setError, showSummary } from './errors.js';
import { codes, fill, texts } from './messages.en.js';
import { Progress } from './progress.js';
import { loadRules } from './rules.js';
import { forgetKey, keyOf, post } from './transport.js';
import { controlsOf, isField, textOf, valuesOf } from './values.js';

/** Pauses before the second and later attempts of a failed sending, in ms. */
const BACKOFF = [1000, 3000, 9000];
/** How often one sending may be put off by a busy server. */
const MOST_WAITS = 5;

/**
 * `<lead-form form="pk_…" [base="https://…"]>` around a `<form method="post">`, which it enhances in place.
 * Events, bubbling and composed: `lead-form:ready` { rules }, `invalid` { errors }, `submit`, `success`, `error` { status }.
 */
export class LeadForm extends HTMLElement {
  #life; // its signal ends every listener, timer and request of this connection
  #form;
  #rules = null;
  #shown;
  #progress;
  #sending = null;
  #pressed = false;
  #left = new Set();

  connectedCallback() {
    const life = new AbortController();
    this.#life = life;
    const start = () => life.signal.aborted || this.#start(life.signal);
    // While the parser is still at work, the children are not there yet.
    if (document.readyState === 'loading') {
      document.addEventListener('DOMContentLoaded', start, { once: true, signal: life.signal });
    } else queueMicrotask(start);
  }

  disconnectedCallback() {
    this.#life.abort();
    this.#left.clear();
    this.#pressed = false;
    this.#cancel();
  }

  /** The public key of the form. */
  get key() {
    return this.getAttribute('form') ?? '';
  }

  /** Where submissions go. */
  get url() {
    const base = this.getAttribute('base') || new URL(import.meta.url).origin;
    return `${base.replace(/\/+$/, '')}/f/${encodeURIComponent(this.key)}`;
  }

  #start(signal) {
    const form = this.querySelector('form');
    if (!form || !this.key) {
      console.error(`<lead-form> needs ${form ? 'its form attribute, the public form key' : 'a <form> inside it'}.`, this);
      return;
    }
    this.#shown ??= performance.now();
    if (this.#form !== form) this.#progress = new Progress(form, () => this.#sending?.hurry());
    this.#form = form;
    form.noValidate = true; // the browser's own bubbles would stand in front of ours
    if (!form.hasAttribute('action')) {
      form.setAttribute('method', 'post');
      form.setAttribute('action', this.url);
    }
    if (!form.elements.namedItem('lg_ref')) form.append(trap());

    const on = (target, type, act) => target.addEventListener(type, act, { signal });
    on(form, 'submit', (event) => this.#submit(event));
    on(form, 'focusout', ({ target }) => this.#leave(target));
    on(form, 'input', (event) => this.#edit(event));
    on(form, 'click', (event) => this.#click(event));
    on(form, 'pointerdown', () => { this.#pressed = true; });
    for (const type of ['pointerup', 'pointercancel']) on(document, type, () => setTimeout(() => this.#release()));
    loadRules().then((rules) => {
      if (signal.aborted) return;
      this.#rules = rules;
      this.#tell('ready', { rules: Boolean(rules) });
    });
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`lead-form:${name}`, { bubbles: true, composed: true, detail }));
  }

  // --- checking -------------------------------------------------------------------------------------------------

  // An error that appears under the pointer moves the button away before the click lands: wait until it is released.
  #leave(control) {
    if (!isField(control) || control === document.activeElement) return;
    this.#left.add(control);
    if (!this.#pressed) this.#release();
  }

  #release() {
    this.#pressed = false;
    const left = [...this.#left];
    this.#left.clear();
    for (const control of left) {
      // Between two buttons of one group the group is not left.
      if (document.activeElement?.name === control.name && document.activeElement.form === control.form) continue;
      this.#check(control);
      this.#suggest(control);
    }
  }

  #edit({ target, isComposing }) {
    this.#cancel();
    if (isComposing || !isField(target)) return;
    this.querySelector(`[data-suggestion-for="${CSS.escape(target.name)}"]`)?.remove();
    const control = target.type === 'radio' ? this.#control(target.name) : target;
    if (hasError(control)) this.#check(control);
  }

  #check(control) {
    const verdict = this.#verdict(control);
    setError(control, verdict && this.#message(verdict));
  }

  // "" or "code" or "code:limit" from the rules, or the browser's own words for what only the page's author asked for.
  #verdict(control) {
    control.setCustomValidity(''); // `setError` sets it again
    const { validity, validationMessage } = control;
    const needed = control.required || control.getAttribute('aria-required') === 'true';
    if (needed && validity.valueMissing) return 'required';
    const verdict = this.#rules?.check(control.name, textOf(control), needed) ?? '';
    // The browser's idea of an e-mail address is narrower than ours.
    return verdict || (validity.valid || validity.typeMismatch ? '' : validationMessage);
  }

  #message(verdict) {
    const [code, limit] = verdict.split(':');
    return codes[code] ? fill(codes[code], { limit }) ?? codes[code] : verdict;
  }

  #suggest(control) {
    if (!this.#rules || control.type !== 'email' && control.name !== 'email' || hasError(control)) return;
    const value = this.#rules.suggest(control.value);
    const known = this.querySelector(`[data-suggestion-for="${CSS.escape(control.name)}"]`);
    if (!value || known) return;
    const text = fill(texts.suggestion, { value });
    const button = make('button', { type: 'button', className: 'lf-suggestion', value }, text);
    button.dataset.suggestionFor = control.name;
    putBeside(control, button);
    this.#progress.say(text);
  }

  #control(name) {
    const found = this.#form.elements.namedItem(name);
    return found instanceof RadioNodeList ? found[0] : found;
  }

  // A suggestion taken, or a link of the summary followed.
  #click(event) {
    const suggestion = event.target.closest('.lf-suggestion');
    const link = event.target.closest('.lf-summary a');
    if (suggestion) {
      const control = this.#control(suggestion.dataset.suggestionFor);
      control.value = suggestion.value;
      control.focus();
      for (const type of ['input', 'change']) control.dispatchEvent(new Event(type, { bubbles: true }));
    } else if (link) {
      event.preventDefault();
      const control = document.getElementById(link.hash.slice(1));
      control?.focus();
      control?.scrollIntoView({ block: 'center' });
    }
  }

  // --- sending --------------------------------------------------------------------------------------------------

  #submit(event) {
    event.preventDefault();
    if (this.#sending) return;
    removeSummary(this.#form);
    this.#progress.rest();
    const controls = controlsOf(this.#form);
    for (const control of controls) this.#check(control);
    if (controls.some(hasError)) {
      this.#tell('invalid', { errors: controls.filter(hasError).map(({ name }) => name) });
      showSummary(this.#form);
      return;
    }
    this.#tell('submit');
    const sending = new Sending(this.#life.signal);
    this.#sending = sending;
    this.#progress.busy();
    this.#send(sending).catch((fault) => {
      // Ended by the visitor's edit or by leaving the page; anything else is ours and must be seen.
      if (!sending.signal.aborted) throw fault;
    }).finally(() => {
      if (this.#sending === sending) this.#sending = null;
      sending.end();
    });
  }

  // An edit while nothing is under way but a pause takes the sending back: the visitor will press the button again.
  #cancel() {
    if (!this.#sending?.paused && !this.#life.signal.aborted) return;
    this.#sending?.end();
    this.#sending = null;
    this.#progress?.rest();
  }

  async #send(sending) {
    const said = valuesOf(this.#form);
    const found = attribution(location.href, document.referrer);
    let failures = 0;
    let waits = 0;
    for (;;) {
      const values = { ...found, ...said, lg_ms: Math.round(performance.now() - this.#shown) };
      const outcome = await post(this.url, keyOf(this.key, values), values, sending.signal);
      if (outcome.kind === 'accepted') {
        forgetKey(this.key, values);
        return this.#succeed();
      }
      if (outcome.kind === 'refused') {
        // What the page's address brought and the visitor cannot mend is left out, once each.
        const ours = outcome.errors.map(({ pointer }) => memberOf(pointer)).filter((name) => name in found && !(name in said));
        if (!ours.length) return this.#refuse(outcome);
        for (const name of ours) delete found[name];
      } else if (outcome.kind === 'wait' && waits < MOST_WAITS) {
        waits += 1;
        this.#progress.countdown(outcome.seconds, sending.signal);
        await sending.pause(outcome.seconds * 1000);
        this.#progress.busy();
      } else if (outcome.kind === 'lost' && failures < BACKOFF.length) {
        this.#progress.offline();
        await sending.pause(BACKOFF[failures] * (0.8 + 0.4 * Math.random()));
        failures += 1;
        this.#progress.busy();
      } else return this.#fail(0, texts.lost, true);
    }
  }

  #succeed() {
    removeSummary(this.#form);
    this.#form.reset();
    this.#progress.done();
    this.#tell('success');
  }

  #refuse({ status, errors }) {
    const general = { 403: texts.forbidden, 404: texts.gone, 413: texts.tooLarge, 415: texts.unsupported }[status];
    if (general || !errors.length) return this.#fail(status, general ?? texts.refused, false);
    this.#progress.rest();
    const others = [];
    for (const error of errors) {
      const name = memberOf(error.pointer);
      const control = this.#control(name);
      const message = fill(codes[error.code] ?? '', {}) || error.detail || texts.refused;
      if (control && isField(control)) setError(control, message);
      else others.push(name ? `${name}: ${message}` : message);
    }
    this.#tell('invalid', { errors: errors.map(({ pointer }) => memberOf(pointer)) });
    showSummary(this.#form, others);
  }

  #fail(status, text, again) {
    this.#progress.failed(text, again);
    this.#tell('error', { status });
  }
}

/** One press of the button: its requests and pauses until it is over. */
class Sending {
  #end = new AbortController();
  /** Whether it waits, and nothing is on the wire. */
  paused = false;
  /** Ends the pause at once. */
  hurry = () => {};

  constructor(life) {
    life.addEventListener('abort', () => this.end(), { signal: this.signal });
  }

  get signal() {
    return this.#end.signal;
  }

  end() {
    this.#end.abort();
  }

  async pause(ms) {
    this.paused = true;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      const stop = () => { clearTimeout(timer); resolve(); };
      this.hurry = stop;
      this.signal.addEventListener('abort', stop);
    });
    this.paused = false;
    this.signal.throwIfAborted();
  }
}

// The member that a JSON pointer (RFC 6901) of an error names.
function memberOf(pointer) {
  return String(pointer ?? '').slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
}

// A field that people do not see and programs fill. Hidden outright until the stylesheet can move it out of sight.
function trap() {
  const input = make('input', { name: 'lg_ref', id: newId('ref'), tabIndex: -1, autocomplete: 'off' });
  const box = make('div', { className: 'lf-trap', hidden: true }, input);
  box.setAttribute('aria-hidden', 'true');
  return box;
}
