// The work of a proof: the number whose hash with the salt is the challenge (ALTCHA's format).

/**
 * The number of `challenge`, or null where there is none or `stopped` says so, which is asked each time that `portion` numbers
 * were tried.
 */
export async function search({ algorithm, challenge, salt, maxnumber }, portion, stopped = () => false) {
  const encoder = new TextEncoder();
  const wanted = Uint8Array.from(challenge.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const found = async (number) => {
    const hash = new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(salt + number)));
    return hash.length === wanted.length && hash.every((byte, at) => byte === wanted[at]);
  };
  for (let first = 0; first <= maxnumber; first += portion) {
    if (stopped()) return null;
    const count = Math.min(portion, maxnumber - first + 1);
    const tried = await Promise.all(Array.from({ length: count }, (_, step) => found(first + step)));
    const at = tried.indexOf(true);
    if (at >= 0) return first + at;
  }
  return null;
}
