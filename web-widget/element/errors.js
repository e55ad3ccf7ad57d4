// Errors beside their fields, and the summary above them.
import { describe, labelOf, make, newId, putBeside } from './dom.js';

/** Whether `control` shows an error now. */
export const hasError = (control) => control.getAttribute('aria-invalid') === 'true';

/** Shows `message` beside `control`, or takes the error away where it is blank. */
export function setError(control, message) {
  if (!message && !hasError(control)) return;
  const element = errorElement(control);
  control.setCustomValidity(message);
  if (message) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
  if (element.textContent !== message) element.textContent = message;
  element.hidden = !message;
  describe(control, element.id, Boolean(message));
}

function errorElement(control) {
  // The plain form page brings its own.
  const known = control.form.querySelector(`[data-error-for="${CSS.escape(control.name)}"]`);
  const element = known ?? make('p', { className: 'lf-error' });
  element.id ||= newId('error');
  if (!known) {
    element.dataset.errorFor = control.name;
    putBeside(control, element);
  }
  return element;
}

/** Replaces the summary of `form` and moves focus to it. `others` are messages that belong to no field. */
export function showSummary(form, heading, others = []) {
  removeSummary(form);
  const items = others.map((text) => make('li', {}, text));
  for (const control of form.elements) {
    if (!hasError(control)) continue;
    control.id ||= newId('field');
    const text = `${labelOf(control)}: ${control.validationMessage}`;
    items.push(make('li', {}, make('a', { href: `#${control.id}` }, text)));
  }
  const title = make('h2', { className: 'lf-summary-title', id: newId('summary') }, heading);
  const summary = make('div', { className: 'lf-summary', tabIndex: -1, role: 'alert' }, title, make('ul', {}, ...items));
  summary.setAttribute('aria-labelledby', title.id);
  form.prepend(summary);
  summary.focus();
}

/** Takes the summary away. */
export function removeSummary(form) {
  form.querySelector('.lf-summary')?.remove();
}
