// The preview: the widget itself, given a draft by the editor around it. Nothing is sent but trials, and only to our own edge.
import './lead-form.js';

const host = document.getElementById('host');
const { key } = host.dataset;
const note = document.createElement('p');
note.className = 'note';
note.setAttribute('role', 'status');
note.textContent = 'The form appears here once nothing in the draft is to be mended.';
const stage = document.createElement('div');
host.replaceChildren(note, stage);
let last;

/** What is typed in the form now, so that the next draft keeps it. */
function typed() {
  const values = {};
  for (const control of stage.querySelectorAll('input[name], select[name], textarea[name]')) {
    if (['checkbox', 'radio', 'hidden', 'submit'].includes(control.type) || control.closest('.lf-trap')) continue;
    if (control.value) values[control.name] = control.value;
  }
  return values;
}

function show({ shown, definition, saved, place, scheme }) {
  document.documentElement.style.colorScheme = scheme || 'light dark';
  const told = JSON.stringify([shown, saved]);
  if (!shown || told === last) return;
  last = told;
  const form = document.createElement('lead-form');
  form.setAttribute('form', key);
  form.setAttribute('counted', '');
  for (const [name, value] of Object.entries(typed())) form.setAttribute(`value-${name}`, value);
  // What a visitor's device would keep, compute or be asked is left out.
  const plain = { ...shown, keep_partial: false, proof_of_work: null, turnstile_site_key: null };
  form.preview = { shown: plain, post: (answers) => attempt(`${place}/try`, { definition, answers }) };
  stage.replaceChildren(form);
  note.textContent = saved
    ? 'This is the saved form. What you send here is kept as a test: no lead is made, nothing is counted.'
    : 'This draft is not saved. What you send here is judged, and not kept.';
}

async function attempt(url, body) {
  try {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const said = await answer.json();
    if (!answer.ok) return { kind: 'refused', status: answer.status, errors: said.errors ?? [] };
    note.textContent = said.kept
      ? 'Kept as a test. It stands among the form’s submissions, marked as one.'
      : 'Judged by this draft, and not kept: save it to keep tests.';
    return { kind: 'accepted', thanks: said.thanks };
  } catch {
    return { kind: 'lost' };
  }
}

addEventListener('message', ({ origin, source, data }) => {
  if (origin === location.origin && source === parent) show(data);
});
if (parent !== window) parent.postMessage('ready', location.origin);
