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
  // Nothing that the rules do needs JavaScript; the one import prepares a table that stays empty.
  const imports = { './lead_widget_bg.js': { __wbindgen_init_externref_table() {} } };
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), imports);
  const rules = bind(instance.exports);
  // A Wasm of another version: better here than at a keystroke.
  return rules.check('email', 'a', true) === 'email_missing_at' && rules.state('-', '') ? rules : null;
}

/**
 * The functions of the Wasm's exports, for text: `check(name, value, needed)`, `answer(logic, line, value, needed)` give a
 * verdict, `suggest(address)` a better one, `state(logic, answers)` one sign for each line. Blank where a call fails.
 */
export function bind(wasm) {
  const put = (text) => {
    const bytes = new TextEncoder().encode(text);
    const at = wasm.__wbindgen_malloc(bytes.length, 1) >>> 0;
    new Uint8Array(wasm.memory.buffer, at).set(bytes);
    return [at, bytes.length];
  };
  const call = (name) => (...values) => {
    try {
      const [at, length] = wasm[name](...values.flatMap((value) => (typeof value === 'string' ? put(value) : value)));
      const text = new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, at >>> 0, length));
      wasm.__wbindgen_free(at, length, 1);
      return text;
    } catch {
      return '';
    }
  };
  return { check: call('check_field'), suggest: call('suggest_email'), state: call('form_state'), answer: call('check_answer') };
}
