// Reading a form: what its controls hold, as the members of a submission.
import { isGrouped } from './dom.js';

/** Parts several values of one answer, and a name from its value in what the rules read. */
export const CELL = '\u001f';
/** Parts the answers from each other. */
const PAIR = '\u001e';

/** The text of one control as the rules read it; a box that is not ticked is blank, several of one name are parted. */
export function textOf(control) {
  if (!isGrouped(control)) return control.type === 'checkbox' && !control.checked ? '' : control.value;
  return [...control.form.elements.namedItem(control.name)].filter(({ checked }) => checked).map(({ value }) => value).join(CELL);
}

/** All answers of `form` as the rules read them, those of hidden fields too: which of them count is for the rules to say. */
export function answersOf(form) {
  const answers = [];
  for (const control of form.elements) {
    const unticked = ['radio', 'checkbox'].includes(control.type) && !control.checked;
    if (control.name && !unticked && control.value) answers.push(control.name + CELL + control.value);
  }
  return answers.join(PAIR);
}

/**
 * All members of `form`: text without the blank ones, a lone tick box as a boolean, `lists` as arrays, others of one name
 * joined. `lg_key` is left out: it is the key of the plain form page, made anew by each load, and ours outlives a reload.
 */
export function valuesOf(form, lists = new Set()) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== 'string' || name === 'lg_key' || (!value.trim() && name !== 'lg_ref')) continue;
    if (lists.has(name)) (values[name] ??= []).push(value);
    else values[name] = name in values ? `${values[name]}, ${value}` : value;
  }
  for (const box of form.querySelectorAll('input[type=checkbox][name]')) {
    if (!isGrouped(box) && !lists.has(box.name) && !box.disabled && /^(on|true|1)$/.test(box.value)) values[box.name] = box.checked;
  }
  return values;
}

/** Puts `values` back into `form`. */
export function restore(form, values) {
  for (const control of form.elements) {
    const value = values[control.name];
    if (value == null || control.type === 'submit') continue;
    control.offer?.(value); // a country that is not there yet
    if (['radio', 'checkbox'].includes(control.type)) control.checked = value === true || [value].flat().includes(control.value);
    else control.value = value;
  }
}

/** The controls of `form` that a visitor fills, one per group, in document order. */
export function controlsOf(form) {
  const seen = new Set();
  return [...form.elements].filter((control) => {
    if (!isField(control) || (isGrouped(control) && seen.has(control.name))) return false;
    seen.add(control.name);
    return true;
  });
}

/** Whether `control` is one that a visitor fills. */
export function isField(control) {
  return Boolean(control.name) && control.willValidate && !control.closest('.lf-trap')
    && !['submit', 'image', 'file'].includes(control.type);
}
