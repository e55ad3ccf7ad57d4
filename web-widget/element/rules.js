// The core's rules in Wasm. Whatever goes wrong with them, the form goes on without: the edge checks everything again.
import init, { check_field, suggest_email } from '../pkg/lead_widget.js';

let loading;

/** Loads the rules once per page: `{ check, suggest }`, or null where Wasm is blocked, missing or from another version. */
export function loadRules() {
  loading ??= start().catch(() => null);
  return loading;
}

async function start() {
  await init({ module_or_path: new URL('lead-form.wasm', import.meta.url) });
  // An older Wasm under the same address fails on its first call: better here than at a keystroke.
  check_field('email', 'a@b.co', true);
  suggest_email('a@b.co');
  return { check: check_field, suggest: suggest_email };
}
