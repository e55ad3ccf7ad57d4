// What a page's storage holds of ours. A page may forbid storage, or run in a frame without any: then nothing is read back.

/** The value under `slot` of `localStorage` or `sessionStorage`; null where there is none. */
export function read(storage, slot) {
  try {
    return JSON.parse(window[storage].getItem(`lead-form:${slot}`));
  } catch {
    return null;
  }
}

/** Keeps `value` under `slot`, or with null drops what is there; whether it could. */
export function write(storage, slot, value) {
  try {
    if (value == null) window[storage].removeItem(`lead-form:${slot}`);
    else window[storage].setItem(`lead-form:${slot}`, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
