// Submissions whose button was pressed and that have not arrived. They outlive a reload, and each keeps its key, so that
// sending one again makes no second lead. What arrived or was refused is dropped at once, and after 30 days the rest.

const SLOT = 'lead-form:queue';
const LONGEST = 30 * 24 * 3600 * 1000;

/** Those kept for `url`, oldest first: `{ url, key, at, values }`, `at` being when the button was pressed. */
export function queued(url) {
  return all().filter((entry) => entry.url === url);
}

/** Keeps an entry; false where the page may keep nothing. */
export function enqueue(entry) {
  return put([...all().filter(({ key }) => key !== entry.key), entry]);
}

/** Drops the entry of this key. */
export function dequeue(key) {
  const rest = all().filter((entry) => entry.key !== key);
  put(rest);
}

function all() {
  try {
    const entries = JSON.parse(localStorage.getItem(SLOT)) ?? [];
    return entries.filter(({ at }) => Date.now() - at < LONGEST);
  } catch {
    return [];
  }
}

function put(entries) {
  try {
    if (entries.length) localStorage.setItem(SLOT, JSON.stringify(entries));
    else localStorage.removeItem(SLOT);
    return true;
  } catch {
    return false;
  }
}
