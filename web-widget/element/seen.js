// What the numbers of a form are made of: that it was shown, that somebody began, and the field that was reached. No cookie
// and no id goes with it.

/** Tells the edge of `form`, once shown, until `signal` ends. */
export function count(form, url, version, signal) {
  const tell = (what) => navigator.sendBeacon?.(`${url}/seen`, JSON.stringify({ version, ...what }));
  let field;
  let told;
  tell({ view: true });
  const on = (target, type, act, once = false) => target.addEventListener(type, act, { signal, once });
  on(form, 'input', () => tell({ start: true }), true);
  on(form, 'focusin', ({ target }) => {
    if (target.name && target.willValidate && target.type !== 'submit') field = target.name;
  });
  const leave = () => {
    if (!field || field === told) return;
    tell({ field, before: told });
    told = field;
  };
  on(document, 'visibilitychange', () => document.visibilityState === 'hidden' && leave());
  on(window, 'pagehide', leave);
  // It was sent: nobody stopped at that field.
  on(form, 'reset', () => {
    if (told) tell({ before: told });
    field = undefined;
    told = undefined;
  });
}
