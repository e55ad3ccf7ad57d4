// The form that one tag shows: steps, conditions, answers, and what a page can set.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, DEMO, customerPage, errorOf, events, leadOf, open, person, thanked, visit } from './stage.mjs';
import { ONE_STEP, THREE_STEPS, about, formOf, heading, pageAround, press, sentTo, show, tag } from './form_stage.mjs';

const wish = (page, value) => page.locator(`lead-form [name=wish][value=${value}]`).check();

test('by keyboard through three steps: conditions, own answers, the booking link, and one lead', () => visit({}, async (page) => {
  const form = await show(page, THREE_STEPS);
  const sent = sentTo(page, form);
  assert.equal(await page.locator('lead-form > a').count(), 0, 'the link made way');
  assert.equal(await heading(page), 'Step 1 of 3\nYour wish');
  assert.equal(await page.locator('[name=users]').isVisible(), false);
  await page.locator('[name=wish][value=buy]').focus();
  await page.keyboard.press('Space');
  assert.equal(await page.locator('[name=users]').isVisible(), true);
  await page.keyboard.press('Enter');
  assert.equal(await page.getByRole('alert').evaluate((element) => element === document.activeElement), true);
  assert.notEqual(await errorOf(page, 'users'), '');
  await page.locator('[name=users]').focus();
  await page.keyboard.type('٤٢');
  await page.keyboard.press('Enter');
  assert.equal(await heading(page), 'Step 2 of 3\nThe plan');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'lf-step-title', 'focus follows');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.locator('[name=message]').fill('Tom & "Jerry" <b>');
  await page.locator('.lf-back').press('Enter');
  assert.equal(await heading(page), 'Step 1 of 3\nYour wish');
  assert.equal(await page.locator('[name=users]').inputValue(), '٤٢');
  await press(page);
  await press(page);
  assert.equal(await heading(page), 'Step 3 of 3\nAbout you');
  assert.equal(await page.locator('lead-form [type=submit]').innerText(), 'Send the plan');
  const answers = person();
  await about(page, answers);
  await page.locator('[name=country]').selectOption('PT');
  await page.locator('[name=gdpr_consent]').check();
  await press(page);
  await thanked(page);
  assert.equal(await page.getByRole('link', { name: 'Book a call' }).getAttribute('href'), 'https://calendar.example.com/us');
  assert.deepEqual((await events(page, 'step')).map(({ step, count }) => [step, count]), [[2, 3], [1, 3], [2, 3], [3, 3]]);
  assert.equal(sent.length, 1);
  const lead = await leadOf(answers.email);
  assert.deepEqual(lead.touches[0].submitted.answers, { wish: 'buy', users: 42, topics: ['price'] });
  assert.deepEqual([lead.country, lead.message, lead.gdpr_consent], ['PT', 'Tom & "Jerry" <b>', true]);
}));

test('a step is skipped, and what is hidden is neither asked nor sent', () => visit({}, async (page) => {
  const form = await show(page, THREE_STEPS);
  const sent = sentTo(page, form);
  await wish(page, 'buy');
  await page.locator('[name=users]').fill('7');
  await wish(page, 'ask');
  assert.equal(await heading(page), 'Step 1 of 2\nYour wish');
  await press(page);
  assert.equal(await heading(page), 'Step 2 of 2\nAbout you');
  const answers = person();
  await about(page, answers);
  await press(page);
  await thanked(page);
  assert.equal('users' in sent[0].values, false);
  assert.deepEqual((await leadOf(answers.email)).touches[0].submitted.answers, { wish: 'ask' });
  assert.equal(await page.getByRole('link', { name: 'Book a call' }).count(), 0);
}));

test('the first field can be used before the Wasm has arrived', () => visit({}, async (page) => {
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  const form = await formOf(ONE_STEP);
  await page.goto(await customerPage(page, '/early.html', pageAround(tag(form))));
  await page.locator('[name=first_name]').pressSequentially('Asha');
  await page.locator('[name=email]').fill('nobody');
  await page.locator('[name=email]').blur();
  assert.equal(await errorOf(page, 'email'), '', 'no rules yet');
  release();
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('.wasm')));
  await page.locator('[name=email]').focus();
  await page.waitForTimeout(300);
  await page.locator('[name=email]').blur();
  assert.match(await errorOf(page, 'email'), /@/);
  assert.equal(await page.locator('[name=first_name]').inputValue(), 'Asha');
}));

test('without Wasm everything is asked, step after step, and the edge finds what is wrong', () => visit({}, async (page) => {
  await page.route('**/*.wasm', (route) => route.fulfill({ status: 404, headers: { 'access-control-allow-origin': '*' } }));
  await show(page, THREE_STEPS);
  assert.deepEqual(await events(page, 'ready'), [{ name: 'ready', rules: false }]);
  assert.equal(await page.locator('[name=users]').isVisible(), true);
  await wish(page, 'buy');
  await page.locator('[name=users]').fill('6000');
  await press(page);
  await press(page);
  const answers = person();
  await about(page, answers);
  await press(page);
  await page.getByRole('alert').waitFor();
  assert.equal(await heading(page), 'Step 1 of 3\nYour wish', 'it goes where the error is');
  assert.notEqual(await errorOf(page, 'users'), '');
  await page.locator('[name=users]').fill('60');
  await press(page);
  await press(page);
  await press(page);
  await thanked(page);
  assert.equal((await leadOf(answers.email)).touches[0].submitted.answers.users, 60);
}));

test('where the edge cannot be reached, the link stays and it can be tried again', () => visit({}, async (page) => {
  const form = await formOf(ONE_STEP);
  await page.route('**/definition*', (route) => route.abort('connectionfailed'));
  await page.goto(await customerPage(page, '/unreachable.html', pageAround(tag(form))));
  await page.getByText('could not be loaded').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Open the form' }).isVisible(), true);
  await page.unroute('**/definition*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('[name=first_name]').waitFor();
}));

test('fields are filled beforehand by attributes and, where the page says so, by its address; a consent never', () => visit({}, async (page) => {
  const query = '?first_name=Mallory&last_name=Rao&gdpr_consent=true&utm_campaign=fair';
  const form = await show(page, ONE_STEP, { attributes: 'prefill="last_name gdpr_consent" value-company_name="Tidewater"', query });
  const values = await page.evaluate(() => Object.fromEntries(['first_name', 'last_name', 'company_name'].map((name) => [name, document.querySelector(`[name=${name}]`).value])));
  assert.deepEqual(values, { first_name: '', last_name: 'Rao', company_name: 'Tidewater' });
  assert.equal(await page.locator('[name=gdpr_consent]').isChecked(), false);
  const sent = sentTo(page, form);
  await about(page, { ...person() });
  await press(page);
  await thanked(page);
  assert.equal(sent[0].values.utm_campaign, 'fair');
  assert.equal(sent[0].values.gdpr_consent, false);
  assert.equal(sent[0].values.lg_version, 1);
}));

test('countries come once they can be seen, or at once to whoever chooses; what was chosen before stays', () => visit({}, async (page) => {
  const steps = [{ fields: ['wish', 'users', 'topics', 'start', 'message'] }, { fields: THREE_STEPS.steps[2].fields }];
  const definition = { ...THREE_STEPS, steps, translations: {} };
  const country = page.locator('[name=country]');
  const options = () => country.evaluate((select) => [...select.options].map(({ value, text }) => [value, text]));
  const all = async () => {
    await page.waitForFunction(() => document.querySelector('[name=country]').options.length > 200);
    await page.waitForFunction(() => [...document.querySelector('[name=country]').options].at(-1).value === 'ZW' || document.documentElement.lang !== 'en');
    return options();
  };
  await show(page, definition, { attributes: 'value-country="PT"' });
  assert.deepEqual((await options()).map(([value]) => value), ['', 'PT'], 'hidden, so not yet');
  await wish(page, 'ask');
  await press(page);
  await country.waitFor();
  const listed = await all();
  const names = listed.slice(1).map(([, text]) => text);
  assert.deepEqual(names, [...names].sort(new Intl.Collator('en').compare), 'by name, what was chosen in its place');
  assert.equal(new Set(listed.map(([value]) => value)).size, listed.length, 'each once');
  assert.deepEqual([await country.inputValue(), new Map(listed).get('PT')], ['PT', 'Portugal']);
  // Chosen by hand, it comes back on the next visit although its step is not shown then.
  await country.selectOption('IN');
  await page.reload();
  await page.waitForFunction(() => document.querySelector('[name=country]')?.value === 'PT' || document.querySelector('[name=country]')?.value === 'IN');
  assert.equal(await country.inputValue(), 'PT', 'the page’s own word goes before');
  await show(page, definition);
  await page.waitForFunction(() => document.querySelector('[name=country]').value === 'IN');
  await press(page);
  await all();
  assert.equal(await country.evaluate((select) => select.selectedOptions[0].text), 'India');
  // Whoever is faster than the portions finds all of them.
  await page.evaluate(() => { window.IntersectionObserver = class { observe() {} disconnect() {} }; });
  const form = await formOf(definition);
  await page.evaluate((html) => {
    localStorage.clear();
    document.querySelector('main').innerHTML = html;
  }, tag(form));
  await page.locator('[name=wish]').first().waitFor();
  await wish(page, 'ask');
  await press(page);
  assert.equal((await options()).length, 1);
  await country.focus();
  assert.deepEqual(await options(), listed);
}));

test('in a shadow root the form works, and the page’s styles stay outside', () => visit({}, async (page) => {
  await show(page, ONE_STEP, { attributes: 'render="shadow"', head: '<style>input { border: 9px solid red !important }</style>' });
  assert.equal(await page.evaluate(() => document.querySelectorAll('lead-form form').length), 0);
  const border = await page.locator('[name=first_name]').evaluate((input) => getComputedStyle(input).borderTopWidth);
  assert.equal(border, '1px');
  await press(page);
  await page.getByRole('alert').waitFor();
  await page.getByRole('alert').locator('a', { hasText: 'Phone' }).press('Enter');
  assert.equal(await page.evaluate(() => document.querySelector('lead-form').shadowRoot.activeElement.name), 'phone');
  const answers = person();
  await about(page, answers);
  await press(page);
  await thanked(page);
  assert.equal((await leadOf(answers.email)).email, answers.email);
}));

test('under a strict policy with a nonce nothing is refused', () => visit({}, async (page) => {
  const policy = `default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic' 'wasm-unsafe-eval'; style-src ${BASE}; connect-src ${BASE}; form-action ${BASE}; img-src data:`;
  await page.addInitScript(() => {
    window.refused = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => window.refused.push(`${violatedDirective} ${blockedURI}`));
  });
  const form = await formOf(THREE_STEPS);
  const html = pageAround(tag(form)).replace('<script ', '<script nonce="r4nd0m" ');
  await open(page, await customerPage(page, '/nonce.html', html, { 'content-security-policy': policy }));
  await wish(page, 'ask');
  await press(page);
  await about(page, person());
  await press(page);
  await thanked(page);
  assert.deepEqual(await page.evaluate(() => window.refused), []);
}));

test('the data layer gets names and figures, and nothing that was typed', () => visit({}, async (page) => {
  const form = await show(page, ONE_STEP, { attributes: 'data-layer' });
  const answers = person();
  await press(page);
  await about(page, answers);
  await press(page);
  await thanked(page);
  const layer = await page.evaluate(() => window.dataLayer);
  assert.deepEqual(layer.map(({ event }) => event), ['ready', 'invalid', 'submit', 'success'].map((name) => `lead-form:${name}`));
  assert.ok(layer.every((entry) => entry.form === form.key));
  assert.ok(!JSON.stringify(layer).includes(answers.email));
}));

test('nothing is left on the page’s globals', () => visit({}, async (page) => {
  const names = async () => new Set(await page.evaluate(() => Object.getOwnPropertyNames(window)));
  await page.goto(await customerPage(page, '/bare.html', '<!doctype html><title>bare</title>'));
  const before = await names();
  await show(page, ONE_STEP);
  const left = [...await names()].filter((name) => !before.has(name) && name !== 'told');
  assert.deepEqual(left, []);
}));

test('mounted and taken off fifty times, nothing is left behind', () => visit({}, async (page, context) => {
  const form = await formOf(ONE_STEP);
  await open(page, await customerPage(page, '/app.html', pageAround(`<div id="app">${tag(form)}</div>`)));
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable');
  const counts = async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await devtools.send('Performance.getMetrics');
    return Object.fromEntries(metrics.filter(({ name }) => ['JSEventListeners', 'Nodes'].includes(name)).map(({ name, value }) => [name, value]));
  };
  const cycle = (times) => page.evaluate(async ([html, count]) => {
    const app = document.querySelector('#app');
    for (let at = 0; at < count; at += 1) {
      app.innerHTML = html;
      await new Promise((resolve) => { document.addEventListener('lead-form:ready', resolve, { once: true }); });
      app.replaceChildren();
    }
  }, [tag(form), times]);
  await cycle(10);
  const before = await counts();
  await cycle(50);
  const after = await counts();
  assert.ok(after.JSEventListeners - before.JSEventListeners < 20, `${before.JSEventListeners} listeners, then ${after.JSEventListeners}`);
  assert.ok(after.Nodes - before.Nodes < 200, `${before.Nodes} nodes, then ${after.Nodes}`);
}));

test('two forms of one key keep to themselves', () => visit({}, async (page) => {
  const form = await formOf(ONE_STEP);
  await open(page, await customerPage(page, '/pair.html', pageAround(`<div id="one">${tag(form)}</div><div id="two">${tag(form)}</div>`)));
  await page.locator('#two [name=email]').waitFor();
  await page.locator('#one [type=submit]').click();
  assert.equal(await page.locator('#one [aria-invalid=true]').count(), 5);
  assert.equal(await page.locator('#two [aria-invalid=true]').count(), 0);
  const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
  assert.equal(new Set(ids).size, ids.length, 'ids are unique');
}));

test('once shown, the form does not move', () => visit({}, async (page) => {
  await page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => window.shifts.push(...list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput).map(({ value }) => value)))
      .observe({ type: 'layout-shift', buffered: true });
  });
  await show(page, THREE_STEPS, { head: '<style>lead-form { min-block-size: 60rem }</style>' });
  await page.waitForTimeout(300);
  assert.deepEqual(await page.evaluate(() => window.shifts), []);
}));

for (const [lang, title, next, dir] of [['de', 'Planen Sie Ihr Vorhaben', 'Weiter', 'ltr'], ['ar', 'خطط لمشروعك', 'التالي', 'rtl'], ['pt', 'Plan your project', 'Next', 'ltr']]) {
  test(`the form speaks the page's language: ${lang}`, () => visit({}, async (page) => {
    await show(page, THREE_STEPS, { lang });
    assert.equal(await page.locator('.lf-title').innerText(), title);
    assert.equal(await page.locator('lead-form [type=submit]').innerText(), next);
    assert.equal(await page.locator('lead-form form').getAttribute('dir'), dir);
  }));
}

test('the thanks may lead to another page of an allowed website', () => visit({}, async (page) => {
  await customerPage(page, '/thanks.html', '<!doctype html><title>Thanks</title><h1>Thanks</h1>');
  await show(page, { ...ONE_STEP, thanks: { ...ONE_STEP.thanks, redirect: `${DEMO}/thanks.html` } });
  await about(page, person());
  await press(page);
  await page.waitForURL(`${DEMO}/thanks.html`);
}));

test('where a visitor came from is kept over pages only once the page allows it', () => visit({}, async (page) => {
  const definition = {
    ...ONE_STEP,
    fields: [...ONE_STEP.fields, { name: 'first_utm_source', type: 'hidden', label: '' }],
    steps: [{ fields: [...ONE_STEP.steps[0].fields, 'first_utm_source'] }],
  };
  await show(page, definition, { query: '?utm_source=one' });
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), [], 'not without consent');
  await show(page, definition, { attributes: 'remember', query: '?utm_source=two' });
  await page.waitForFunction(() => localStorage.length > 0);
  await show(page, definition, { attributes: 'remember', query: '?utm_source=three&utm_campaign=spring' });
  const form = await show(page, definition, { attributes: 'remember' });
  await page.waitForFunction(() => document.querySelector('[name=first_utm_source]').value);
  const sent = sentTo(page, form);
  const answers = person();
  await about(page, answers);
  await press(page);
  await thanked(page);
  const { values } = sent[0];
  assert.deepEqual([values.utm_source, values.utm_campaign, values.first_utm_source], ['three', 'spring', 'two']);
  assert.match(values.landing_page, /utm_source=three/);
  await page.evaluate(() => document.querySelector('lead-form').removeAttribute('remember'));
  await page.waitForFunction(() => localStorage.length === 0);
}));
