// The widget's files under their two addresses: one that is renewed, one that never changes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { BASE } from './stage.mjs';

const get = (path) => fetch(`${BASE}/w/1/${path}`);

test('a version is kept for good, what is current for minutes, and another version is what is current', async () => {
  const { version, integrity } = await (await get('version.json')).json();
  const pinned = await get(`${version}/lead-form.js`);
  assert.match(pinned.headers.get('cache-control'), /immutable/);
  const text = await pinned.text();
  assert.equal(`sha384-${createHash('sha384').update(text).digest('base64')}`, integrity);
  const current = await get('lead-form.js');
  assert.match(current.headers.get('cache-control'), /max-age=300/);
  assert.equal(await current.text(), text);
  const old = await get('000000000000/lead-form.css');
  assert.equal(old.status, 200);
  assert.match(old.headers.get('cache-control'), /max-age=300/);
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
