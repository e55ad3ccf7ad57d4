// Submissions whose button was pressed and that have not arrived. They outlive a reload, and each keeps its key, so that
// sending one again makes no second lead. What arrived or was refused is dropped at once, and after 30 days the rest.
import { read, write } from './store.js';

const STORAGE = 'localStorage';
const SLOT = 'queue';
const LONGEST = 30 * 24 * 3600 * 1000;

/** Those kept for `url`, oldest first: `{ url, key, at, values }`, `at` being when the button was pressed. */
export function queued(url) {
  return all().filter((entry) => entry.url === url);
}

/** Keeps an entry; false where the page may keep nothing. */
export function enqueue(entry) {
  return write(STORAGE, SLOT, [...without(entry.key), entry]);
}

/** Drops the entry of this key. */
export function dequeue(key) {
  const rest = without(key);
  write(STORAGE, SLOT, rest.length ? rest : null);
}

const all = () => (read(STORAGE, SLOT) ?? []).filter(({ at }) => Date.now() - at < LONGEST);

const without = (key) => all().filter((entry) => entry.key !== key);
