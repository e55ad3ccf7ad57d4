// Small pieces of the form's markup. Only text is ever put in, so nothing that a server says can become markup.

let count = 0;

/** A new id, unique on the page. */
export function newId(what) {
  count += 1;
  return `lf-${what}-${count}`;
}

/** An element of `tag` with the given properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** The words of the label of `control`, without its own error or mark of need. */
export function labelOf(control) {
  const group = control.type === 'radio' ? control.closest('fieldset')?.querySelector('legend') : null;
  const label = group ?? control.labels?.[0];
  const words = label && [...label.childNodes].map((node) => (isWords(node) ? node.textContent : '')).join('');
  return (words || control.getAttribute('aria-label') || control.name).replace(/\s+/g, ' ').trim();
}

function isWords(node) {
  return node.nodeType === Node.TEXT_NODE
    || !(node.matches?.('input, select, textarea, [aria-hidden=true], .lf-error, .lf-hint') ?? true);
}

/** Puts `element` behind `control`: never inside its label, where it would become a part of the field's name. */
export function putBeside(control, element) {
  if (control.type === 'radio') return (control.closest('fieldset') ?? control.form).append(element);
  const label = control.type === 'checkbox' ? control.labels?.[0] : control.closest('label');
  (label ?? control).after(element);
}

/** Adds the id to, or takes it from, the ids that describe `control`. */
export function describe(control, id, on) {
  const ids = new Set((control.getAttribute('aria-describedby') ?? '').split(/\s+/).filter(Boolean));
  if (on) ids.add(id);
  else ids.delete(id);
  if (ids.size) control.setAttribute('aria-describedby', [...ids].join(' '));
  else control.removeAttribute('aria-describedby');
}
