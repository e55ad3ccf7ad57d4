// The core's rules in Wasm, called without the loader that wasm-bindgen makes: it serves objects and callbacks too, and
// we pass only text. Whatever goes wrong with the rules, the form goes on without: the edge checks everything again.
import { WASM } from './where.js';

let loading;

/** Loads the rules once per page; null where Wasm is blocked, missing or from another version. */
export function loadRules() {
  loading ??= start().catch(() => null);
  return loading;
}

async function start() {
  const response = await fetch(WASM);
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer());
  const rules = bind(instance.exports);
  // A Wasm of another version: better here than at a keystroke.
  return rules.answer('e\temail', 0, 'a', true) === 'email_missing_at' && rules.state('-', '') === '-' ? rules : null;
}

/**
 * The functions of the Wasm's one export: `state(logic, answers)` gives one sign for each line, `answer(logic, line, value,
 * needed)` a verdict, `suggest(address)` a better one. Blank where a call fails.
 */
export function bind(wasm) {
  const put = (text) => {
    const bytes = new TextEncoder().encode(text);
    const at = wasm.__wbindgen_malloc(bytes.length, 1) >>> 0;
    new Uint8Array(wasm.memory.buffer, at).set(bytes);
    return [at, bytes.length];
  };
  const ask = (what, first, second = '', line = 0, needed = false) => {
    try {
      const [at, length] = wasm.ask(what, ...put(first), ...put(second), line, needed);
      const text = new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, at >>> 0, length));
      wasm.__wbindgen_free(at, length, 1);
      return text;
    } catch {
      return '';
    }
  };
  return {
    state: (logic, answers) => ask(0, logic, answers),
    answer: (logic, line, value, needed) => ask(1, logic, value, line, needed),
    suggest: (address) => ask(2, address),
  };
}
