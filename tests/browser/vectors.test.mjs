// The shared vectors through the core's Wasm in Chromium. Prints `vectors browser FILE COUNT DIGEST` for each file.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { visit } from './stage.mjs';

const built = process.env.LEADGATE_VECTORS_DIR;
const cases = new URL('../vectors/', import.meta.url);
const TYPES = { js: 'text/javascript', wasm: 'application/wasm' };

/** Serves the built files, and a blank page to load them into. */
async function serve() {
  const server = createServer(async (request, response) => {
    const name = basename(new URL(request.url, 'http://localhost').pathname);
    const type = TYPES[name.split('.').pop()];
    response.setHeader('content-type', type ?? 'text/html');
    response.end(type ? await readFile(join(built, name)).catch(() => '') : '<!doctype html><title>vectors</title>');
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return server;
}

test('every vector has the same outcome in a browser', async () => {
  assert.ok(built, 'LEADGATE_VECTORS_DIR is not set');
  const files = (await readdir(cases)).filter((name) => name.endsWith('.json')).sort();
  assert.ok(files.length > 0, 'no vector files');
  const server = await serve();
  try {
    await visit({}, async (page) => {
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      for (const file of files) {
        const text = await readFile(new URL(file, cases), 'utf8');
        const report = await page.evaluate(async (input) => {
          const widget = await import('/lead_widget.js');
          await widget.default();
          return widget.run_vectors(input);
        }, text);
        console.log(`vectors browser ${file} ${report.count} ${report.digest}`);
        assert.deepEqual(report.failures, [], file);
        assert.equal(report.count, JSON.parse(text).cases.length, `${file}: every case ran`);
      }
    });
  } finally {
    server.close();
  }
});
