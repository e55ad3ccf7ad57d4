// What the numbers of a form are made of: that it was shown, that somebody began, and the field that was reached. No cookie
// and no id goes with it.

import { isField } from './values.js';

/** Tells the edge of `form`, now that it is shown, until `signal` ends. */
export function count(form, url, version, signal) {
  const tell = (what) => navigator.sendBeacon?.(`${url}/seen`, JSON.stringify({ version, ...what }));
  let field;
  let told;
  tell({ view: true });
  const on = (target, type, act, once) => target.addEventListener(type, act, { signal, once });
  on(form, 'input', () => tell({ start: true }), true);
  on(form, 'focusin', ({ target }) => {
    if (isField(target)) field = target.name;
  });
  on(document, 'visibilitychange', () => {
    if (!document.hidden || field === told) return;
    tell({ field, before: told });
    told = field;
  });
  // It was sent: nobody stopped at that field.
  on(form, 'reset', () => {
    if (told) tell({ before: told });
    field = told = undefined;
  });
}
