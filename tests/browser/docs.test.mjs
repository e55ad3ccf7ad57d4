// The API's documentation: everybody can read it, in light and dark, with everything unfolded, on a narrow screen too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, accessible, visit } from './stage.mjs';

const DOCS = `${BASE}/api/docs`;
const unfold = (page) => page.evaluate(() => document.querySelectorAll('details').forEach((part) => { part.open = true; }));

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds nothing on the API's page, ${colorScheme}`, () => visit({ colorScheme }, async (page) => {
    await page.goto(DOCS);
    await accessible(page, 'at first');
    await unfold(page);
    await accessible(page, 'unfolded');
  }));
}

test("the API's page fits 320 px, and each endpoint is one click away", () => visit({ viewport: { width: 320, height: 640 } }, async (page) => {
  await page.goto(DOCS);
  await unfold(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${wide} px wide`);
  const lost = await page.evaluate(() => [...document.querySelectorAll('nav a')]
    .map((link) => link.getAttribute('href').slice(1))
    .filter((id) => !document.getElementById(id)));
  assert.deepEqual(lost, []);
  assert.equal(await page.evaluate(() => document.scripts.length), 0);
}));
