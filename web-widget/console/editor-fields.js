// Steps and their fields: what is asked, in which order, under which conditions.
import { condition } from './editor-condition.js';
import { act, el } from './editor-controls.js';
import { fieldsOf } from './editor-model.js';

const TYPES = {
  text: 'One line', long_text: 'Several lines', email: 'E-mail address', phone: 'Telephone number', number: 'Whole number',
  choice: 'One of some options', choices: 'Any of some options', country: 'Country', date: 'Day', hidden: 'Hidden', consent: 'A box to tick',
};

/** The section of the steps. `context` holds `{ model, offer, controls, again, opened }`. */
export function stepsSection(context) {
  const { model, again } = context;
  const add = () => {
    model.steps.push({ title: '', fields: [] });
    again(`step-${model.steps.length - 1}-title`);
  };
  return el('section', { class: 'sheeted', 'aria-labelledby': 'steps-title' },
    el('h2', { id: 'steps-title' }, 'Steps and fields'),
    model.steps.map((step, at) => stepBox(context, step, at)),
    el('p', { class: 'acts' }, act('Add a step', 'step-add', add)));
}

function stepBox(context, step, at) {
  const { model, controls, again } = context;
  const { steps } = model;
  const place = (member) => () => `/definition/steps/${steps.indexOf(step)}${member}`;
  const earlier = steps.slice(0, at).flatMap(({ fields }) => fields);
  const remove = () => {
    steps.splice(at, 1);
    // Its fields are not lost with it.
    steps[Math.max(0, at - 1)].fields[at ? 'push' : 'unshift'](...step.fields);
    again('step-add', `Step ${at + 1} was removed; its fields stand in the step ${at ? 'before' : 'after'} it.`);
  };
  const title = controls.text(step, 'title', 'Heading', place('/title'), { key: `step-${at}-title` });
  const { box, fields } = fieldList(context, step, at, place('/fields'));
  return el('fieldset', { class: 'step' },
    el('legend', {}, `Step ${at + 1} of ${steps.length}`), title, fields, box,
    at > 0 && condition(controls, {
      node: step, member: 'skip', title: 'Skip this step where', never: 'It is never skipped.', fields: earlier,
      pointer: place('/skip'), key: `step-${at}-skip`, again,
    }),
    steps.length > 1 && el('p', { class: 'acts' }, act(`Remove step ${at + 1}`, `step-${at}-remove`, remove)));
}

function fieldList(context, step, at, pointer) {
  const list = el('ol', { class: 'cards' }, step.fields.map((field) => el('li', {}, card(context, step, field))));
  const box = el('div', { class: 'wrong' });
  const adder = adding(context, step, at);
  context.controls.places.add(pointer, adder.querySelector('select'), box);
  return { fields: el('div', {}, list, adder), box };
}

function adding({ model, offer, again, opened }, step, at) {
  const used = new Set(fieldsOf(model).map(({ name }) => name));
  const free = offer.leads.filter(({ name }) => !used.has(name));
  const select = el('select', { id: `add-${at}`, 'data-key': `add-${at}` },
    el('option', { value: '' }, 'A field of your own'), free.map(({ name }) => el('option', { value: name }, spoken(name))));
  const add = () => {
    const lead = free.find(({ name }) => name === select.value);
    const type = lead?.types[0] ?? 'text';
    const field = { name: lead?.name ?? ownName(used), type, label: lead ? spoken(lead.name) : 'New question' };
    if (type === 'choice') field.options = [{ value: 'yes', label: 'Yes' }, { value: 'no', label: 'No' }];
    step.fields.push(field);
    opened.add(field);
    again(`${field.name}-label`, `${field.label} was added to step ${at + 1}.`);
  };
  return el('div', { class: 'adder' },
    el('div', { class: 'field' }, el('label', { for: select.id }, 'Add to this step'), select), act('Add the field', `add-${at}-go`, add));
}

function ownName(used) {
  let number = 1;
  while (used.has(`question_${number}`)) number += 1;
  return `question_${number}`;
}

const spoken = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');

function card(context, step, field) {
  const { model, opened } = context;
  const title = el('bdi', { class: 'card-name' });
  const kind = el('span', { class: 'card-kind' }, `${TYPES[field.type] ?? field.type}${field.required ? ', required' : ''}`);
  const all = fieldsOf(model);
  const at = all.indexOf(field);
  const up = act('↑', `${field.name}-up`, () => move(context, field, -1), { disabled: at === 0 });
  const down = act('↓', `${field.name}-down`, () => move(context, field, 1), { disabled: at === all.length - 1 });
  const away = act('✕', `${field.name}-remove`, () => remove(context, step, field));
  const name = () => {
    const words = field.label || field.name;
    title.textContent = words;
    up.setAttribute('aria-label', `Move ${words} up`);
    down.setAttribute('aria-label', `Move ${words} down`);
    away.setAttribute('aria-label', `Remove ${words}`);
  };
  name();
  const details = el('details', { open: opened.has(field) },
    el('summary', {}, title, kind, el('span', { class: 'marked' })), body(context, field, name));
  details.addEventListener('toggle', () => opened[details.open ? 'add' : 'delete'](field));
  return el('div', { class: 'card' }, details, el('div', { class: 'card-acts' }, up, down, away));
}

/** Moves a field by one, at the end of its step into the next one. */
function move({ model, again }, field, by) {
  const at = model.steps.findIndex(({ fields }) => fields.includes(field));
  const { fields } = model.steps[at];
  const from = fields.indexOf(field);
  const to = from + by;
  fields.splice(from, 1);
  const beside = model.steps[at + by]?.fields;
  if (to >= 0 && to <= fields.length) fields.splice(to, 0, field);
  else if (by < 0) beside.push(field);
  else beside.unshift(field);
  const now = model.steps.findIndex((step) => step.fields.includes(field));
  const place = model.steps[now].fields.indexOf(field) + 1;
  again([`${field.name}-${by < 0 ? 'up' : 'down'}`, `${field.name}-${by < 0 ? 'down' : 'up'}`], `${field.label || field.name} is number ${place} of step ${now + 1}.`);
}

function remove({ model, again }, step, field) {
  step.fields.splice(step.fields.indexOf(field), 1);
  again(`add-${model.steps.indexOf(step)}`, `${field.label || field.name} was removed.`);
}

function body(context, field, relabel) {
  const { model, offer, controls, again } = context;
  const lead = offer.leads.find(({ name }) => name === field.name);
  const at = () => fieldsOf(model).indexOf(field);
  const place = (member) => () => `/definition/fields/${at()}/${member}`;
  const own = offer.types.find(({ type }) => type === field.type)?.members ?? [];
  const types = offer.types.map(({ type }) => type).filter((type) => !lead || lead.types.includes(type));
  const text = (member, label, more) => controls.text(field, member, label, place(member), { key: `${field.name}-${member}`, ...more });
  const earlier = fieldsOf(model).slice(0, at());
  const when = (member, words, never) => condition(controls, {
    node: field, member, title: words, never, fields: earlier, pointer: place(member), key: `${field.name}-${member}`, again,
  });
  return el('div', { class: 'two' },
    text('label', 'Question', { then: relabel }),
    lead ? el('p', { class: 'hint' }, `Goes into the lead as ${field.name}.`)
      : text('name', 'Name', { hint: 'Small letters, digits and underscores; answers are kept under it.' }),
    controls.choice(field, 'type', 'Type', place('type'), types.map((type) => [type, TYPES[type] ?? type]), {
      key: `${field.name}-type`, then: () => again(`${field.name}-type`),
    }),
    own.includes('required') && controls.tick(field, 'required', 'Must be answered', place('required')),
    text('help', 'Help'),
    text('placeholder', 'Example inside the field'),
    own.includes('options') && options(context, field, place('options')),
    own.includes('min') && text('min', field.type === 'date' ? 'First day, such as 2026-11-23' : 'Least'),
    own.includes('max') && text('max', field.type === 'date' ? 'Last day' : 'Most'),
    own.includes('max_length') && text('max_length', 'Most characters', { inputmode: 'numeric' }),
    own.includes('default') && text('default', 'What stands there at first'),
    text('autocomplete', 'Autofill token', { hint: 'By which browsers fill it; a lead’s own fields have theirs.' }),
    when('show', 'Show it only where', 'It is always shown.'),
    own.includes('required') && when('require', 'It must be answered where', 'No condition: the box above decides.'));
}

function options({ controls, again }, field, pointer) {
  field.options ??= [];
  const rows = field.options.map((option, at) => {
    const place = (member) => () => `${pointer()}/${at}/${member}`;
    const swap = (by) => () => {
      const [moved] = field.options.splice(at, 1);
      field.options.splice(at + by, 0, moved);
      again([`${field.name}-option-${at + by}-${by < 0 ? 'up' : 'down'}`, `${field.name}-option-${at + by}-label`]);
    };
    const name = `option ${at + 1} of ${field.label || field.name}`;
    const key = `${field.name}-option-${at}`;
    return el('div', { class: 'row' },
      controls.text(option, 'label', 'Option', place('label'), { key: `${key}-label` }),
      controls.text(option, 'value', 'Kept as', place('value')),
      el('div', { class: 'card-acts' },
        act('↑', `${key}-up`, swap(-1), { 'aria-label': `Move ${name} up`, disabled: at === 0 }),
        act('↓', `${key}-down`, swap(1), { 'aria-label': `Move ${name} down`, disabled: at === field.options.length - 1 }),
        act('✕', `${key}-remove`, () => { field.options.splice(at, 1); again(`${field.name}-option-add`); }, { 'aria-label': `Remove ${name}` })));
  });
  const add = () => {
    field.options.push({ value: `option_${field.options.length + 1}`, label: `Option ${field.options.length + 1}` });
    again(`${field.name}-option-${field.options.length - 1}-label`);
  };
  const box = el('div', { class: 'wrong' });
  const button = act('Add an option', `${field.name}-option-add`, add);
  controls.places.add(pointer, button, box);
  return el('fieldset', { class: 'condition' }, el('legend', {}, 'Options'), rows, button, box);
}
