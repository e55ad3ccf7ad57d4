// From the first key pressed to the lead in the API.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BASE, DEMO, button, customerPage, events, field, fill, leadOf, open, pageOf, person, smallForm, submissions, thanked, visit,
} from './stage.mjs';

async function tabTo(page, name) {
  for (let presses = 0; presses < 30; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.name === wanted, name)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not reach ${name}`);
}

test('filled by keyboard only, the submission becomes a scored, assigned lead', () => visit({}, async (page) => {
  assert.equal(await open(page), true);
  const answers = person();
  for (const name of ['first_name', 'last_name', 'email', 'phone', 'company_name']) {
    await tabTo(page, name);
    await page.keyboard.type(answers[name], { delay: 25 });
  }
  await tabTo(page, 'timeline');
  await page.keyboard.type('30');
  await tabTo(page, 'message');
  await page.keyboard.type('We run four loops and would like to save power.', { delay: 10 });
  await tabTo(page, 'gdpr_consent');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.type), 'submit');
  await page.keyboard.press('Enter');
  await thanked(page);
  assert.equal(await page.evaluate(() => document.activeElement.className), 'lf-done', 'focus follows to the thanks');
  assert.deepEqual((await page.evaluate(() => window.told)).map(({ name }) => name), ['ready', 'submit', 'success']);

  const lead = await leadOf(answers.email);
  assert.equal(lead.first_name, answers.first_name);
  assert.equal(lead.timeline, '30 days');
  assert.equal(lead.gdpr_consent, true);
  assert.ok(lead.lead_owner_id, 'an owner');
  assert.ok(lead.score_reasons.length > 0, 'reasons');
  const sum = lead.score_reasons.reduce((points, reason) => points + reason.points, 0);
  assert.equal(lead.lead_score, Math.min(100, Math.max(0, sum)), 'the reasons add up to the score');
  assert.equal(lead.touches.length, 1);
}));

test('a double click and the Enter key send once', () => visit({}, async (page) => {
  await open(page);
  const sent = submissions(page);
  await fill(page, person());
  await button(page).dblclick();
  await page.keyboard.press('Enter');
  await thanked(page);
  assert.equal(sent.length, 1);
}));

test('UTM names, click id, referrer and landing page come from the page', () => visit({}, async (page) => {
  const query = 'utm_source=google&utm_medium=cpc&utm_campaign=spring%20sale&utm_term=pump&utm_content=b2&gclid=Cj0abc';
  await open(page, `${DEMO}/?${query}#contact`, { referer: 'https://search.example.com/' });
  const sent = submissions(page);
  const answers = person();
  await fill(page, answers);
  await button(page).click();
  await thanked(page);
  const { values } = sent[0];
  assert.equal(values.utm_source, 'google');
  assert.equal(values.landing_page, `${DEMO}/?${query}`);
  assert.equal(values.referrer, 'https://search.example.com/');
  assert.ok(Number.isInteger(values.lg_ms) && values.lg_ms > 0);
  const lead = await leadOf(answers.email);
  assert.equal(lead.campaign, 'spring sale');
  assert.equal(lead.medium, 'cpc');
  assert.equal(lead.term, 'pump');
  assert.equal(lead.gclid, 'Cj0abc');
}));

test("a form's own hidden values win over the page's address", () => visit({}, async (page) => {
  const form = smallForm().replace('<button', '<input type="hidden" name="utm_campaign" value="trade fair"><button');
  await open(page, `${await customerPage(page, '/own.html*', pageOf(form))}`.replace('*', '?utm_campaign=other'));
  const sent = submissions(page);
  await fill(page, person());
  await button(page).click();
  await thanked(page);
  assert.equal(sent[0].values.utm_campaign, 'trade fair');
}));

test('an address of the page that is too long for the edge costs its own value, not the lead', () => visit({}, async (page) => {
  await open(page, `${DEMO}/?utm_campaign=long&padding=${'x'.repeat(2100)}`);
  const sent = submissions(page);
  const answers = person();
  await fill(page, answers);
  await button(page).click();
  await thanked(page);
  assert.deepEqual(sent.map(({ values }) => 'landing_page' in values), [true, false]);
  assert.equal((await leadOf(answers.email)).campaign, 'long');
}));

test('two forms on a page keep to themselves', () => visit({}, async (page) => {
  const url = await customerPage(page, '/two.html', pageOf(`<div id="one">${smallForm('a')}</div><div id="two">${smallForm('b')}</div>`));
  await open(page, url);
  await button(page, '#one').click();
  assert.equal(await page.locator('#one [aria-invalid=true]').count(), 5);
  assert.equal(await page.locator('#two [aria-invalid=true]').count(), 0);
  const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
  assert.equal(new Set(ids).size, ids.length, 'ids are unique');
  const answers = person();
  await fill(page, answers, '#two');
  await button(page, '#two').click();
  await thanked(page);
  assert.equal(await page.locator('#one form').isVisible(), true);
  assert.equal(await page.locator('#two form').isVisible(), false);
  assert.equal((await leadOf(answers.email)).email, answers.email);
}));

test('taken off the page nothing listens; put back, it works once', () => visit({}, async (page) => {
  await open(page, await customerPage(page, '/moved.html', pageOf(smallForm())));
  const prevented = await page.evaluate(async () => {
    const element = document.querySelector('lead-form');
    const parent = element.parentNode;
    const form = element.querySelector('form');
    const submit = () => !form.dispatchEvent(new Event('submit', { cancelable: true }));
    element.remove();
    const off = submit();
    parent.append(element);
    await new Promise((resolve) => setTimeout(resolve));
    const on = submit();
    return { off, on };
  });
  assert.deepEqual(prevented, { off: false, on: true });
  assert.equal(await page.locator('.lf-trap input').count(), 1);
  const sent = submissions(page);
  await fill(page, person());
  await button(page).click();
  await thanked(page);
  assert.equal(sent.length, 1);
}));

test('nothing is asked of a third origin', () => visit({}, async (page) => {
  const origins = new Set();
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:') origins.add(origin);
  });
  await open(page);
  await fill(page, person());
  await button(page).click();
  await thanked(page);
  assert.deepEqual([...origins].sort(), [new URL(BASE).origin, new URL(DEMO).origin].sort());
}));

test('the trap is out of sight, reach and the accessibility tree', () => visit({}, async (page) => {
  await open(page);
  const trap = page.locator('.lf-trap input');
  assert.equal(await trap.getAttribute('tabindex'), '-1');
  assert.equal(await trap.getAttribute('autocomplete'), 'off');
  assert.equal(await trap.evaluate((input) => Boolean(input.closest('[aria-hidden=true]'))), true);
  const { width, height } = await trap.evaluate((input) => input.parentElement.getBoundingClientRect());
  assert.ok(width <= 1 && height <= 1);
  assert.deepEqual(await events(page, 'error'), []);
}));
