// The widget's files under their two addresses: one that is renewed, one that never changes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { BASE, customerPage, open, person, thanked, visit } from './stage.mjs';
import { ONE_STEP, about, formOf } from './form_stage.mjs';

const get = (path) => fetch(`${BASE}/w/1/${path}`);

test('a version is kept for good, what is current for minutes, and a version that is not kept is nothing', async () => {
  const { version, integrity } = await (await get('version.json')).json();
  const pinned = await get(`${version}/lead-form.js`);
  assert.match(pinned.headers.get('cache-control'), /immutable/);
  const text = await pinned.text();
  assert.equal(`sha384-${createHash('sha384').update(text).digest('base64')}`, integrity);
  const current = await get('lead-form.js');
  assert.match(current.headers.get('cache-control'), /max-age=300/);
  assert.equal(await current.text(), text);
  assert.equal((await get('000000000000/lead-form.css')).status, 404);
  assert.equal((await get(`${version}/nothing.js`)).status, 404);
});

test('what only some forms load is served beside it, and stands in the package', async () => {
  const { version } = await (await get('version.json')).json();
  for (const name of ['guards.js', 'pow.worker.js', 'partial.js', 'visit.js', 'countries.js', 'messages.ar.js']) {
    const current = await get(name);
    assert.equal(current.status, 200, name);
    assert.equal(current.headers.get('access-control-allow-origin'), '*', name);
    assert.match(current.headers.get('content-type'), /javascript/);
    assert.equal(await (await get(`${version}/${name}`)).text(), await current.text(), name);
    assert.ok((await stat(join(process.env.LEADGATE_PACKAGE, name))).size > 0, name);
  }
  // The Worker is one file: a module that it would import could not be told where it lies.
  assert.doesNotMatch(await (await get(`${version}/pow.worker.js`)).text(), /import/);
});

test('a page that pinned an older version keeps its form, every file of that version', () => visit({}, async (page) => {
  const { version, integrity } = JSON.parse(await readFile(new URL('../../dist/released/older/version.json', import.meta.url), 'utf8'));
  // In a language of its own, so that the module loads its words as well.
  const { key } = await formOf({ ...ONE_STEP, translations: { de: { '/title': 'Schreiben Sie uns' } } });
  const loaded = [];
  page.on('response', (answer) => answer.url().includes('/w/1/') && loaded.push(`${answer.status()} ${new URL(answer.url()).pathname}`));
  const html = `<!doctype html><html lang="de"><head><meta charset="utf-8"><title>A customer</title><link rel="icon" href="data:,">
    <script type="module" src="${BASE}/w/1/${version}/lead-form.js" integrity="${integrity}" crossorigin async></script></head>
    <body><lead-form form="${key}"><a href="${BASE}/f/${key}">Open the form</a></lead-form></body></html>`;
  await open(page, await customerPage(page, '/pinned.html', html));
  await about(page, person());
  await page.locator('lead-form :is(button:not([type]), [type=submit])').click();
  await thanked(page);
  assert.ok(loaded.some((one) => one.endsWith('/messages.de.js')) && loaded.length >= 4, `${loaded}`);
  for (const one of loaded) assert.ok(one.startsWith(`200 /w/1/${version}/`), one);
}));
