// The Wasm half of `cargo xtask bench rules`: one JSON line {rule, call, per_s} for each rule, over the inputs of
// bench-rules.json. Strings go through the lean build, which every visitor loads, objects through the rich one.
// Arguments: the folders of the lean and of the rich build.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const SPELL_MS = 500;
const STRIDE = 64;

async function load(folder) {
  const widget = await import(pathToFileURL(join(folder, "lead_widget.js")));
  widget.initSync({ module: readFileSync(join(folder, "lead_widget_bg.wasm")) });
  return widget;
}

/** Runs one rule over its inputs, in turn, and prints its rate; a spell before lets the compiler finish. */
function rate(rule, call, inputs, run) {
  const spell = (ms) => {
    const started = performance.now();
    let count = 0;
    let kept = 0;
    while (performance.now() - started < ms) {
      for (let i = 0; i < STRIDE; i += 1) kept += run(inputs[(count + i) % inputs.length]) === undefined ? 0 : 1;
      count += STRIDE;
    }
    if (kept !== count) throw new Error(`${rule}: a call gave nothing`);
    return (count * 1000) / (performance.now() - started);
  };
  spell(SPELL_MS / 5);
  console.log(JSON.stringify({ rule, call, per_s: Math.round(spell(SPELL_MS)) }));
}

const inputs = JSON.parse(readFileSync(new URL("bench-rules.json", import.meta.url), "utf8"));
const [lean, rich] = [await load(process.argv[2]), await load(process.argv[3])];
rate("score", "object", inputs.score, (input) => rich.score(input));
rate("dedup judge", "object", inputs.dedup, (input) => rich.dedup(input));
rate("email check", "string", inputs.email, (text) => lean.ask(1, "l\temail", text, 0, true));
rate("phone check", "string", inputs.phone, (text) => lean.ask(1, "l\tphone", text, 0, true));
rate("company check", "string", inputs.company, (text) => lean.ask(1, "l\tcompany_name", text, 0, true));
