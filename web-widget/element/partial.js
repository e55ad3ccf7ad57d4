// Unsent answers, kept in this browser for the visitor's return where the form allows it. No consent is kept: it is given
// with each submission.
import { read, write } from './store.js';
import { restore } from './values.js';

const LONGEST = 30 * 24 * 3600 * 1000;

/** Puts back what was kept of `form`, then `restored()`; from then on keeps it at each edit, until it is sent. */
export function keep(form, key, restored, signal) {
  const slot = `partial:${key}`;
  const entry = read('localStorage', slot);
  if (entry && Date.now() - entry.at < LONGEST) {
    // What stands there by now was given by the page or typed meanwhile.
    const blank = Object.entries(entry.values).filter(([name]) => isBlank(form, name));
    restore(form, Object.fromEntries(blank));
    restored();
  }
  const save = () => write('localStorage', slot, { at: Date.now(), values: typed(form) });
  form.addEventListener('input', save, { signal });
  form.addEventListener('change', save, { signal });
  form.addEventListener('reset', () => write('localStorage', slot, null), { signal });
}

function typed(form) {
  const values = {};
  for (const control of form.elements) {
    const ticked = ['radio', 'checkbox'].includes(control.type);
    const passed = !control.name || control.type === 'hidden' || control.closest('.lf-trap, .lf-fields > .lf-check') || ticked && !control.checked;
    if (passed || !control.value) continue;
    values[control.name] = ticked ? [...(values[control.name] ?? []), control.value] : control.value;
  }
  return values;
}

function isBlank(form, name) {
  const found = form.elements.namedItem(name);
  return found instanceof RadioNodeList ? ![...found].some(({ checked }) => checked) : found?.value === '';
}
