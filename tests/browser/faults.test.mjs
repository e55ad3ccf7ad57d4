// A network and a server that fail, and the one lead that must come of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { POSTS, button, events, field, fill, leadOf, open, person, submissions, thanked, visit } from './stage.mjs';

const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'retry-after' };

test('a lost answer and a reload keep the key and make one lead', () => visit({}, async (page) => {
  await open(page);
  const sent = submissions(page);
  const answers = person();
  let attempts = 0;
  await page.route(POSTS, async (route) => {
    attempts += 1;
    // The first one arrives and only its answer is lost; the others never get there.
    if (attempts === 1) await route.fetch();
    await route.abort('connectionfailed');
  });
  await fill(page, answers);
  await button(page).click();
  const notice = page.locator('.lf-notice');
  await notice.getByText('The connection failed').waitFor();
  await notice.getByRole('button', { name: 'Try again' }).click();
  while (sent.length < 2) await page.waitForTimeout(50);
  await page.unroute(POSTS);
  await page.reload();
  await page.waitForFunction(() => window.told.some(({ name }) => name === 'ready'));
  await fill(page, answers);
  await button(page).click();
  await thanked(page);
  assert.equal(new Set(sent.map(({ key }) => key)).size, 1, 'one key');
  assert.ok(sent.length >= 3);
  assert.equal((await leadOf(answers.email)).touches.length, 1);
  assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage)), [], 'the key is dropped');
}));

test('a changed value makes a new key, and the wait for the next attempt is over', () => visit({}, async (page) => {
  await open(page);
  const sent = submissions(page);
  await page.route(POSTS, (route) => route.abort('connectionfailed'));
  const answers = person();
  await fill(page, answers);
  await button(page).click();
  await page.locator('.lf-notice').getByText('The connection failed').waitFor();
  await page.unroute(POSTS);
  await field(page, 'first_name').fill('Asha Rani');
  assert.equal(await page.locator('lead-form form').getAttribute('aria-busy'), null);
  await button(page).click();
  await thanked(page);
  assert.notEqual(sent.at(-1).key, sent[0].key);
  assert.equal((await leadOf(answers.email)).first_name, 'Asha Rani');
}));

test('attempts are bounded, then the visitor tries again', () => visit({}, async (page) => {
  await page.clock.install();
  await open(page);
  const sent = submissions(page);
  await page.route(POSTS, (route) => route.abort('connectionfailed'));
  const answers = person();
  await fill(page, answers);
  await button(page).click();
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    while (sent.length < attempt) await page.waitForTimeout(20);
    await page.waitForTimeout(150);
    await page.clock.fastForward(15_000);
  }
  await page.locator('.lf-notice.lf-failed').waitFor();
  assert.equal(sent.length, 4);
  assert.equal((await events(page, 'error')).length, 1);
  assert.equal(await field(page, 'email').inputValue(), answers.email, 'the answers are still there');
  await page.unroute(POSTS);
  await page.getByRole('button', { name: 'Try again' }).click();
  await thanked(page);
  assert.equal(new Set(sent.map(({ key }) => key)).size, 1);
}));

test('a 429 is waited out, counted for the eye and said once', () => visit({}, async (page) => {
  await open(page);
  const sent = submissions(page);
  await page.route(POSTS, (route) => route.fulfill({
    status: 429, headers: { ...CORS, 'retry-after': '3' }, contentType: 'application/problem+json', body: '{"status":429}',
  }), { times: 1 });
  await page.evaluate(() => {
    window.said = [];
    const voice = document.querySelector('.lf-voice');
    new MutationObserver(() => window.said.push(voice.textContent)).observe(voice, { childList: true });
  });
  const answers = person();
  await fill(page, answers);
  await button(page).click();
  await page.locator('.lf-notice').getByText('in 3 s').waitFor();
  const began = Date.now();
  await page.locator('.lf-notice').getByText('in 2 s').waitFor();
  await thanked(page);
  assert.ok(Date.now() - began > 2000, 'it waited');
  assert.deepEqual(sent.map(({ key }) => key), [sent[0].key, sent[0].key]);
  assert.equal((await page.evaluate(() => window.said)).filter((text) => /seconds/i.test(text)).length, 1);
  assert.equal((await leadOf(answers.email)).touches.length, 1);
}));

for (const [status, words] of [[403, /may not be sent/], [404, /no longer exists/], [413, /more than we can/], [415, /could not be sent/]]) {
  test(`a ${status} is said clearly and not tried again`, () => visit({}, async (page) => {
    await open(page);
    const sent = submissions(page);
    await page.route(POSTS, (route) => route.fulfill({
      status, headers: CORS, contentType: 'application/problem+json', body: JSON.stringify({ status }),
    }));
    await fill(page, person());
    await button(page).click();
    await page.locator('.lf-notice.lf-failed').waitFor();
    assert.match(await page.locator('.lf-notice').textContent(), words);
    assert.equal(await page.locator('.lf-retry').count(), 0);
    assert.equal((await events(page, 'error'))[0].status, status);
    assert.equal(sent.length, 1);
  }));
}
