// One press of the button: its attempts, its pauses, and the entry of the queue that outlives them.
import { dequeue, enqueue } from './queue.js';
import { forgetKey, keyOf, post } from './transport.js';

/** Pauses before the second and later attempts of a failed sending, in ms. */
const BACKOFF = [1000, 3000, 9000];
/** How often one sending may be put off by a busy server. */
const MOST_WAITS = 5;

export class Sending {
  #end = new AbortController();
  /** Whether it waits, and nothing is on the wire. */
  paused = false;
  /** Ends the pause at once. */
  hurry = () => {};
  /** The key of its entry in the queue, while there is one. */
  key;
  /** Whether that entry outlives the page. */
  kept = false;

  constructor(life) {
    life.addEventListener('abort', () => this.end(), { signal: this.signal });
  }

  get signal() {
    return this.#end.signal;
  }

  /** Ends it; its entry stays until it is withdrawn. */
  end() {
    this.#end.abort();
  }

  /** Nobody wants it sent any more. */
  withdraw() {
    this.end();
    if (this.key) dequeue(this.key);
  }

  /**
   * Sends what was `said`, with what the page's address `brought`, what goes along with `others` and what `prove()` gives once,
   * until it arrives, is refused, or too many attempts failed. Gives the last outcome; `progress` tells the visitor meanwhile.
   */
  async deliver(form, url, { said, brought, others, prove }, progress) {
    const found = { ...brought };
    let failures = 0;
    let waits = 0;
    let proofs;
    for (;;) {
      const values = { ...found, ...said };
      const sent = { ...values, ...others };
      this.#keep({ url, key: keyOf(form, values), at: Date.now(), values: sent });
      // Kept without its proofs: they would be out of date.
      proofs ??= await this.#while(prove()) ?? {};
      const outcome = await post(url, this.key, { ...sent, ...proofs }, this.signal);
      const { kind } = outcome;
      if (kind === 'refused') {
        // What the page's address brought and the visitor cannot mend is left out, once each.
        const ours = outcome.errors.map(({ pointer }) => memberOf(pointer)).filter((name) => name in found && !(name in said));
        dequeue(this.key);
        if (!ours.length) return outcome;
        for (const name of ours) delete found[name];
      } else if (kind === 'accepted') {
        dequeue(this.key);
        forgetKey(form);
        return outcome;
      } else if (kind === 'wait' && waits < MOST_WAITS) {
        waits += 1;
        progress.countdown(outcome.seconds, this.signal);
        await this.#pause(outcome.seconds * 1000);
        progress.busy();
      } else if (kind === 'lost' && failures < BACKOFF.length) {
        progress.offline();
        await this.#pause(BACKOFF[failures] * (0.8 + 0.4 * Math.random()));
        failures += 1;
        progress.busy();
      } else return outcome;
    }
  }

  // From the first attempt on, so that even a tab that is closed at once loses nothing.
  #keep(entry) {
    if (this.key === entry.key) return;
    this.key = entry.key;
    this.kept = enqueue(entry);
  }

  #pause(ms) {
    return this.#while(new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      const stop = () => { clearTimeout(timer); resolve(); };
      this.hurry = stop;
      this.signal.addEventListener('abort', stop);
    }));
  }

  // Nothing is on the wire meanwhile, so that an edit takes the sending back.
  async #while(waited) {
    this.paused = true;
    const result = await waited;
    this.paused = false;
    this.signal.throwIfAborted();
    return result;
  }
}

/** The member that a JSON pointer (RFC 6901) of an error names. */
export function memberOf(pointer) {
  return String(pointer ?? '').slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
}
