// Checking what stands in the controls, at the moments at which it helps: on leaving a field, while an error is mended.
import { focused, make, putBeside } from './dom.js';
import { hasError, setError } from './errors.js';
import { isField, textOf } from './values.js';
import { fill } from './words.js';

export class Checks {
  /** The rules, once they have arrived. */
  rules = null;
  #form;
  #steps;
  #progress;
  #pressed = false;
  #left = new Set();

  constructor(form, steps, progress) {
    this.#form = form;
    this.#steps = steps;
    this.#progress = progress;
  }

  /** Listens until `signal` ends. */
  listen(signal) {
    const on = (target, type, act) => target.addEventListener(type, act, { signal });
    on(this.#form, 'focusout', ({ target }) => this.#leave(target));
    on(this.#form, 'click', (event) => this.#click(event));
    on(this.#form, 'pointerdown', () => { this.#pressed = true; });
    for (const type of ['pointerup', 'pointercancel']) on(document, type, () => setTimeout(() => this.#release()));
    on(signal, 'abort', () => {
      this.#left.clear();
      this.#pressed = false;
    });
  }

  // An error that appears under the pointer moves the button away before the click lands: wait until it is released.
  #leave(control) {
    if (!isField(control) || control === focused(control)) return;
    this.#left.add(control);
    if (!this.#pressed) this.#release();
  }

  #release() {
    this.#pressed = false;
    const left = [...this.#left];
    this.#left.clear();
    for (const control of left) {
      const now = focused(this.#form);
      // Between two buttons of one group the group is not left.
      if (now?.name === control.name && now.form === control.form) continue;
      this.check(control);
      this.#suggest(control);
    }
  }

  /** An answer was edited. */
  edited(target) {
    this.#offerFor(target.name)?.remove();
    const control = this.control(target.name) ?? target;
    if (hasError(control)) this.check(control);
  }

  /** Shows what is wrong with `control`, or that nothing is. */
  check(target) {
    const control = this.control(target.name) ?? target;
    const verdict = this.#verdict(control);
    setError(control, verdict && this.message(verdict));
  }

  // "" or "code" or "code:limit" from the rules, or the browser's own words for what only the page's author asked for.
  #verdict(control) {
    control.setCustomValidity(''); // `setError` sets it again
    const { validity, validationMessage } = control;
    const needed = control.required || control.getAttribute('aria-required') === 'true' || Boolean(control.dataset.needed);
    const value = textOf(control);
    if (validity.badInput) return control.type === 'date' ? 'not_date' : validationMessage;
    if (needed && (validity.valueMissing || !value)) return 'required';
    const verdict = this.rules ? this.#steps.verdict(this.rules, control.name, value, needed) : '';
    // The browser's idea of an e-mail address is narrower than ours, and its range is the form's own.
    const ours = validity.typeMismatch || this.rules && (validity.rangeUnderflow || validity.rangeOverflow);
    return verdict || (validity.valid || ours ? '' : validationMessage);
  }

  /** What a visitor reads for a verdict. */
  message(verdict) {
    const { codes } = this.#progress.words;
    const [code, limit] = verdict.split(':');
    return codes[code] ? fill(codes[code], { limit }) ?? codes[code] : verdict;
  }

  #offerFor(name) {
    return this.#form.querySelector(`[data-suggestion-for="${CSS.escape(name)}"]`);
  }

  #suggest(control) {
    if (!this.rules || control.type !== 'email' && control.name !== 'email' || hasError(control)) return;
    const value = this.rules.suggest(control.value);
    if (!value || this.#offerFor(control.name)) return;
    const text = fill(this.#progress.words.texts.suggestion, { value });
    const button = make('button', { type: 'button', className: 'lf-suggestion', value }, text);
    button.dataset.suggestionFor = control.name;
    putBeside(control, button);
    this.#progress.say(text);
  }

  /** The control of that name, of several the first. */
  control(name) {
    const found = this.#form.elements.namedItem(name);
    return found instanceof RadioNodeList ? found[0] : found;
  }

  // A suggestion taken, or a link of the summary followed.
  #click(event) {
    const suggestion = event.target.closest('.lf-suggestion');
    const link = event.target.closest('.lf-summary a');
    if (suggestion) {
      const control = this.control(suggestion.dataset.suggestionFor);
      control.value = suggestion.value;
      control.focus();
      for (const type of ['input', 'change']) control.dispatchEvent(new Event(type, { bubbles: true }));
    } else if (link) {
      event.preventDefault();
      const control = this.#form.getRootNode().getElementById(link.hash.slice(1));
      this.#steps.reveal(control);
      control?.focus();
      control?.scrollIntoView({ block: 'center' });
    }
  }
}
