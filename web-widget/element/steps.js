// The steps of a form and its conditions, as the rules tell them; without rules everything is asked, one step after the other.
import { make, pause } from './dom.js';
import { hasError, setError } from './errors.js';
import { answersOf, controlsOf } from './values.js';
import { fill } from './words.js';

/** The columns of a line of the compact form that the page needs itself (docs/spec.md, F3). */
const KIND = 0;
const NAME = 1;
const REQUIRED = 2;
const WHEN = 4;

export class Steps {
  /** The names whose answers are lists. */
  lists;
  #form;
  #logic;
  #lines;
  #sections;
  #words;
  #state = [];
  #current = 0;
  #send;

  /** `logic` is the compact form, blank for a form written by hand; its steps are the elements of class `lf-section`. */
  constructor(form, logic, words) {
    this.#form = form;
    this.#logic = logic;
    this.#lines = logic ? logic.split('\n').map((line) => line.split('\t')) : [];
    this.#sections = [...form.querySelectorAll('.lf-section')];
    this.#words = words;
    this.lists = new Set(this.#lines.filter((line) => line[KIND] === 'm').map((line) => line[NAME]));
    this.#send = form.querySelector('[type=submit]')?.textContent;
  }

  /** The verdict on an answer, by its line or else by the name of its field. */
  verdict(rules, name, value, needed) {
    const line = this.#lines.findIndex((columns) => columns[NAME] === name);
    // A form written by hand has no lines: a lead's own field has its own rule, any other is text of any length.
    return line < 0 ? rules.answer(`t\t${name}`, 0, value, needed) : rules.answer(this.#logic, line, value, needed);
  }

  /** Shows, hides and requires what the answers so far ask for. */
  apply(rules) {
    if (!this.#lines.length) return;
    this.#state = [...(rules?.state(this.#logic, answersOf(this.#form)) || this.#unconditional())];
    this.#lines.forEach((columns, at) => {
      if (columns[NAME]) this.#set(columns[NAME], this.#state[at]);
    });
    this.#draw();
  }

  // A skipped step cannot be told without the rules, so that nothing behind a condition is required.
  #unconditional() {
    let open = true;
    return this.#lines.map((columns) => {
      if (columns[KIND] === 's') {
        open = !columns[WHEN];
        return 's';
      }
      return columns[REQUIRED] && !columns[WHEN] && open ? 'r' : 'o';
    });
  }

  #set(name, state) {
    const found = this.#form.elements.namedItem(name);
    const controls = found instanceof RadioNodeList ? [...found] : [found].filter(Boolean);
    for (const control of controls) {
      control.disabled = state === 'h';
      // No box of several needs a tick of its own.
      if (control.type === 'checkbox' && this.lists.has(name)) control.dataset.needed = state === 'r' ? 'true' : '';
      else control.required = state === 'r' && control.type !== 'hidden';
    }
    const box = controls[0]?.closest('.lf-group') ?? controls[0]?.closest('.lf-field, .lf-check');
    if (!box) return;
    box.hidden = state === 'h';
    const mark = box.querySelector('.lf-need');
    if (mark) mark.hidden = state !== 'r';
    if (box.hidden && hasError(controls[0])) setError(controls[0], '');
  }

  // The sections that are not skipped, by their numbers.
  get #shown() {
    const states = this.#state.filter((_, at) => this.#lines[at][KIND] === 's');
    return this.#sections.map((_, at) => at).filter((at) => states[at] !== 'x' || at === this.#current);
  }

  #draw() {
    const shown = this.#shown;
    const number = shown.indexOf(this.#current) + 1;
    const count = shown.length;
    this.#sections.forEach((section, at) => { section.hidden = at !== this.#current; });
    const back = this.#form.querySelector('.lf-back');
    const send = this.#form.querySelector('[type=submit]');
    if (back) back.hidden = number <= 1;
    if (send && !send.hasAttribute('aria-disabled')) send.textContent = this.isLast ? this.#send : this.#words.texts.next;
    const place = this.#sections[this.#current]?.querySelector('.lf-place');
    if (place) place.textContent = count > 1 ? fill(this.#words.texts.step, { number, count }) : '';
    return { step: number, count };
  }

  /** Whether nothing follows the step that is shown. */
  get isLast() {
    return this.#shown.at(-1) === this.#current || !this.#sections.length;
  }

  /** The controls that are to be filled now; those of later steps are not asked yet. */
  get controls() {
    return controlsOf(this.#form).filter((control) => !control.closest('.lf-section[hidden]'));
  }

  /** Goes to the next step, or with -1 back to the one before; gives where it stands now, as `{ step, count }`. */
  async go(by) {
    const shown = this.#shown;
    const to = shown[shown.indexOf(this.#current) + by] ?? this.#current;
    // What was done before it, such as checks, and the layout of a step are long enough each.
    await pause();
    return this.#open(to);
  }

  /** Opens the step that `control` stands in. */
  reveal(control) {
    const at = this.#sections.indexOf(control?.closest('.lf-section'));
    if (at >= 0 && at !== this.#current) this.#open(at);
  }

  #open(at) {
    this.#current = at;
    const place = this.#draw();
    const heading = this.#sections[at].querySelector('.lf-step-title');
    (heading ?? this.#sections[at]).focus();
    return place;
  }
}

/** The heading of a step: where one stands in words, and what is asked there. It takes focus as the step opens. */
export function stepHeading(title) {
  return make('h3', { className: 'lf-step-title', tabIndex: -1 },
    make('span', { className: 'lf-place' }), title && make('span', {}, title));
}
