// A form's elements from its definition (docs/spec.md, F2).
import { describe, make, newId, pause } from './dom.js';
import { stepHeading } from './steps.js';

/** Up to so many options stand open when one of them must be chosen. */
const FEW = 5;

/** The form, filled with `given` and the fields' defaults. `offer` fills a select with countries. */
export async function render({ definition, words, action, given, offer }) {
  const { title, intro, steps, fields, submit, locale, dir, trap } = definition;
  const named = new Map(fields.map((field) => [field.name, field]));
  const form = make('form', { className: 'lf-form', method: 'post', action, noValidate: true, lang: locale, dir });
  if (title) form.append(make('h2', { className: 'lf-title', id: newId('title') }, title));
  if (intro) form.append(make('p', { className: 'lf-intro' }, intro));
  const several = steps.length > 1;
  for (const step of steps) {
    await pause();
    const box = make('div', { className: 'lf-fields' });
    for (const name of step.fields) {
      const field = named.get(name);
      if (field) box.append(asked(field, { definition, words, value: given[name] ?? field.default ?? '', offer }));
    }
    form.append(make('section', { className: 'lf-section', tabIndex: several ? -1 : null }, (several || step.title) && stepHeading(step.title), box));
  }
  const back = several ? make('button', { type: 'button', className: 'lf-back', hidden: true }, words.texts.back) : null;
  form.append(make('div', { className: 'lf-actions' }, make('button', { type: 'submit' }, submit), back));
  form.append(trapBox(trap));
  if (title) form.setAttribute('aria-labelledby', form.querySelector('.lf-title').id);
  return form;
}

/** A field that people do not see and programs fill. Hidden outright until the stylesheet can move it out of sight. */
export function trapBox(name = 'lg_ref') {
  const input = make('input', { name, tabIndex: -1, autocomplete: 'off' });
  return make('div', { className: 'lf-trap', hidden: true, 'aria-hidden': 'true' }, input);
}

const TYPES = { email: 'email', phone: 'tel', date: 'date' };

function asked(field, context) {
  const { name, type } = field;
  const { value } = context;
  if (type === 'hidden') return make('input', { type: 'hidden', name, value });
  if (type === 'consent') return tick(field, context);
  const open = type === 'choices' || type === 'choice' && field.required && field.options.length <= FEW;
  return open ? group(field, context) : labelled(field, context);
}

function labelled(field, { definition, value, words, offer }) {
  const { name, type, options, placeholder, autocomplete, min, max, required } = field;
  const country = type === 'country' && offer;
  const id = newId('field');
  const shared = { id, name, autocomplete: autocomplete ?? 'off' };
  let control;
  if (type === 'choice' || country) {
    const blank = new Option(required ? words.texts.choose : words.texts.noChoice, '');
    control = make('select', shared, blank, ...(country ? [] : options.map(({ value: of, label }) => new Option(label, of))));
    if (country) offer(control, definition.locale, value);
  } else if (type === 'long_text') {
    control = make('textarea', { ...shared, rows: 4, placeholder });
  } else {
    const inputmode = type === 'number' && !(min < 0) ? 'numeric' : null;
    const range = type === 'date' ? { min, max } : {};
    control = make('input', { type: TYPES[type] ?? 'text', ...shared, placeholder, inputmode, ...range });
  }
  control.value = value;
  // A browser keeps the country's code under this token, its name under the other.
  if (country && shared.autocomplete === 'country-name') control.autocomplete = 'country';
  const label = make('label', { htmlFor: id }, field.label, mark());
  return withHelp(make('div', { className: `lf-field${type === 'long_text' ? ' lf-wide' : ''}` }, label, control), field, control);
}

function tick(field, { definition, value }) {
  const { name, label } = field;
  const id = newId('field');
  const text = name === 'gdpr_consent' ? definition.consent.text : label;
  const control = make('input', { type: 'checkbox', id, name, value: 'true' });
  control.checked = value === 'true';
  return withHelp(make('div', { className: 'lf-check lf-wide' }, control, make('label', { htmlFor: id }, text, mark())), field, control);
}

function group(field, { value }) {
  const { name, options } = field;
  const type = field.type === 'choices' ? 'checkbox' : 'radio';
  const box = make('fieldset', { className: 'lf-group lf-wide' }, make('legend', null, field.label, mark()));
  for (const option of options) {
    const id = newId('field');
    const control = make('input', { type, id, name, value: option.value });
    control.checked = [value].flat().includes(option.value);
    box.append(make('div', { className: 'lf-check' }, control, make('label', { htmlFor: id }, option.label)));
  }
  return withHelp(box, field, box);
}

function withHelp(box, { help }, described) {
  if (!help) return box;
  const hint = make('p', { className: 'lf-hint', id: newId('hint') }, help);
  (box.querySelector('legend') ?? box.querySelector('.lf-field > label') ?? box.lastChild).after(hint);
  describe(described, hint.id, true);
  return box;
}

// `required` says it to assistive technology.
const mark = () => make('span', { className: 'lf-need', 'aria-hidden': 'true', hidden: true }, ' *');
