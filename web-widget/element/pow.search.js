// The work of a proof: the number whose hash with the salt is the challenge (ALTCHA's format).

/** How many numbers are tried between two looks at the clock and the signal. */
const AT_ONCE = 500;

/** The number of `challenge`, or null where there is none, time is up, or `stopped` says so. */
export async function search({ algorithm, challenge, salt, maxnumber }, stopped = () => false) {
  const encoder = new TextEncoder();
  const wanted = Uint8Array.from(challenge.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const found = async (number) => {
    const hash = new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(salt + number)));
    return hash.length === wanted.length && hash.every((byte, at) => byte === wanted[at]);
  };
  for (let first = 0; first <= maxnumber; first += AT_ONCE) {
    if (stopped()) return null;
    const count = Math.min(AT_ONCE, maxnumber - first + 1);
    const tried = await Promise.all(Array.from({ length: count }, (_, step) => found(first + step)));
    const at = tried.indexOf(true);
    if (at >= 0) return first + at;
  }
  return null;
}
