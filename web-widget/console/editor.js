// The editor: lays its controls over the definition's text, asks the edge what it thinks of each draft, and shows the draft by the
// widget itself beside them. Whatever is refused is refused by the edge.
import { Controls, Places, act, el } from './editor-controls.js';
import { stepsSection } from './editor-fields.js';
import { lookSection, tellContrast } from './editor-look.js';
import { read, write } from './editor-model.js';
import { consentSection, languagesSection, moreSection, thanksSection, wordsSection } from './editor-words.js';

/** How long nothing is typed before the edge is asked, in ms. */
const REST = 350;

const form = document.getElementById('editor');
const area = document.getElementById('definition');
const state = document.getElementById('state');
const offer = JSON.parse(form.dataset.offer);
const { place } = form.dataset;
const places = new Places();
const opened = new Set();
const parts = el('div', { id: 'parts' });
let model;
let dirty = false;
let timer;
let asked = 0;
let draft; // the last one that the edge took, as the preview shows it

// --- the draft --------------------------------------------------------------------------------------------------

const lines = (name) => form.elements[name].value.split('\n').map((line) => line.trim()).filter(Boolean);

const values = () => ({
  name: form.elements.name.value,
  allowed_origins: lines('allowed_origins'),
  redirect_hosts: lines('redirect_hosts'),
  country: form.elements.country.value || null,
  is_active: form.elements.is_active.checked,
  definition: write(model, offer),
});

function changed() {
  dirty = true;
  clearTimeout(timer);
  timer = setTimeout(check, REST);
}

async function check() {
  asked += 1;
  const turn = asked;
  const body = values();
  const query = scenery.locale ? `?locale=${encodeURIComponent(scenery.locale)}` : '';
  let checked;
  try {
    const answer = await fetch(`${place}/check${query}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    checked = await answer.json();
    if (!answer.ok && !checked.errors) {
      const why = answer.status === 401 ? 'You are signed out. Sign in in another tab, then go on here.' : checked.title;
      if (turn === asked) tell(`The draft was not checked: ${why} Nothing that you typed is lost.`);
      return;
    }
  } catch {
    if (turn === asked) tell('The draft was not checked: there is no connection. Nothing that you typed is lost.');
    return;
  }
  if (turn !== asked) return;
  const { errors, shown, contrast, saved } = checked;
  mark(errors);
  if (!shown) return;
  tellContrast(contrast);
  draft = { shown, saved, definition: body.definition };
  send();
}

function mark(errors) {
  const lost = places.tell(errors);
  if (!errors.length) return tell('Nothing stands in the way of saving.');
  const [{ pointer }] = errors;
  const count = errors.length === 1 ? 'One thing is' : `${errors.length} things are`;
  state.replaceChildren(`${count} to be mended. `, act('Go to the first', 'mend', () => places.reveal(pointer)), ...lost.map((text) => el('p', { class: 'wrong' }, text)));
}

const tell = (text) => state.replaceChildren(text);

// --- the controls -----------------------------------------------------------------------------------------------

/** Lays the controls anew, says `words`, and focuses the first of `keys` that can be focused. */
function again(keys, words) {
  render();
  for (const key of [keys].flat()) {
    const control = parts.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
    if (!control) continue;
    for (let around = control.closest('details'); around; around = around.parentElement.closest('details')) around.open = true;
    control.focus();
    break;
  }
  if (words) said.textContent = words;
  changed();
}

const said = el('p', { class: 'unseen', role: 'status' });

function render() {
  places.empty();
  for (const name of ['name', 'allowed_origins', 'redirect_hosts', 'country', 'is_active']) {
    const control = document.getElementById(name);
    places.add(() => `/${name}`, control, document.getElementById(`${name}-error`) ?? el('div'));
  }
  // What has no control of its own is told beside the text.
  places.add(() => '/definition', area, document.getElementById('definition-error'));
  const controls = new Controls(places, changed);
  const context = { model, offer, controls, again, opened };
  const contrast = document.getElementById('contrast');
  parts.replaceChildren(wordsSection(context), stepsSection(context), thanksSection(context), consentSection(context),
    lookSection(context), languagesSection(context), moreSection(context));
  if (contrast) document.getElementById('contrast').replaceChildren(...contrast.childNodes);
}

/** The text as JSON stays at hand, below the controls. */
function fold() {
  const json = document.getElementById('as-json');
  const details = el('details', { class: 'sheeted' }, el('summary', {}, 'As JSON', el('span', { class: 'marked' })));
  json.replaceWith(parts, details);
  details.append(...json.children);
  details.querySelector('h2').remove();
  const show = () => { area.value = JSON.stringify(write(model, offer), null, 2); };
  details.addEventListener('toggle', () => details.open && show());
  area.addEventListener('change', () => {
    try {
      model = read(JSON.parse(area.value));
      render();
      changed();
    } catch (fault) {
      places.tell([]);
      document.getElementById('definition-error').replaceChildren(el('p', {}, `This is no JSON: ${fault.message}`));
      area.setAttribute('aria-invalid', 'true');
      tell('The JSON cannot be read; what stood before is kept.');
    }
  });
  return show;
}

// --- the preview ------------------------------------------------------------------------------------------------

const scenery = { locale: '', scheme: '' };
let frame;

function send() {
  if (draft) frame.contentWindow.postMessage({ ...draft, place, scheme: scenery.scheme }, location.origin);
  const locales = languages.querySelectorAll('option').length - 1;
  if (locales === model.locales.length) return;
  languages.replaceChildren(el('option', { value: '' }, 'Its own'), ...model.locales.map((locale) => el('option', { value: locale }, locale)));
  languages.value = scenery.locale;
}

const languages = el('select', { id: 'preview-locale' }, el('option', { value: '' }, 'Its own'));

function lookAt() {
  const pane = document.getElementById('preview');
  const schemes = el('select', { id: 'preview-scheme' }, [['', 'Your device’s'], ['light', 'Light'], ['dark', 'Dark']].map(([value, name]) => el('option', { value }, name)));
  schemes.addEventListener('change', () => { scenery.scheme = schemes.value; send(); });
  languages.addEventListener('change', () => { scenery.locale = languages.value; check(); });
  frame = el('iframe', { title: 'Preview of the form' });
  addEventListener('message', ({ origin, source }) => {
    if (origin === location.origin && source === frame.contentWindow) send();
  });
  frame.src = `${place}/preview`;
  pane.append(el('h2', { id: 'preview-title' }, 'Preview'), el('div', { class: 'line' },
    el('div', { class: 'field' }, el('label', { for: 'preview-scheme' }, 'Colours'), schemes),
    el('div', { class: 'field' }, el('label', { for: 'preview-locale' }, 'Language'), languages)), frame);
  pane.hidden = false;
}

// --- the start --------------------------------------------------------------------------------------------------

/** What the edge refused on saving is told beside its control, and each entry of the summary leads there. */
function takeOver(errors) {
  document.getElementById('said')?.addEventListener('click', (event) => {
    const link = event.target.closest('li a');
    if (!link) return;
    event.preventDefault();
    places.reveal(link.textContent);
  });
  if (errors.length) mark(errors);
}

function start() {
  // A text that is no JSON stays as it is: it can only be mended there.
  try {
    model = read(JSON.parse(area.value));
  } catch {
    return;
  }
  form.classList.add('laid');
  const show = fold();
  parts.before(said);
  render();
  lookAt();
  form.addEventListener('input', ({ target }) => !parts.contains(target) && target !== area && changed());
  form.addEventListener('submit', () => {
    dirty = false;
    show();
  });
  addEventListener('beforeunload', (event) => dirty && event.preventDefault());
  takeOver(JSON.parse(form.dataset.errors));
  check();
}

start();
