// Each example of docs/embedding.md, word for word, on a customer's page.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { BASE, customerPage, events, open, person, thanked, visit } from './stage.mjs';
import { ONE_STEP, about, formOf } from './form_stage.mjs';

const text = await readFile(new URL('../../docs/embedding.md', import.meta.url), 'utf8');
const examples = text.split(/^## /m).flatMap((section) => (
  [...section.matchAll(/```html\n([^]*?)```/g)].map(([, html]) => ({ name: section.split('\n')[0], html }))
));

/** The page of an example, with a real address, key and version. */
async function pageOf({ html }) {
  const { key } = await formOf(ONE_STEP);
  const { version, integrity } = await (await fetch(`${BASE}/w/1/version.json`)).json();
  const real = html.replaceAll('https://leads.example.com', BASE).replaceAll('pk_...', key)
    .replaceAll('VERSION', version).replaceAll('INTEGRITY', integrity);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A customer</title><link rel="icon" href="data:,"></head><body><h1>A customer</h1>${real}</body></html>`;
}

test('there is an example for each thing that is explained', () => {
  const names = new Set(examples.map(({ name }) => name));
  for (const name of ['The snippet', 'A version that never changes', 'A form written by hand', 'Attributes', 'Events', 'Consent', 'Looks']) assert.ok(names.has(name), name);
});

for (const [at, example] of examples.filter(({ html }) => html.includes('<lead-form')).entries()) {
  test(`example ${at + 1}, ${example.name}: the form is shown and sends`, () => visit({}, async (page) => {
    await open(page, await customerPage(page, `/example-${at}.html`, await pageOf(example)));
    await page.locator('lead-form [name=email]').waitFor();
    const answers = person();
    await about(page, answers);
    await page.locator('lead-form :is(button:not([type]), [type=submit])').click();
    await thanked(page);
    assert.equal((await events(page, 'success')).length, 1);
    if (example.name === 'Events') assert.match(await page.title(), /^Sent: pk_/);
    if (example.name === 'Looks') {
      const style = await page.evaluate(() => getComputedStyle(document.querySelector('lead-form').shadowRoot.querySelector('.lf-title')).fontStyle);
      assert.equal(style, 'italic');
    }
  }));
}

test('the example of consent keeps where a visitor came from, and drops it', () => visit({}, async (page) => {
  const example = examples.find(({ name }) => name === 'Consent');
  const url = await customerPage(page, '/consent.html*', await pageOf(example));
  await page.goto(`${url.replace('*', '')}?utm_source=one`);
  const consent = (granted) => page.evaluate((value) => document.dispatchEvent(new CustomEvent('consent', { detail: { granted: value } })), granted);
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await consent(true);
  assert.match(await page.evaluate(() => localStorage.getItem('lead-form:visit')), /"utm_source":"one"/);
  await consent(false);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
}));
