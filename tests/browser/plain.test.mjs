// The form page with JavaScript off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORM_KEY, FORM_PAGE, button, errorOf, field, fill, leadOf, person, visit } from './stage.mjs';

const OFF = { javaScriptEnabled: false };

test('without JavaScript the form page makes a lead and ends on the thanks', () => visit(OFF, async (page) => {
  await page.goto(FORM_PAGE);
  const answers = person();
  await fill(page, answers, 'form');
  await button(page, 'form').click();
  await page.waitForURL(`**/f/${FORM_KEY}/thanks`);
  assert.match(await page.locator('h1').textContent(), /thank/i);
  assert.equal((await leadOf(answers.email)).last_name, answers.last_name);
}));

test('without JavaScript refused values come back with their errors, and go through once mended', () => visit(OFF, async (page) => {
  await page.goto(FORM_PAGE);
  const answers = person();
  await fill(page, { ...answers, email: 'asha@example', company_name: 'Tom & "Jerry" <b>' }, 'form');
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    button(page, 'form').click(),
  ]);
  assert.equal(answer.status(), 422);
  await page.waitForLoadState();
  assert.notEqual(await errorOf(page, 'email', 'form'), '');
  assert.equal(await field(page, 'email', 'form').inputValue(), 'asha@example');
  assert.equal(await field(page, 'company_name', 'form').inputValue(), 'Tom & "Jerry" <b>');
  assert.equal(await errorOf(page, 'first_name', 'form'), '');
  await fill(page, { email: answers.email }, 'form');
  await button(page, 'form').click();
  await page.waitForURL(`**/f/${FORM_KEY}/thanks`);
  assert.equal((await leadOf(answers.email)).company_name, 'Tom & "Jerry" <b>');
}));
