// Submissions that do not arrive at once: kept over reloads, sent once, with the time at which the button was pressed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadOf, person, thanked, visit } from './stage.mjs';
import { ONE_STEP, THREE_STEPS, about, formOf, press, sentTo, show } from './form_stage.mjs';

const known = new Map();

/** Matches the POSTs to `form`; the same function each time, by which a route is taken off again. */
function posts({ url }) {
  if (!known.has(url)) known.set(url, ({ href }) => href === url);
  return known.get(url);
}

const kept = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('lead-form:queue') ?? '[]'));
const ready = (page) => page.waitForFunction(() => window.told.some(({ name }) => name === 'ready'));

test('what was pressed without a connection is sent on the next visit, once, with its time and consent', () => visit({}, async (page) => {
  const form = await show(page, ONE_STEP);
  await page.route(posts(form), (route) => route.abort('connectionfailed'));
  const answers = person();
  await about(page, answers);
  await page.locator('[name=gdpr_consent]').check();
  await press(page);
  await page.locator('.lf-notice').getByText('The connection failed').waitFor();
  const [entry] = await kept(page);
  assert.equal(entry.values.email, answers.email);
  await page.unroute(posts(form));
  const sent = sentTo(page, form);
  await page.reload();
  await page.locator('.lf-notice').getByText('Your earlier answers have been sent.').waitFor();
  assert.deepEqual(await kept(page), []);
  await page.reload();
  await ready(page);
  await page.waitForTimeout(300);
  assert.equal(sent.length, 1, 'once');
  assert.equal(sent[0].key, entry.key);
  assert.equal(sent[0].values.gdpr_consent, true);
  assert.equal(sent[0].values.lg_at, new Date(entry.at).toISOString());
  const lead = await leadOf(answers.email);
  assert.equal(lead.touches.length, 1);
  assert.equal(lead.gdpr_consent, true);
}));

test('replayed five times because each answer was lost, it makes one lead', () => visit({}, async (page) => {
  const form = await show(page, ONE_STEP);
  const sent = sentTo(page, form);
  let arrived = 0;
  // Every one of them arrives, and its answer gets lost on the way back.
  await page.route(posts(form), async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    await route.fetch();
    arrived += 1;
    return route.abort('connectionfailed');
  });
  const answers = person();
  await about(page, answers);
  await press(page);
  for (let visits = 1; visits <= 5; visits += 1) {
    while (arrived < visits) await page.waitForTimeout(50);
    await page.waitForTimeout(100);
    await page.reload();
    await ready(page);
  }
  await page.unroute(posts(form));
  await page.reload();
  await page.locator('.lf-notice').getByText('Your earlier answers have been sent.').waitFor();
  assert.equal(new Set(sent.map(({ key }) => key)).size, 1, 'one key');
  assert.ok(arrived >= 5);
  assert.equal((await leadOf(answers.email)).touches.length, 1);
}));

test('once the connection is back it is sent without another press', () => visit({}, async (page, context) => {
  await page.clock.install();
  const form = await show(page, ONE_STEP);
  const sent = sentTo(page, form);
  await page.route(posts(form), (route) => route.abort('connectionfailed'));
  const answers = person();
  await about(page, answers);
  await press(page);
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    while (sent.length < attempt) await page.waitForTimeout(20);
    await page.waitForTimeout(150);
    await page.clock.fastForward(15_000);
  }
  await page.locator('.lf-notice.lf-failed').getByText('kept on this device').waitFor();
  await page.unroute(posts(form));
  await context.setOffline(true);
  await context.setOffline(false);
  await thanked(page);
  assert.equal((await leadOf(answers.email)).touches.length, 1);
}));

test('an edit takes back what was kept', () => visit({}, async (page) => {
  const form = await show(page, ONE_STEP);
  await page.route(posts(form), (route) => route.abort('connectionfailed'));
  await about(page, person());
  await press(page);
  await page.locator('.lf-notice').getByText('The connection failed').waitFor();
  assert.equal((await kept(page)).length, 1);
  await page.locator('[name=first_name]').fill('Asha Rani');
  assert.deepEqual(await kept(page), []);
}));

test('what the edge refuses later comes back into the form to be mended', () => visit({}, async (page) => {
  const form = await show(page, ONE_STEP);
  await page.route(posts(form), (route) => route.abort('connectionfailed'));
  const answers = person();
  await about(page, { ...answers, phone: '+999 1234567' });
  await press(page);
  await page.locator('.lf-notice').getByText('The connection failed').waitFor();
  await page.unroute(posts(form));
  await page.reload();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.locator('[name=email]').inputValue(), answers.email);
  assert.equal(await page.locator('[name=phone]').getAttribute('aria-invalid'), 'true');
  await page.locator('[name=phone]').fill(answers.phone);
  await press(page);
  await thanked(page);
  assert.equal((await leadOf(answers.email)).touches.length, 1);
}));

test('unsent answers wait for the visitor’s return where the form allows it, but no consent; then they are gone', () => visit({}, async (page) => {
  await show(page, THREE_STEPS);
  await page.waitForTimeout(200);
  await page.locator('[name=wish][value=buy]').check();
  await page.locator('[name=users]').fill('12');
  await press(page);
  await page.locator('[name=topics][value=setup]').check();
  await press(page);
  const answers = person();
  await about(page, answers);
  await page.locator('[name=gdpr_consent]').check();
  await page.reload();
  await page.waitForFunction(() => document.querySelector('[name=users]')?.value === '12');
  assert.equal(await page.locator('[name=users]').isVisible(), true, 'its condition holds again');
  await press(page);
  assert.ok(await page.locator('[name=topics][value=setup]').isChecked());
  await press(page);
  assert.equal(await page.locator('[name=email]').inputValue(), answers.email);
  assert.equal(await page.locator('[name=gdpr_consent]').isChecked(), false);
  await press(page);
  await thanked(page);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
}));

test('a form that does not allow it keeps nothing', () => visit({}, async (page) => {
  await show(page, ONE_STEP);
  await about(page, person());
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  assert.ok(await formOf(ONE_STEP));
}));
