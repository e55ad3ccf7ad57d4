// The element: owns the DOM of one form and the course of its sending. What is right or wrong is never decided here.
import { attribution } from './attribution.js';
import { Checks } from './checks.js';
import { dress, givenFor, load } from './definition.js';
import { make, pause } from './dom.js';
import { hasError, removeSummary, setError, showSummary } from './errors.js';
import { Progress } from './progress.js';
import { dequeue, queued } from './queue.js';
import { render, trapBox } from './render.js';
import { loadRules } from './rules.js';
import { count } from './seen.js';
import { Sending, memberOf } from './sending.js';
import { styled } from './sheet.js';
import { Steps } from './steps.js';
import { post } from './transport.js';
import { isField, restore, valuesOf } from './values.js';
import { ENGLISH, fill, wordsFor } from './words.js';

/**
 * `<lead-form form="pk_…" [base="https://…"]>`. Around a `<form method="post">`, which it enhances in place; without one it
 * renders the form from its definition. Options and events: docs/embedding.md.
 */
export class LeadForm extends HTMLElement {
  #life; // its signal ends every listener, timer and request of this connection
  #form;
  #definition = null;
  #shown;
  #progress;
  #steps;
  #checks;
  #sending = null;
  #visit; // the last touch that was kept, once the page allows to keep it

  /**
   * An editor's draft, set before the element is connected: `{ shown, post }`. `shown` is what the edge would give as the
   * definition; `post(values)` takes what would be sent, and resolves as a sending does. Nothing is fetched, queued or kept.
   */
  preview = null;

  static observedAttributes = ['remember'];

  /** Consent to keeping where the visitor came from was given, or taken back. */
  attributeChangedCallback(name, old, now) {
    if (this.#form && (old === null) !== (now === null)) this.#remember(now !== null);
  }

  connectedCallback() {
    const life = new AbortController();
    this.#life = life;
    const start = () => life.signal.aborted || this.#start(life.signal);
    // While the parser is still at work, the children are not there yet.
    if (document.readyState === 'loading') {
      document.addEventListener('DOMContentLoaded', start, { signal: life.signal });
    } else pause().then(start);
  }

  disconnectedCallback() {
    this.#life.abort();
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

  async #start(signal) {
    if (!this.key) return console.error('<lead-form> needs its form attribute, the public form key.', this);
    const form = this.#form?.getRootNode() === (this.shadowRoot ?? this.getRootNode()) ? this.#form : this.querySelector('form');
    // The steps of our own page are the edge's.
    if (form) return form.dataset.lfPlain === '' ? null : this.#begin(form, signal);
    await this.#load(signal);
  }

  // --- showing --------------------------------------------------------------------------------------------------

  async #load(signal) {
    const locale = this.getAttribute('locale') || this.closest('[lang]')?.lang || navigator.language;
    try {
      const { definition, words, offer } = await load(this.url, locale, signal, this.preview?.shown);
      const { root, ready } = styled(this);
      await ready;
      const form = await render({ definition, words, offer, action: this.url, given: givenFor(this, definition) });
      await pause();
      if (signal.aborted) return;
      dress(this, definition.theme);
      this.#definition = definition;
      root.replaceChildren(form);
      this.#begin(form, signal, words);
    } catch (fault) {
      if (!signal.aborted) this.#unloaded(fault, signal);
    }
  }

  // The link to the form's own page stays, and there is a way to try again.
  async #unloaded(fault, signal) {
    console.warn('<lead-form>', fault);
    const { texts } = await wordsFor(this.closest('[lang]')?.lang);
    if (signal.aborted) return;
    const onclick = () => {
      notice.remove();
      this.#load(signal);
    };
    const again = make('button', { type: 'button', className: 'lf-retry', onclick }, texts.retry);
    const notice = make('div', { className: 'lf-notice lf-failed', role: 'status' }, make('p', {}, texts.unloaded), again);
    window.addEventListener('online', () => notice.isConnected && onclick(), { once: true, signal });
    this.append(notice);
    this.#tell('error', { status: 0 });
  }

  #begin(form, signal, words = this.#progress?.words ?? ENGLISH) {
    this.#shown ??= performance.now();
    if (this.#form !== form) {
      this.#form = form;
      this.#progress = new Progress(form, words, () => this.#sending?.hurry());
      this.#steps = new Steps(form, this.#definition?.logic ?? this.getAttribute('logic'), words);
      this.#checks = new Checks(form, this.#steps, this.#progress);
      form.noValidate = true; // the browser's own bubbles would stand in front of ours
      if (!form.hasAttribute('action')) {
        form.setAttribute('method', 'post');
        form.setAttribute('action', this.url);
      }
      if (!form.querySelector('.lf-trap') && !form.elements.namedItem('lg_ref')) form.append(trapBox());
      if (!this.#definition) wordsFor(this.closest('[lang]')?.lang).then((own) => { this.#progress.words = own; });
    }
    this.#checks.listen(signal);
    const on = (target, type, act) => target.addEventListener(type, act, { signal });
    on(form, 'submit', (event) => this.#submit(event));
    on(form, 'input', (event) => this.#edit(event));
    on(form, 'change', () => this.#steps.apply(this.#checks.rules));
    on(form, 'click', ({ target }) => target.closest('.lf-back') && this.#step(-1));
    on(window, 'online', () => this.#catchUp(signal));
    this.#steps.apply(this.#checks.rules);
    this.#options(signal);
    // Not a task of its own: rules that are there already hide before anything is seen to move.
    loadRules().then((rules) => {
      if (signal.aborted) return;
      this.#checks.rules = rules;
      this.#steps.apply(rules);
      this.#tell('ready', { rules: Boolean(rules) });
      this.#catchUp(signal);
    });
  }

  // What only some forms want is loaded by those.
  #options(signal) {
    const form = this.#form;
    const definition = this.#definition;
    if (definition?.keep_partial) import('./partial.js').then(({ keep }) => keep(form, this.key, () => this.#steps.apply(this.#checks.rules), signal), () => {});
    if (this.hasAttribute('remember')) this.#remember(true);
    // Our own page counts itself.
    if (!this.hasAttribute('counted')) count(form, this.url, definition?.version, signal);
  }

  #remember(allowed) {
    import('./visit.js').then(({ visited, forget }) => { this.#visit = allowed ? visited(this.#form) : forget(); }, () => {});
  }

  #tell(name, detail = {}) {
    const event = new CustomEvent(`lead-form:${name}`, { bubbles: true, composed: true, cancelable: name === 'success', detail });
    const goesOn = this.dispatchEvent(event);
    const layer = this.hasAttribute('data-layer') && (this.dataset.layer || 'dataLayer');
    // Names of fields and figures; never what was typed.
    if (layer) (window[layer] ??= []).push({ event: event.type, form: this.key, ...detail });
    return goesOn;
  }

  #edit({ target, isComposing }) {
    this.#cancel();
    if (isComposing || !isField(target)) return;
    this.#checks.edited(target);
    this.#steps.apply(this.#checks.rules);
  }

  async #step(by) {
    removeSummary(this.#form);
    this.#tell('step', await this.#steps.go(by));
  }

  // --- sending --------------------------------------------------------------------------------------------------

  #submit(event) {
    event.preventDefault();
    if (this.#sending && !this.#sending.signal.aborted) return;
    removeSummary(this.#form);
    this.#progress.rest();
    const { controls } = this.#steps;
    for (const control of controls) this.#checks.check(control);
    if (controls.some(hasError)) {
      this.#tell('invalid', { errors: controls.filter(hasError).map(({ name }) => name) });
      showSummary(this.#form, this.#progress.words.texts.summary);
      return;
    }
    if (!this.#steps.isLast) return this.#step(1);
    this.#tell('submit');
    const sending = new Sending(this.#life.signal);
    this.#sending = sending;
    this.#progress.busy();
    this.#send(sending).catch((fault) => {
      // Ended by the visitor's edit or by leaving the page; anything else is ours and must be seen.
      if (!sending.signal.aborted) throw fault;
    }).finally(() => sending.end());
  }

  // An edit while nothing is under way but a pause takes the sending back: the visitor will press the button again.
  #cancel() {
    const { signal } = this.#life;
    if (signal.aborted) return this.#progress?.rest();
    if (!this.#sending?.paused && !this.#sending?.signal.aborted) return;
    this.#sending.withdraw();
    this.#sending = null;
    this.#progress.rest();
  }

  async #send(sending) {
    await pause();
    const form = this.#definition;
    const said = { ...valuesOf(this.#form, this.#steps.lists), ...(form && { locale: form.locale }) };
    const others = { lg_ms: Math.round(performance.now() - this.#shown), lg_version: form?.version, lg_token: form?.token };
    const brought = { ...attribution(location.href, document.referrer), ...this.#visit };
    const outcome = this.preview ? await this.preview.post(said) : await sending.deliver(this.key, this.url, { said, brought, others, prove: () => this.#prove(sending.signal) }, this.#progress);
    if (outcome.kind === 'accepted') this.#succeed(outcome.thanks);
    else if (outcome.kind === 'refused') this.#refuse(outcome);
    else this.#fail(0, this.#progress.words.texts[sending.kept ? 'lost' : 'unkept'], true);
  }

  // What shows that no program filled it, where the form asks for that; without it the submission counts a little more as spam.
  async #prove(signal) {
    const asked = this.#definition ?? this.dataset;
    if (!asked.proof_of_work && !asked.turnstile_site_key) return pause();
    return import('./guards.js').then(({ prove }) => prove(asked, this, this.#form, this.#progress, signal)).catch(() => {});
  }

  // What was pressed on an earlier visit and never arrived is sent now, as it was and with its time.
  async #catchUp(signal) {
    if (this.preview) return;
    for (const { url, key, at, values } of queued(this.url)) {
      if (this.#sending?.key === key && !this.#sending.signal.aborted) continue;
      const shown = await this.#prove(signal);
      const outcome = await post(url, key, { ...values, ...shown, lg_at: new Date(at).toISOString() }, signal).catch(() => ({}));
      const same = this.#sending?.key === key;
      if (outcome.kind === 'accepted') {
        dequeue(key);
        if (same) this.#succeed(outcome.thanks);
        else this.#progress.tell(this.#progress.words.texts.caughtUp);
      } else if (outcome.kind === 'refused') {
        // The visitor can mend it.
        dequeue(key);
        restore(this.#form, values);
        this.#steps.apply(this.#checks.rules);
        this.#refuse(outcome);
      }
    }
  }

  #succeed(thanks) {
    this.#sending = null;
    removeSummary(this.#form);
    this.#form.reset();
    this.#progress.done(thanks);
    const goesOn = this.#tell('success');
    // Only the edge says where to: it holds the list of what is allowed.
    if (goesOn && !this.preview && /^https?:/.test(thanks?.redirect ?? '')) location.assign(thanks.redirect);
  }

  #refuse({ status, errors }) {
    const { texts, codes } = this.#progress.words;
    this.#sending = null;
    const general = { 403: texts.forbidden, 404: texts.gone, 413: texts.tooLarge }[status];
    if (general || !errors.length) return this.#fail(status, general ?? texts.refused, false);
    this.#progress.rest();
    const others = [];
    let first;
    for (const error of errors) {
      const name = memberOf(error.pointer);
      const control = this.#checks.control(name);
      const message = fill(codes[error.code] ?? '', error) || error.detail || texts.refused;
      if (control && isField(control)) {
        setError(control, message);
        first ??= control;
      } else others.push(name ? `${name}: ${message}` : message);
    }
    this.#tell('invalid', { errors: errors.map(({ pointer }) => memberOf(pointer)) });
    if (first) this.#steps.reveal(first);
    showSummary(this.#form, texts.summary, others);
  }

  #fail(status, text, again) {
    this.#progress.failed(text, again);
    this.#tell('error', { status });
  }
}
