// What a form shows and says about its sending: the busy button, a notice under it, success in its place.
import { make, newId } from './dom.js';
import { fill } from './words.js';

export class Progress {
  /** What visitors read; replaced once their language has arrived. */
  words;
  #form;
  #notice = make('div', { className: 'lf-notice', hidden: true });
  // The one live region: what is said is said once, however often the notice changes.
  #voice = make('p', { className: 'lf-voice', role: 'status' });
  #done = make('div', { className: 'lf-done', tabIndex: -1, hidden: true });
  #hurry;
  #labels = new Map();

  /** `hurry` is called when the visitor does not want to wait for the next attempt. */
  constructor(form, words, hurry) {
    this.#form = form;
    this.words = words;
    this.#hurry = hurry;
    form.append(this.#notice, this.#voice);
    form.after(this.#done);
  }

  /** Says `text` to those who listen. */
  say(text) {
    this.#voice.textContent = text;
  }

  /** Under way: the button says so. */
  busy() {
    const { sending } = this.words.texts;
    this.#form.setAttribute('aria-busy', 'true');
    this.#show('');
    for (const button of buttons(this.#form)) {
      if (this.#labels.has(button)) continue;
      this.#labels.set(button, button.localName === 'input' ? button.value : [...button.childNodes]);
      // Not `disabled`: that would throw the focus away.
      button.setAttribute('aria-disabled', 'true');
      if (button.localName === 'input') button.value = sending;
      else button.replaceChildren(sending);
    }
    this.say(sending);
  }

  /** Nothing is under way. */
  rest() {
    this.#form.removeAttribute('aria-busy');
    for (const [button, label] of this.#labels) {
      button.removeAttribute('aria-disabled');
      if (button.localName === 'input') button.value = label;
      else button.replaceChildren(...label);
    }
    this.#labels.clear();
    this.#show('');
  }

  /** Something to know, which stands until the next thing happens; `act` is what the visitor may do about it. */
  tell(text, act) {
    this.#show(text, act);
    this.say(text);
  }

  /** The connection failed and the next attempt comes by itself. */
  offline() {
    this.tell(this.words.texts.offline, this.#hurry);
  }

  /** A busy server asked for `seconds`: counted down for the eye, said once. */
  countdown(seconds, signal) {
    const { waiting, countdown } = this.words.texts;
    this.say(fill(waiting, { seconds }));
    const end = Date.now() + seconds * 1000;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      if (left > 0) this.#show(fill(countdown, { seconds: left }));
      if (left <= 0 || signal.aborted) clearInterval(timer);
    };
    const timer = setInterval(tick, 1000);
    signal.addEventListener('abort', () => clearInterval(timer));
    tick();
  }

  /** Over for now; with `again` the visitor may send once more. */
  failed(text, again) {
    this.rest();
    this.tell(text, again && (() => this.#form.requestSubmit()));
    this.#notice.classList.add('lf-failed');
  }

  /** Arrived: the thanks take the form's place, in the form's own words where it has some. */
  done(thanks = {}) {
    this.rest();
    const { title = this.words.texts.sent, message, booking } = thanks;
    const heading = make('h2', { className: 'lf-done-title', id: newId('done') }, title);
    const link = booking && make('p', {}, make('a', { className: 'lf-book', href: booking.url }, booking.label));
    this.#done.replaceChildren(heading, make('p', {}, message), link ?? '');
    this.#done.setAttribute('role', 'status');
    this.#done.setAttribute('aria-labelledby', heading.id);
    this.#form.hidden = true;
    this.#done.hidden = false;
    this.#done.focus();
  }

  #show(text, act) {
    this.#notice.classList.remove('lf-failed');
    this.#notice.hidden = !text;
    this.#notice.replaceChildren(...(text ? [make('p', {}, text)] : []));
    if (act) this.#notice.append(make('button', { type: 'button', className: 'lf-retry', onclick: act }, this.words.texts.retry));
  }
}

function buttons(form) {
  return [...form.elements].filter((control) => control.type === 'submit');
}
