// Checks while the visitor fills the form, and the edge's verdicts where the browser has none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BASE, button, customerPage, errorOf, events, field, fill, leadOf, open, pageOf, person, smallForm, thanked, visit,
} from './stage.mjs';

test('an error shows on blur, not before, and goes while it is being mended', () => visit({}, async (page) => {
  await open(page);
  const email = field(page, 'email');
  await email.pressSequentially('asha');
  assert.equal(await errorOf(page, 'email'), '');
  await page.keyboard.press('Tab');
  assert.match(await errorOf(page, 'email'), /@/);
  assert.equal(await email.evaluate((control) => control.validity.customError), true);
  await email.focus();
  await page.keyboard.press('End');
  await page.keyboard.type('@example');
  assert.match(await errorOf(page, 'email'), /incomplete/);
  await page.keyboard.type('.com');
  assert.equal(await errorOf(page, 'email'), '');
  assert.equal(await email.evaluate((control) => control.validity.valid), true);
}));

test('a needed field left blank says so', () => visit({}, async (page) => {
  await open(page);
  await field(page, 'first_name').focus();
  await page.keyboard.press('Tab');
  assert.match(await errorOf(page, 'first_name'), /fill this in/);
}));

test('a misspelt mail domain is offered, by keyboard, and never forced', () => visit({}, async (page) => {
  await open(page);
  const email = field(page, 'email');
  await email.pressSequentially('asha@gmial.com');
  await page.keyboard.press('Tab');
  assert.equal(await errorOf(page, 'email'), '');
  const offer = page.getByRole('button', { name: 'Did you mean asha@gmail.com?' });
  await offer.waitFor();
  assert.match(await page.locator('.lf-voice').textContent(), /asha@gmail\.com/, 'it is said, too');
  await offer.focus();
  await page.keyboard.press('Enter');
  assert.equal(await email.inputValue(), 'asha@gmail.com');
  assert.equal(await email.evaluate((control) => control === document.activeElement), true);
  assert.equal(await offer.count(), 0);
}));

test('the error summary takes focus and leads to the fields', () => visit({}, async (page) => {
  await open(page);
  await button(page).click();
  const summary = page.getByRole('alert');
  assert.equal(await summary.evaluate((element) => element === document.activeElement), true);
  assert.equal(await summary.locator('a').count(), 5);
  assert.deepEqual((await events(page, 'invalid'))[0].errors, ['first_name', 'last_name', 'email', 'phone', 'company_name']);
  await summary.locator('a', { hasText: 'Phone' }).press('Enter');
  assert.equal(await field(page, 'phone').evaluate((control) => control === document.activeElement), true);
}));

test('a click on the button is not lost to the error that its own blur shows', () => visit({}, async (page) => {
  await open(page, await customerPage(page, '/shift.html', pageOf(smallForm())));
  await fill(page, person());
  await field(page, 'phone').fill('12');
  await button(page).click({ delay: 80, position: { x: 40, y: 6 } });
  await page.getByRole('alert').waitFor();
}));

async function landsFromTheEdge(page) {
  const answers = person();
  await fill(page, { ...answers, email: 'asha@example' });
  await field(page, 'email').blur();
  assert.equal(await errorOf(page, 'email'), '', 'no rules here');
  await button(page).click();
  await page.getByRole('alert').waitFor();
  assert.match(await errorOf(page, 'email'), /incomplete/);
  await fill(page, { email: answers.email });
  await button(page).click();
  await thanked(page);
  assert.equal((await leadOf(answers.email)).email, answers.email);
}

test('under a strict policy without Wasm the form submits, the edge finds the errors, and nothing else is refused', () => visit({}, async (page) => {
  const policy = `default-src 'none'; script-src ${BASE}; style-src ${BASE}; connect-src ${BASE}; form-action ${BASE}; img-src data:`;
  const url = await customerPage(page, '/strict.html', pageOf(smallForm()), { 'content-security-policy': policy });
  await page.addInitScript(() => {
    window.refused = [];
    document.addEventListener('securitypolicyviolation', ({ blockedURI }) => window.refused.push(blockedURI));
  });
  assert.equal(await open(page, url), false);
  await landsFromTheEdge(page);
  assert.deepEqual([...new Set(await page.evaluate(() => window.refused))], ['wasm-eval']);
}));

test('without the Wasm file the form submits and the edge finds the errors', () => visit({}, async (page) => {
  await page.route('**/*.wasm', (route) => route.fulfill({ status: 404, headers: { 'access-control-allow-origin': '*' } }));
  assert.equal(await open(page), false);
  await landsFromTheEdge(page);
}));

test('with a Wasm file of another version the form submits and the edge finds the errors', () => visit({}, async (page) => {
  const empty = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  await page.route('**/*.wasm', (route) => route.fulfill({
    contentType: 'application/wasm', headers: { 'access-control-allow-origin': '*' }, body: empty,
  }));
  assert.equal(await open(page), false);
  await landsFromTheEdge(page);
}));

test('what the edge says of a field that is not there stands in the summary', () => visit({}, async (page) => {
  const form = smallForm().replace(/<p><label for="a_phone">[^]*?<\/p>/, '');
  await open(page, await customerPage(page, '/short.html', pageOf(form)));
  const { phone: _, ...answers } = person();
  await fill(page, answers);
  await button(page).click();
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').textContent(), /phone: Please fill this in/);
}));

test('a number that only the edge can refuse lands on its field', () => visit({}, async (page) => {
  await open(page);
  await fill(page, { ...person(), phone: '+999 1234567' });
  await field(page, 'phone').blur();
  assert.equal(await errorOf(page, 'phone'), '');
  await button(page).click();
  await page.getByRole('alert').waitFor();
  assert.notEqual(await errorOf(page, 'phone'), '');
  assert.equal(await page.getByRole('alert').evaluate((element) => element === document.activeElement), true);
}));
