// The marketer's pages: signed in by the link of a mail, by keyboard, light and dark, narrow and wide, with and without a script.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { BASE, FORM_KEY, FORM_PAGE, accessible, api, person, visit } from './stage.mjs';

const SCREENS = { narrow: { width: 320, height: 640 }, wide: { width: 1280, height: 900 } };
const ADMIN = 'meera@tidewater-pumps.com';

/** The cookie of somebody who signed in, so that not each test asks for a link. */
let session;
let form;

/** The newest link to sign in that the outbox shows. */
async function link(page) {
  await page.goto(`${BASE}/outbox`);
  await page.locator('a.subject', { hasText: /sign in/i }).first().click();
  const text = await page.locator('pre').first().innerText();
  const [found] = text.match(/\/sign-in\/[A-Za-z0-9]{43}/) ?? [];
  assert.ok(found, `no link in ${text}`);
  return BASE + found;
}

/** A visitor's submission, so that there are numbers. */
async function submit(campaign) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ ...person(), message: '=1+1', utm_campaign: campaign, utm_source: 'newsletter' });
  const answer = await fetch(FORM_PAGE, { method: 'POST', headers, body });
  assert.equal(answer.status, 202, await answer.text());
}

const seen = (told) => fetch(`${FORM_PAGE}/seen`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(told) });

before(async () => {
  form = (await api('GET', '/forms')).items.find(({ form_key: key }) => key === FORM_KEY);
  for (const campaign of ['spring fair', 'autumn']) await submit(campaign);
  for (const field of ['email', 'phone', 'message']) await seen({ view: true, start: true, field });
  for (let n = 0; n < 9; n += 1) await seen({ view: true });
  await visit({}, async (page, context) => {
    await page.goto(`${BASE}/console/forms/${form.id}?days=7`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.locator('#email').fill(ADMIN);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
    await page.goto(await link(page));
    // The focus comes with the first picture, which may be later than the document.
    await page.locator('button:focus').waitFor();
    await page.keyboard.press('Enter');
    // Back to where they wanted to go.
    await page.waitForURL(`${BASE}/console/forms/${form.id}?days=7`);
    session = (await context.cookies()).find(({ name }) => name === '__Host-session');
  });
  assert.ok(session, 'a session');
});

/** Runs `act` for somebody who is signed in. */
const inside = (options, act) => visit(options, async (page, context) => {
  await context.addCookies([session]);
  await act(page, context);
});

async function fits(page, state) {
  await accessible(page, state);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${state} is ${wide} px too wide`);
  const small = await page.evaluate(() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter((target) => target.checkVisibility()).map((target) => [target.textContent.trim(), target.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24).map(([name]) => name));
  assert.deepEqual(small.filter((name) => name !== 'Skip to the content'), [], `targets below 24 px: ${state}`);
  const pictures = process.env.LEADGATE_PICTURES;
  if (pictures) {
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${state.replaceAll(' ', '-')}.png`), fullPage: true });
  }
}

for (const colorScheme of ['light', 'dark']) {
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    const options = { colorScheme, viewport };
    const named = (state) => `${state} ${screen} ${colorScheme}`;
    test(`every page is for everyone, ${screen}, ${colorScheme}`, () => inside(options, async (page) => {
      await page.goto(`${BASE}/console`);
      await page.getByRole('heading', { level: 1, name: 'Forms' }).waitFor();
      await fits(page, named('forms'));
      await page.goto(`${BASE}/console/forms/${form.id}`);
      await page.getByText('Numbers by day').click();
      await fits(page, named('form'));
      await page.goto(`${BASE}/console/forms/${form.id}/embed`);
      await page.getByRole('button', { name: 'Copy' }).first().waitFor();
      await fits(page, named('embed'));
      await page.getByLabel('One on each line').fill('www.example.com');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('alert').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.id), 'allowed_origins', 'the field with the error has the focus');
      await fits(page, named('embed refused'));
      await page.goto(`${BASE}/console/campaigns?days=90`);
      await fits(page, named('campaigns'));
      await page.goto(`${BASE}/console/forms/${form.id}?days=7&version=999`);
      await page.getByText('Nobody saw this form').waitFor();
      await fits(page, named('nobody'));
      await page.goto(`${BASE}/console/forms/none`);
      await page.getByRole('heading', { name: 'Nothing is here' }).waitFor();
      await fits(page, named('missing'));
    }));
  }
}

test('by keyboard: skip the navigation, make a form, read what is missing', () => inside({}, async (page) => {
  await page.goto(`${BASE}/console/forms`);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  assert.equal(await page.evaluate(() => document.activeElement.getBoundingClientRect().top >= 0), true, 'it is seen');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.locator('#name').focus();
  await page.keyboard.press('Enter');
  await page.locator('#name-error').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'name', 'the field with the error has the focus');
  await page.keyboard.type('Trade fair');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/console\/forms\/[0-9a-f-]{36}/);
  const { items } = await api('GET', '/forms');
  assert.equal(items.filter(({ name }) => name === 'Trade fair').length, 1);
}));

test('without JavaScript everything is there but the buttons that copy', () => inside({ javaScriptEnabled: false }, async (page) => {
  await page.goto(`${BASE}/console/forms/${form.id}/embed`);
  assert.equal(await page.getByRole('button', { name: 'Copy' }).count(), 0);
  assert.match(await page.locator('#snippet').innerText(), new RegExp(`<lead-form form="${FORM_KEY}">`));
  await page.goto(`${BASE}/console/forms/${form.id}`);
  await page.getByText('Numbers by day').click();
  await page.getByRole('table', { name: /By day/ }).waitFor();
  assert.equal(await page.getByRole('region', { name: /By day/ }).count(), 1);
}));

test('a click copies the snippet, which is the form on another page', () => inside({}, async (page, context) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${BASE}/console/forms/${form.id}/embed`);
  await page.getByRole('button', { name: 'Copy' }).first().click();
  await page.getByText('Copied').waitFor();
  const snippet = await page.evaluate(() => navigator.clipboard.readText());
  await page.route('https://customer.example.com/', (route) => route.fulfill({
    contentType: 'text/html; charset=utf-8', body: `<!doctype html><html lang="en"><title>A customer</title><body>${snippet}</body></html>`,
  }));
  await page.goto(`${BASE}/console/forms/${form.id}/embed`);
  const pinned = await page.locator('#pinned').innerText();
  assert.match(pinned, /integrity="sha384-[A-Za-z0-9+/=]{64}" crossorigin/);
  assert.ok(snippet.includes(`href="${BASE}/f/${FORM_KEY}"`), snippet);
}));

test('the page offers the file; signing out ends it all', () => inside({}, async (page) => {
  await page.goto(`${BASE}/console/forms/${form.id}`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download as CSV' }).click()]);
  assert.match(download.suggestedFilename(), /^submissions.*\.csv$/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${BASE}/sign-in`);
  await page.goto(`${BASE}/console/forms`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}));
