// Where a visitor came from, kept over the pages of a website. Nothing is kept until the page says that it may:
// `import { remember } from '…/w/1/visit.js'; remember()` once consent is given, `forget()` once it is taken back.
import { attribution } from './attribution.js';
import { read, write } from './store.js';

const STORAGE = 'localStorage';

/** Keeps this page's attribution, where it has one, as the last touch, and as the first where there was none. */
export function remember() {
  const { landing_page, referrer, ...named } = attribution(location.href, document.referrer);
  const foreign = referrer && new URL(referrer).origin !== location.origin;
  const known = recalled();
  if (!Object.keys(named).length && !foreign && known.first) return;
  const touch = { ...named, landing_page, ...(foreign ? { referrer } : {}) };
  write(STORAGE, 'visit', { first: known.first ?? touch, last: touch });
}

/** For a form on this page: remembers it, puts the first touch into hidden fields such as `first_utm_source`, gives the last. */
export function visited(form) {
  remember();
  const { first = {}, last = {} } = recalled();
  for (const control of form.elements) {
    const value = control.type === 'hidden' && control.name.startsWith('first_') && first[control.name.slice(6)];
    if (value) control.value = value;
  }
  return last;
}

/** Drops all of it. */
export function forget() {
  write(STORAGE, 'visit', null);
}

/** What is kept: `{ first, last }`, each with the members of a submission; empty where nothing is. */
export function recalled() {
  return read(STORAGE, 'visit') ?? {};
}
