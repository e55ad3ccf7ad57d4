// A proof of work before sending, for forms that want one. It is loaded when it is needed and works in a Worker; where a page's
// policy allows none, in small portions between which the page goes on. Without a proof the form is sent all the same.
import { search } from './pow.search.js';

/** How long the work may take, in ms. */
const PATIENCE = 30_000;

/** The member `altcha` for the challenge that `url` gives, or '' where none could be made in time; rejects only when `signal` aborts. */
export async function solve(url, signal) {
  signal?.throwIfAborted();
  const began = performance.now();
  const work = new AbortController();
  const stop = () => work.abort();
  signal?.addEventListener('abort', stop);
  const timer = setTimeout(stop, PATIENCE);
  try {
    const answer = await fetch(url, { credentials: 'omit', signal: work.signal });
    if (!answer.ok) return '';
    const challenge = await answer.json();
    const number = await inWorker(challenge, work.signal).catch(() => (
      work.signal.aborted ? null : search(challenge, 25, () => work.signal.aborted)
    ));
    if (number === null) return '';
    const { algorithm, challenge: hash, salt, signature } = challenge;
    const took = Math.round(performance.now() - began);
    return btoa(JSON.stringify({ algorithm, challenge: hash, number, salt, signature, took }));
  } catch {
    return '';
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    signal?.throwIfAborted();
  }
}

async function inWorker(challenge, signal) {
  const { worker, free } = start();
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => resolve(null));
      worker.addEventListener('message', ({ data }) => resolve(data.number));
      worker.addEventListener('error', reject);
      worker.postMessage(challenge);
    });
  } finally {
    worker.terminate();
    free();
  }
}

// A page may start Workers of its own origin only: from elsewhere the script comes in through a module of two words.
function start() {
  const script = new URL('./pow.worker.js', import.meta.url);
  if (script.origin === location.origin) return { worker: new Worker(script, { type: 'module' }), free() {} };
  const own = URL.createObjectURL(new Blob([`import ${JSON.stringify(script.href)};`], { type: 'text/javascript' }));
  return { worker: new Worker(own, { type: 'module' }), free: () => URL.revokeObjectURL(own) };
}
