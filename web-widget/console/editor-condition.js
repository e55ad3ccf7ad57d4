// A condition over earlier answers, built from rows; what is nested deeper is edited as JSON.
import { act, el } from './editor-controls.js';

const TEXT = [['is', 'is'], ['in', 'is one of'], ['known', 'is answered'], ['unknown', 'is not answered']];
const NUMBER = [
  ['is', 'is'], ['at_least', 'is at least'], ['at_most', 'is at most'], ['above', 'is above'], ['below', 'is below'],
  ['known', 'is answered'], ['unknown', 'is not answered'],
];
const CHOICES = [['has', 'include'], ['lacks', 'do not include']];
const FLAG = [['ticked', 'is ticked'], ['unknown', 'is not ticked']];

const operatorsOf = (field) => ({ number: NUMBER, choices: CHOICES, consent: FLAG })[field?.type] ?? TEXT;
/** Operators that ask for nothing more. */
const BARE = ['known', 'unknown', 'ticked'];

/** The rows of a condition, or null where it is no plain list. */
function rowsOf(condition, fields) {
  if (condition == null) return { mode: 'all', rows: [] };
  const mode = ['all', 'any'].find((name) => Array.isArray(condition[name]) && Object.keys(condition).length === 1);
  const leaves = mode ? condition[mode] : [condition];
  const rows = leaves.map((leaf) => rowOf(leaf, fields));
  return rows.every(Boolean) ? { mode: mode ?? 'all', rows } : null;
}

function rowOf(leaf, fields) {
  const { field, op, value } = leaf ?? {};
  if (typeof field !== 'string') return null;
  if (op === 'known') return { field, op: value === false ? 'unknown' : 'known', value: '' };
  if (typeof value === 'boolean') {
    const whole = fields.find(({ name }) => name === field);
    if (whole) return value ? { field, op: 'ticked', value: '' } : null;
    const [name, ...option] = field.split('.');
    return { field: name, op: value ? 'has' : 'lacks', value: option.join('.') };
  }
  return { field, op, value: Array.isArray(value) ? value.join(', ') : String(value ?? '') };
}

function leafOf({ field, op, value }, fields) {
  const whole = fields.find(({ name }) => name === field);
  if (op === 'known' || op === 'unknown') return { field, op: 'known', value: op === 'known' };
  if (op === 'ticked') return { field, op: 'is', value: true };
  if (op === 'has' || op === 'lacks') return { field: `${field}.${value}`, op: 'is', value: op === 'has' };
  if (op === 'in') return { field, op, value: value.split(',').map((text) => text.trim()).filter(Boolean) };
  const number = whole?.type === 'number' && /^-?\d+$/.test(value.trim());
  return { field, op, value: number ? Number(value) : value };
}

/** Controls for the condition `member` of `node` over `fields`, titled by `title`; `never` says what holds without one. */
export function condition(controls, { node, member, title, never, fields, pointer, key, again }) {
  const said = rowsOf(node[member], fields);
  const box = el('fieldset', { class: 'condition' }, el('legend', {}, title));
  if (!said) {
    const draft = { text: JSON.stringify(node[member], null, 2) };
    const apply = (text) => {
      try {
        node[member] = text.trim() ? JSON.parse(text) : null;
      } catch {
        node[member] = text; // the edge says what is wrong with it
      }
    };
    box.append(controls.text(draft, 'text', 'As JSON', pointer, { rows: 6, spellcheck: 'false', then: apply }));
    return box;
  }
  const { rows } = said;
  const keep = () => {
    node[member] = rows.length ? { [said.mode]: rows.map((row) => leafOf(row, fields)) } : null;
  };
  if (!rows.length) box.append(el('p', { class: 'hint' }, never));
  if (rows.length > 1) {
    box.append(controls.choice(said, 'mode', 'Where', pointer, [['all', 'all of these hold'], ['any', 'any of these holds']], { then: keep }));
  }
  rows.forEach((row, at) => box.append(rowControls(controls, { rows, row, at, said, fields, pointer, keep, key, again })));
  const add = () => {
    const field = fields[0];
    rows.push({ field: field.name, op: operatorsOf(field)[0][0], value: '' });
    keep();
    again(`${key}-${rows.length - 1}`);
  };
  box.append(fields.length ? act('Add a condition', `${key}-add`, add) : el('p', { class: 'hint' }, 'No field comes before it.'));
  return box;
}

function rowControls(controls, { rows, row, at, said, fields, pointer, keep, key, again }) {
  const of = (part) => () => `${pointer()}/${said.mode}/${at}${part}`;
  const field = fields.find(({ name }) => name === row.field);
  const names = fields.map(({ name, label }) => [name, label || name]);
  // A field that stands later now, or nowhere: it is kept, and the edge says so.
  if (!field) names.push([row.field, row.field]);
  const chosen = (name) => {
    row.op = operatorsOf(fields.find((other) => other.name === name))[0][0];
    row.value = '';
    keep();
    again(`${key}-${at}`);
  };
  const line = el('div', { class: 'row' },
    controls.choice(row, 'field', 'Answer', of('/field'), names, { then: chosen, key: `${key}-${at}` }),
    controls.choice(row, 'op', 'Test', of('/op'), operatorsOf(field), { then: () => { keep(); again(`${key}-${at}-op`); }, key: `${key}-${at}-op` }));
  if (!BARE.includes(row.op)) {
    const options = field?.options?.length && row.op !== 'in' ? [['', 'Choose…'], ...field.options.map(({ value, label }) => [value, label || value])] : null;
    line.append(options
      ? controls.choice(row, 'value', 'Value', of('/value'), options, { then: keep })
      : controls.text(row, 'value', 'Value', of('/value'), { then: keep, hint: row.op === 'in' ? 'Parted by commas' : null }));
  }
  const remove = () => {
    rows.splice(at, 1);
    keep();
    again(`${key}-add`);
  };
  line.append(act('Remove', `${key}-${at}-remove`, remove, { 'aria-label': `Remove condition ${at + 1}` }));
  return line;
}
