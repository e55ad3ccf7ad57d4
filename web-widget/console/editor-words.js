// What the form says: its own words, what follows on sending, the consent, and all of it in other languages.
import { condition } from './editor-condition.js';
import { act, el } from './editor-controls.js';
import { fieldsOf, placesOf, translate } from './editor-model.js';

const section = (id, title, ...children) =>
  el('section', { class: 'sheeted', 'aria-labelledby': id }, el('h2', { id }, title), ...children);

/** Title, introduction, button and language. */
export function wordsSection({ model, controls }) {
  const text = (member, label, more) => controls.text(model.root, member, label, () => `/definition/${member}`, more);
  return section('words-title', 'Words', el('div', { class: 'two' },
    text('title', 'Heading'), text('submit', 'Button'),
    text('intro', 'Introduction', { rows: 3 }), text('locale', 'Language of these words', { hint: 'Such as en or pt-BR' })));
}

/** The words after sending, where visitors are led, and the booking link. */
export function thanksSection({ model, controls, again }) {
  const { thanks } = model;
  const text = (node, at, member, label, more) => controls.text(node, member, label, () => `/definition/thanks${at}/${member}`, more);
  const offered = { on: Boolean(thanks.booking) };
  const toggle = (on) => {
    thanks.booking = on ? { url: '', label: 'Book a call' } : null;
    again(on ? 'booking-url' : 'booking');
  };
  const { booking } = thanks;
  return section('thanks-title', 'After sending',
    el('div', { class: 'two' },
      text(thanks, '', 'title', 'Heading'), text(thanks, '', 'message', 'Message', { rows: 3 }),
      text(thanks, '', 'redirect', 'Lead to this address instead', { hint: 'On a website that may use the form, or another host named above' })),
    controls.tick(offered, 'on', 'Offer a link to book an appointment', () => '/definition/thanks/booking', { then: toggle, key: 'booking' }),
    booking && el('div', { class: 'two' },
      text(booking, '/booking', 'url', 'Address', { key: 'booking-url' }), text(booking, '/booking', 'label', 'What the link says'),
      condition(controls, {
        node: booking, member: 'when', title: 'Offer it only where', never: 'Everybody is offered it.', fields: fieldsOf(model),
        pointer: () => '/definition/thanks/booking/when', key: 'booking-when', again,
      })));
}

/** The wording of the consent box, and its version. */
export function consentSection({ model, controls }) {
  const text = (member, label, more) => controls.text(model.consent, member, label, () => `/definition/consent/${member}`, more);
  return section('consent-title', 'Consent',
    el('p', { class: 'hint' }, 'Shown by the field gdpr_consent. Who ticks it is recorded with these very words; give changed words a new version.'),
    el('div', { class: 'two' }, text('text', 'Wording', { rows: 3 }), text('version', 'Version')));
}

/** What only some forms want. */
export function moreSection({ model, controls }) {
  const { root } = model;
  const work = { difficulty: root.proof_of_work?.difficulty ?? '' };
  const then = (value) => { root.proof_of_work = value.trim() ? { difficulty: value.trim() } : null; };
  return section('more-title', 'More',
    controls.tick(root, 'keep_partial', 'Keep unsent answers in the visitor’s browser', () => '/definition/keep_partial'),
    el('div', { class: 'two' },
      controls.text(work, 'difficulty', 'Proof of work', () => '/definition/proof_of_work', { then, inputmode: 'numeric', hint: 'Numbers to try, 1000 to 10000000; none if left out' }),
      controls.text(root, 'turnstile_site_key', 'Turnstile’s site key', () => '/definition/turnstile_site_key')));
}

/** All texts in other languages, as tables. */
export function languagesSection({ model, controls, again, opened }) {
  const fresh = el('input', { id: 'new-locale', type: 'text', autocomplete: 'off', 'data-key': 'new-locale' });
  const add = () => {
    const locale = fresh.value.trim();
    if (!locale || model.locales.includes(locale)) return;
    model.locales.push(locale);
    opened.add(locale);
    again(`word-${locale}-0`, `${locale} was added.`);
  };
  fresh.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    add();
  });
  return section('languages-title', 'Other languages',
    model.locales.map((locale) => table({ model, controls, again, opened }, locale)),
    el('div', { class: 'adder' },
      el('div', { class: 'field' }, el('label', { for: 'new-locale' }, 'Language to add, such as de'), fresh), act('Add the language', 'locale-add', add)));
}

function table({ model, controls, again, opened }, locale) {
  const places = placesOf(model);
  const rest = places.filter(({ node, member }) => !node.words?.[locale]?.[member]).length;
  const rows = places.map(({ node, member, pointer }, at) => row(controls, { node, member, pointer, locale, at }));
  const remove = () => {
    model.locales.splice(model.locales.indexOf(locale), 1);
    again('new-locale', `${locale} was removed.`);
  };
  const box = el('div', { class: 'wrong' });
  const button = act(`Remove ${locale}`, `locale-${locale}-remove`, remove);
  controls.places.add(() => `/definition/translations/${locale}`, button, box);
  const details = el('details', { class: 'language', open: opened.has(locale) },
    el('summary', {}, el('bdi', {}, locale), el('span', { class: 'card-kind' }, rest ? `${rest} of ${places.length} to translate` : 'complete'), el('span', { class: 'marked' })),
    el('div', { class: 'wide' }, el('table', {},
      el('caption', {}, 'What is left out stays in the form’s own language.'),
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Own words'), el('th', { scope: 'col' }, locale))),
      el('tbody', {}, rows))),
    el('p', { class: 'acts' }, button), box);
  details.addEventListener('toggle', () => opened[details.open ? 'add' : 'delete'](locale));
  return details;
}

function row(controls, { node, member, pointer, locale, at }) {
  const own = el('th', { scope: 'row', id: `own-${locale}-${at}` }, el('bdi', {}, node[member]));
  const input = el('textarea', { rows: node[member].length > 60 ? 3 : 1, lang: locale, dir: 'auto', 'data-key': `word-${locale}-${at}`, 'aria-labelledby': own.id });
  input.value = node.words?.[locale]?.[member] ?? '';
  input.addEventListener('input', () => {
    translate(node, member, locale, input.value);
    controls.changed();
  });
  const box = el('div', { class: 'wrong', id: `${own.id}-wrong` });
  input.setAttribute('aria-describedby', box.id);
  controls.places.add(() => `/definition/translations/${locale}/${pointer.replaceAll('/', '~1')}`, input, box);
  return el('tr', {}, own, el('td', {}, input, box));
}
