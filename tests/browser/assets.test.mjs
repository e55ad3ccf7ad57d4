// The widget's files under their two addresses: one that is renewed, one that never changes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
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
