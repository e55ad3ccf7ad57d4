// The stylesheet: once per document, and once in each shadow root.
import { make } from './dom.js';
import { SHEET } from './where.js';

/**
 * Where `element` renders its form, and when the sheet is there: the element itself, or with `render="shadow"` a root of its
 * own, out of reach of the page's styles. A sheet that cannot be loaded holds nothing up.
 */
export function styled(element) {
  if (element.getAttribute('render') !== 'shadow') return { root: element, ready: link(document.head) };
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
  const root = make('div', { className: 'lf-shadow' });
  shadow.append(root);
  return { root, ready: link(shadow) };
}

/** Links the sheet in `place`, unless it or another version of it is there, and waits for it. */
export async function link(place) {
  const known = [...place.querySelectorAll('link[rel~="stylesheet"]')].find(({ href }) => href.endsWith('/lead-form.css'));
  const sheet = known ?? make('link', { rel: 'stylesheet', href: SHEET });
  if (!known) place.append(sheet);
  if (sheet.sheet) return;
  await new Promise((resolve) => {
    for (const type of ['load', 'error']) sheet.addEventListener(type, resolve, { once: true });
    setTimeout(resolve, 3000);
  });
}
