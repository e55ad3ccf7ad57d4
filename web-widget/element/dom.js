// Small pieces of the form's markup. Only text is ever put in, so nothing that a server says can become markup.

let count = 0;

/** A new id, unique on the page. */
export function newId(what) {
  count += 1;
  return `lf-${what}-${count}`;
}

/**
 * An element of `tag` with the given properties and children; what is null or undefined is left out. Its `part` is its first
 * class without `lf-`, or else its tag.
 */
export function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value == null) continue;
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.setAttribute('part', /^lf-([\w-]+)/.exec(element.className)?.[1] ?? tag);
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Lets the page go on: what follows is a task of its own, so that none holds up a slow machine. */
export const pause = () => new Promise((resolve) => { setTimeout(resolve); });

/** What has the focus where `node` stands, which may be a shadow root. */
export const focused = (node) => node.getRootNode().activeElement;

/** The words of the label of `control`, without its own error or mark of need. */
export function labelOf(control) {
  const group = isGrouped(control) ? control.closest('fieldset')?.querySelector('legend') : null;
  const label = group ?? control.labels?.[0];
  const words = label && [...label.childNodes].map((node) => (isWords(node) ? node.textContent : '')).join('');
  return (words || control.getAttribute('aria-label') || control.name).replace(/\s+/g, ' ').trim();
}

function isWords(node) {
  return node.nodeType === Node.TEXT_NODE
    || !(node.matches?.('input, select, textarea, [aria-hidden=true], .lf-error, .lf-hint') ?? true);
}

/** Whether `control` is one of several under one name. */
export function isGrouped(control) {
  return control.type === 'radio'
    || control.type === 'checkbox' && control.form?.elements.namedItem(control.name) instanceof RadioNodeList;
}

/** Puts `element` behind `control`: never inside its label, where it would become a part of the field's name. */
export function putBeside(control, element) {
  if (isGrouped(control)) return (control.closest('fieldset') ?? control.form).append(element);
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
