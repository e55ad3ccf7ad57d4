// One submission on the wire, and the key that makes sending it twice harmless: a random part that outlives a reload, and a
// hash of the values, so that storage holds nothing of them.

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
    const seconds = retryAfter(answer.headers.get('retry-after'));
    return seconds > LONGEST_WAIT ? { kind: 'lost' } : { kind: 'wait', seconds };
  }
  if (status >= 500) return { kind: 'lost' };
  const problem = await answer.json().catch(() => null);
  return { kind: 'refused', status, errors: Array.isArray(problem?.errors) ? problem.errors : [] };
}

/** Seconds of a Retry-After (RFC 9110 10.2.3: a number or a date); 5 where there is none to read. */
export function retryAfter(header, now = Date.now()) {
  const seconds = /^\d+$/.test(header ?? '') ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isNaN(seconds) ? 5 : Math.max(1, Math.ceil(seconds));
}

/** The idempotency key of these values on this form, the same after a reload and until `forgetKey`. */
export function keyOf(form, values) {
  const salt = kept(form) ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  keep(form, salt);
  return `${salt}-${hash(JSON.stringify(values))}`;
}

/** Ends the keys of `form` once its values have arrived. */
export function forgetKey(form) {
  keep(form, null);
}

// A page may forbid storage, or run in a frame without any; then the keys last as long as the page.
const memory = {};

function kept(form) {
  try {
    return sessionStorage.getItem(`lead-form:${form}`) ?? memory[form];
  } catch {
    return memory[form];
  }
}

function keep(form, salt) {
  memory[form] = salt;
  try {
    if (salt) sessionStorage.setItem(`lead-form:${form}`, salt);
    else sessionStorage.removeItem(`lead-form:${form}`);
  } catch {
    // `memory` has it.
  }
}

// cyrb53: 53 bits, enough to tell the drafts of one visitor apart.
function hash(text) {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (b & 0x1fffff) + (a >>> 0)).toString(36);
}
