// The Wasm that visitors load, called by the glue that visitors load, gives what the shared vectors say. The runner of
// vectors.test.mjs links the whole core instead.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { BASE, customerPage, visit } from './stage.mjs';

const read = async (path) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const cases = async (name) => JSON.parse(await read(`tests/vectors/${name}.json`)).cases;

/** Loads the rules into a page and runs each of `calls`, `[function, arguments]`, there. */
async function run(page, calls) {
  const glue = await read('web-widget/element/rules.js');
  const url = await customerPage(page, '/rules.html', '<!doctype html><title>rules</title><link rel="icon" href="data:,">');
  for (const [name, body] of [['rules.js', glue], ['where.js', `export const WASM = '${BASE}/w/1/lead-form.wasm';`]]) {
    await page.route(url.replace('rules.html', name), (route) => route.fulfill({ contentType: 'text/javascript', body }));
  }
  await page.goto(url);
  return page.evaluate(async (all) => {
    const { loadRules } = await import('/rules.js');
    const rules = await loadRules();
    return all.map(([name, args]) => rules[name](...args));
  }, calls);
}

test('checks of fields and suggestions are as the vectors say', () => visit({}, async (page) => {
  const checks = await cases('field_check');
  const suggestions = await cases('email_suggest');
  const outcomes = await run(page, [
    ...checks.map(({ in: { name, value, required } }) => ['answer', [`l\t${name}`, 0, value, required]]),
    ...suggestions.map(({ in: address }) => ['suggest', [address]]),
  ]);
  const wanted = [
    // A field that no lead has is text to the element: whether the form knows it, the edge says.
    ...checks.map(({ err }) => (err === 'unknown_member' ? '' : err ?? '')),
    ...suggestions.map(({ out }) => out.suggestion ?? ''),
  ];
  const withoutLimits = outcomes.map((outcome, at) => (wanted[at].includes(':') ? outcome : outcome.split(':')[0]));
  assert.deepEqual(withoutLimits, wanted);
  assert.ok(checks.length > 50 && suggestions.length > 10);
}));

test('ten thousand calls take no more memory than the first hundred', () => visit({}, async (page) => {
  await run(page, []);
  const pages = await page.evaluate(async () => {
    const { bind } = await import('/rules.js');
    const { WASM } = await import('/where.js');
    const { instance: { exports } } = await WebAssembly.instantiate(await (await fetch(WASM)).arrayBuffer());
    const rules = bind(exports);
    const call = (times) => {
      for (let at = 0; at < times; at += 1) rules.answer('l\tmessage', 0, 'x'.repeat(at % 4000), true);
      return exports.memory.buffer.byteLength;
    };
    return [call(5000), call(10_000)];
  });
  assert.equal(pages[1], pages[0]);
}));
