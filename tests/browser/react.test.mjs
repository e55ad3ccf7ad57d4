// The npm package with the React component, in an app as a customer builds it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { BASE, DEMO, leadOf, person, thanked, visit } from './stage.mjs';
import { ONE_STEP, about, formOf, press } from './form_stage.mjs';

const TYPES = { css: 'text/css', js: 'text/javascript', wasm: 'application/wasm' };

/** An app with a button that shows the form and takes it off again. */
const APP = (key) => `
  import { StrictMode, useState } from 'react';
  import { createRoot } from 'react-dom/client';
  import { LeadForm } from 'lead-form-element/react';

  function App() {
    const [shown, setShown] = useState(true);
    const [said, setSaid] = useState('');
    return (
      <main>
        <h1>An app</h1>
        <button id="toggle" onClick={() => setShown(!shown)}>Contact</button>
        <p id="said">{said}</p>
        {shown && <LeadForm formKey="${key}" base="${BASE}" onReady={() => setSaid('ready')} onSuccess={() => setSaid('sent')} />}
      </main>
    );
  }

  createRoot(document.getElementById('app')).render(<StrictMode><App /></StrictMode>);`;

test('the package and its React component show the form, tell its events, and leave when they are taken off', () => visit({}, async (page) => {
  const folder = process.env.LEADGATE_PACKAGE;
  assert.ok(folder, 'LEADGATE_PACKAGE is not set');
  const { key } = await formOf(ONE_STEP);
  const { outputFiles: [bundle] } = await build({
    stdin: { contents: APP(key), loader: 'jsx', resolveDir: import.meta.dirname },
    bundle: true, write: false, format: 'esm', jsx: 'automatic', external: ['lead-form-element'],
    alias: { 'lead-form-element/react': join(folder, 'react/LeadForm.jsx') }, nodePaths: [join(import.meta.dirname, '../../node_modules')],
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  await page.route(`${DEMO}/app/**`, async (route) => {
    const name = basename(new URL(route.request().url()).pathname);
    const body = name === 'app.js' ? bundle.text : await readFile(join(folder, name));
    return route.fulfill({ contentType: TYPES[name.split('.').pop()], body });
  });
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>An app</title><link rel="icon" href="data:,">
    <script type="importmap">{"imports":{"lead-form-element":"/app/lead-form.js"}}</script>
    <script type="module" src="/app/app.js"></script></head><body><div id="app"></div></body></html>`;
  await page.route(`${DEMO}/react.html`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto(`${DEMO}/react.html`);
  await page.locator('#said').getByText('ready').waitFor();
  await page.locator('#toggle').click();
  assert.equal(await page.locator('lead-form').count(), 0);
  await page.locator('#toggle').click();
  await page.locator('lead-form [name=email]').waitFor();
  const answers = person();
  await about(page, { ...answers, email: 'asha@example' });
  await page.locator('lead-form [name=email]').blur();
  assert.equal(await page.locator('lead-form [aria-invalid=true]').count(), 1, 'the rules came along');
  await about(page, answers);
  await press(page);
  await thanked(page);
  await page.locator('#said').getByText('sent').waitFor();
  assert.equal((await leadOf(answers.email)).email, answers.email);
}));
