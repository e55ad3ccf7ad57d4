// Reading a form: what its controls hold, as the members of a submission.

/** The text of one control as the rules read it; a box that is not ticked is blank. */
export function textOf(control) {
  if (control.type === 'radio') return control.form.elements.namedItem(control.name).value ?? '';
  if (control.type === 'checkbox') return control.checked ? control.value : '';
  return control.value;
}

/**
 * All members of `form`: text without the blank ones, a lone tick box as a boolean, several of one name joined.
 * `lg_key` is left out: it is the key of the plain form page, made anew by each load, and ours outlives a reload.
 */
export function valuesOf(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== 'string' || name === 'lg_key' || (!value.trim() && name !== 'lg_ref')) continue;
    values[name] = name in values ? `${values[name]}, ${value}` : value;
  }
  for (const box of form.querySelectorAll('input[type=checkbox][name]')) {
    const lone = !(form.elements.namedItem(box.name) instanceof RadioNodeList);
    if (lone && !box.disabled && /^(on|true|1)$/.test(box.value)) values[box.name] = box.checked;
  }
  return values;
}

/** The controls of `form` that a visitor fills, one per group of radio buttons, in document order. */
export function controlsOf(form) {
  const seen = new Set();
  return [...form.elements].filter((control) => {
    if (!isField(control) || (control.type === 'radio' && seen.has(control.name))) return false;
    seen.add(control.name);
    return true;
  });
}

/** Whether `control` is one that a visitor fills. */
export function isField(control) {
  return Boolean(control.name) && control.willValidate && control.name !== 'lg_ref'
    && !['submit', 'button', 'reset', 'image', 'hidden', 'file'].includes(control.type) && control.localName !== 'button';
}
