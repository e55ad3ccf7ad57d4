// What every browser test stands on: the running worker and demo page, one Chromium, a visitor with answers of their own.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after } from 'node:test';
import { chromium } from 'playwright-core';

function env(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: these tests run against a worker, see cargo xtask test`);
  return value.replace(/\/$/, '');
}

export const BASE = env('LEADGATE_BASE');
export const DEMO = env('LEADGATE_DEMO');
export const FORM_KEY = env('LEADGATE_FORM_KEY');
const SK = env('LEADGATE_SK');
const COMPANY = env('LEADGATE_COMPANY');

/** The plain form page, served by the worker itself. */
export const FORM_PAGE = `${BASE}/f/${FORM_KEY}`;
/** Matches the POST of a submission, and nothing else. */
export const POSTS = (url) => url.href === FORM_PAGE;

/** One more Chromium, with further switches. */
export function launch(...switches) {
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  // Without a sandbox: CI runs as root. Chromium does not call home. A page served by `customerPage` has no address of
  // its own, is taken for one of the public internet, and could not load from this machine.
  const args = [
    '--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-features=LocalNetworkAccessChecks', ...switches,
  ];
  return chromium.launch({ executablePath, args });
}

// Begun by whoever is first: a `before` of a test's own may run while this file is still being loaded.
let browser;
const ours = () => (browser ??= launch());
after(async () => (await browser)?.close());

/** Runs `act` with a fresh visitor's page, in another browser if one is given; a script error on the page fails the test. */
export async function visit({ chromium: other, ...options }, act) {
  const context = await (other ?? await ours()).newContext({ viewport: { width: 1200, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  try {
    const page = await context.newPage();
    const faults = [];
    page.on('pageerror', (fault) => faults.push(String(fault)));
    await act(page, context);
    assert.deepEqual(faults, [], 'script errors on the page');
  } finally {
    await context.close();
  }
}

/** Opens `url` and waits until the element has enhanced its form; gives whether the rules were loaded. */
export async function open(page, url = `${DEMO}/`, options = {}) {
  await page.addInitScript(() => {
    window.told = [];
    for (const name of ['ready', 'step', 'invalid', 'submit', 'success', 'error']) {
      document.addEventListener(`lead-form:${name}`, ({ detail }) => window.told.push({ name, ...detail }));
    }
  });
  await page.goto(url, options);
  await page.waitForFunction(() => window.told.some(({ name }) => name === 'ready'));
  return (await events(page, 'ready'))[0].rules;
}

/** The events of that name so far. */
export const events = (page, name) => page.evaluate((wanted) => window.told.filter((event) => event.name === wanted), name);

/** Serves `html` at a path of the demo's origin, as the customer's own page would be. */
export async function customerPage(page, path, html, headers = {}) {
  await page.route(`${DEMO}${path}`, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', headers, body: html }));
  return `${DEMO}${path}`;
}

/** A small form of a customer's page, its ids beginning with `id`. */
export function smallForm(id = 'a') {
  const field = (name, label, type = 'text') => `<p><label for="${id}_${name}">${label}</label>
    <input id="${id}_${name}" name="${name}" type="${type}" required></p>`;
  return `<lead-form form="${FORM_KEY}"><form method="post" action="${FORM_PAGE}">
    ${field('first_name', 'First name')}${field('last_name', 'Last name')}${field('company_name', 'Company')}
    ${field('email', 'E-mail', 'email')}${field('phone', 'Phone', 'tel')}
    <button type="submit">Send</button></form></lead-form>`;
}

/** A customer's page around `body` that loads the widget. */
export const pageOf = (body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A customer</title>
  <link rel="icon" href="data:,"><script type="module" src="${BASE}/w/1/lead-form.js" async></script></head>
  <body><main><h1>A customer</h1>${body}</main></body></html>`;

let visitors = 0;

/** Answers that no other visitor gives: another e-mail address, telephone number and company each time. */
export function person() {
  visitors += 1;
  const mark = `${Date.now().toString(36)}${process.pid.toString(36)}${visitors}`;
  const digits = String(Math.floor(Math.random() * 1e9)).padStart(9, '0');
  return {
    first_name: 'Asha',
    last_name: 'Verma',
    email: `asha.verma@${mark}-works.com`,
    phone: `+91 9${digits}`,
    company_name: `Works ${mark}`,
  };
}

/** Fills the fields of `answers` in the form below `root`. */
export async function fill(page, answers, root = 'lead-form') {
  for (const [name, value] of Object.entries(answers)) await page.locator(`${root} [name="${name}"]`).fill(value);
}

/** The field of that name. */
export const field = (page, name, root = 'lead-form') => page.locator(`${root} [name="${name}"]`);

/** The button that sends. */
export const button = (page, root = 'lead-form') => page.locator(`${root} [type=submit]`);

/** Waits for the thanks. */
export const thanked = (page) => page.locator('.lf-done:not([hidden])').waitFor();

/** The text beside a field, found as assistive technology finds it; blank where there is none. */
export async function errorOf(page, name, root = 'lead-form') {
  return field(page, name, root).evaluate((control) => {
    const ids = (control.getAttribute('aria-describedby') ?? '').split(/\s+/).filter(Boolean);
    const text = ids.map((id) => document.getElementById(id)).filter((element) => !element?.matches('.lf-hint'))
      .map((element) => element?.textContent ?? '').join(' ').trim();
    const invalid = control.getAttribute('aria-invalid') === 'true';
    return invalid === Boolean(text) ? text : `aria-invalid is ${invalid}, but the description is "${text}"`;
  });
}

/** Collects the submissions that leave `page`: `{ key, values }` each. */
export function submissions(page) {
  const sent = [];
  page.on('request', (request) => {
    if (request.method() !== 'POST' || request.url() !== FORM_PAGE) return;
    sent.push({ key: request.headers()['idempotency-key'], values: request.postDataJSON() });
  });
  return sent;
}

/** Asks the API of the company as its admin, whatever the version; gives the answer's body. */
export async function api(method, path, body) {
  const headers = { authorization: `Bearer ${SK}`, 'content-type': 'application/json', 'if-match': '*' };
  const answer = await fetch(`${BASE}/api/companies/${COMPANY}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

/** The leads that the API finds for an e-mail address. */
export async function leadsOf(email) {
  const answer = await fetch(`${BASE}/api/companies/${COMPANY}/leads?q=${encodeURIComponent(email)}`, {
    headers: { authorization: `Bearer ${SK}` },
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()).items;
}

/** The one lead of an e-mail address, with all that the API shows of it. */
export async function leadOf(email) {
  const leads = await leadsOf(email);
  assert.equal(leads.length, 1, `leads of ${email}`);
  const answer = await fetch(`${BASE}/api/companies/${COMPANY}/leads/${leads[0].id}`, {
    headers: { authorization: `Bearer ${SK}` },
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/** A new form of the company, asking as `definition` says: its page, its id, and its numbers by id. */
export async function newForm(name, definition) {
  const headers = { authorization: `Bearer ${SK}`, 'content-type': 'application/json' };
  const forms = `${BASE}/api/companies/${COMPANY}/forms`;
  const body = JSON.stringify({ name, allowed_origins: [DEMO], definition });
  const answer = await fetch(forms, { method: 'POST', headers, body });
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  const { id, form_key: key } = JSON.parse(text);
  const stats = async (of) => (await fetch(`${forms}/${of}/stats`, { headers })).json();
  return { id, key, url: `${BASE}/f/${key}`, stats };
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails on anything that axe-core finds on the page as it stands; `rules` are axe-core's options. */
export async function accessible(page, state, rules = {}) {
  await page.evaluate(axe);
  const found = await page.evaluate(async (options) => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'], ...options });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  }, rules);
  assert.deepEqual(found, [], `axe-core on ${page.url()}, ${state}`);
}
