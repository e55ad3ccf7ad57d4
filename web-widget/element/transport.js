// One submission on the wire, and the key that makes sending it twice harmless: a random part that outlives a reload, and a
// hash of the values, so that storage holds nothing of them.

import { read, write } from './store.js';

/** How long one attempt may take, in ms. */
const PATIENCE = 20_000;
/** The longest wait that a server may ask for, in seconds; asked for more, the visitor decides. */
const LONGEST_WAIT = 300;

/**
 * Posts `values` as JSON. Resolves to one of
 * `{ kind: 'accepted', thanks }`, `{ kind: 'refused', status, errors }`, `{ kind: 'wait', seconds }`, `{ kind: 'lost' }`;
 * rejects only when `signal` aborts.
 */
export async function post(url, key, values, signal) {
  try {
    return await outcome(await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(values),
      redirect: 'error',
    }, signal));
  } catch {
    signal.throwIfAborted();
    return { kind: 'lost' };
  }
}

/** A request without cookies that is given up after a while, or at once when `signal` ends. */
export async function request(url, options, signal) {
  const attempt = new AbortController();
  const stop = () => attempt.abort();
  signal.throwIfAborted();
  signal.addEventListener('abort', stop);
  const timer = setTimeout(stop, PATIENCE);
  try {
    return await fetch(url, { ...options, credentials: 'omit', signal: attempt.signal });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

async function outcome(answer) {
  const { status } = answer;
  if (answer.ok) return { kind: 'accepted', thanks: (await answer.json().catch(() => null))?.thanks };
  if (status === 429 || status === 503) {
    // Ours says seconds; a date, or nothing, counts as 5.
    const seconds = Number(answer.headers.get('retry-after')) || 5;
    return seconds > LONGEST_WAIT ? { kind: 'lost' } : { kind: 'wait', seconds };
  }
  if (status >= 500) return { kind: 'lost' };
  const problem = await answer.json().catch(() => null);
  return { kind: 'refused', status, errors: Array.isArray(problem?.errors) ? problem.errors : [] };
}

// The random parts of keys by form, for a page without storage.
const salts = {};

/** The idempotency key of these values on this form, the same after a reload and until `forgetKey`. */
export function keyOf(form, values) {
  // Not `randomUUID`: a page without TLS has none.
  salts[form] = read('sessionStorage', form) ?? salts[form] ?? crypto.getRandomValues(new Uint32Array(4)).join('-');
  write('sessionStorage', form, salts[form]);
  return `${salts[form]}-${hash(JSON.stringify(values))}`;
}

/** Ends the keys of `form` once its values have arrived. */
export function forgetKey(form) {
  delete salts[form];
  write('sessionStorage', form, null);
}

// FNV-1a: enough to tell the drafts of one visitor apart.
function hash(text) {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return (sum >>> 0).toString(36);
}
