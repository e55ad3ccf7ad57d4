// A form of three steps with conditions, filled with JavaScript off: forth and back, errors in each step, languages, a look of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, accessible, errorOf, leadOf, newForm, person, visit } from './stage.mjs';

const OFF = { javaScriptEnabled: false };

// axe-core needs JavaScript to look; the page gets none of its own.
const bare = (page) => page.route(/\/w\/1\/.*\.js/, (route) => route.abort());

const field = (name, type, label, more = {}) => ({ name, type, label, ...more });

/** Three steps: the wish, what only buyers are asked, who it is. */
const DEFINITION = {
  title: 'Plan your project',
  intro: 'Three short steps. A person answers within one working day.',
  submit: 'Send the plan',
  locale: 'en',
  fields: [
    field('wish', 'choice', 'What brings you here?', {
      required: true, options: [{ value: 'buy', label: 'I want to buy' }, { value: 'ask', label: 'I have a question' }],
    }),
    field('users', 'number', 'How many people will use it?', {
      help: 'A rough guess is fine.', min: 1, max: 5000,
      show: { field: 'wish', op: 'is', value: 'buy' }, require: { field: 'wish', op: 'is', value: 'buy' },
    }),
    field('topics', 'choices', 'What is it about?', {
      options: [{ value: 'price', label: 'Prices' }, { value: 'setup', label: 'Setting it up' }, { value: 'data', label: 'Where data lie' }],
    }),
    field('start', 'date', 'When shall it begin?', { min: '2026-01-01' }),
    field('message', 'long_text', 'Anything else?', { placeholder: 'A few words' }),
    field('first_name', 'text', 'First name', { required: true }),
    field('last_name', 'text', 'Last name', { required: true }),
    field('company_name', 'text', 'Company', { required: true }),
    field('email', 'email', 'Work e-mail', { required: true, help: 'We answer to this address.' }),
    field('phone', 'phone', 'Phone', { required: true }),
    field('country', 'country', 'Country'),
    field('gdpr_consent', 'consent', ''),
    field('utm_campaign', 'hidden', ''),
  ],
  steps: [
    { title: 'Your wish', fields: ['wish', 'users'] },
    { title: 'The plan', fields: ['topics', 'start', 'message'], skip: { field: 'wish', op: 'is', value: 'ask' } },
    { title: 'About you', fields: ['first_name', 'last_name', 'company_name', 'email', 'phone', 'country', 'gdpr_consent', 'utm_campaign'] },
  ],
  thanks: {
    title: 'Thank you', message: 'We read your plan and write to you.',
    booking: { url: 'https://calendar.example.com/us', label: 'Book a call', when: { field: 'wish', op: 'is', value: 'buy' } },
  },
  consent: { version: '1', text: 'You may write to me about your products. I can take this back at any time.' },
  translations: {
    ar: {
      '/title': 'خطط لمشروعك', '/intro': 'ثلاث خطوات قصيرة.', '/submit': 'إرسال الخطة', '/steps/0/title': 'رغبتك',
      '/fields/0/label': 'ما الذي أتى بك إلى هنا؟', '/fields/0/options/0/label': 'أريد الشراء', '/fields/0/options/1/label': 'لدي سؤال',
    },
  },
};

// A new page under the pointer is still on its way to the button's other colour.
const settled = (page) => page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));

let form;
const page_of = async () => (form ??= await newForm('Steps', DEFINITION)).url;

// A click is over once the next page begins, not once it has its style.
const press = async (page, go) => {
  await page.locator(`button[value=${go}]`).click();
  await page.waitForLoadState();
};
const next = (page) => press(page, 'next');
const back = (page) => press(page, 'back');
const heading = (page) => page.locator('.lf-step-title').textContent();

test('three steps are filled without JavaScript, forth and back, and make a lead with its own answers', () => visit(OFF, async (page) => {
  await page.goto(`${await page_of()}?utm_campaign=spring`);
  assert.equal(await heading(page), 'Your wish');
  assert.equal(await page.locator('[name=users]').count(), 0, 'asked of buyers only');
  await page.locator('[name=wish]').selectOption('buy');
  await next(page);
  assert.equal(await heading(page), 'Your wish', 'it asks more now');
  assert.equal(await page.locator('.lf-summary').count(), 0, 'what was not asked is not wrong');
  assert.notEqual(await page.locator('.lf-notice').textContent(), '');
  await page.locator('[name=users]').fill('٤٢');
  await next(page);
  assert.equal(await heading(page), 'The plan');
  await page.getByLabel('Setting it up').check();
  await page.getByLabel('Where data lie').check();
  await page.locator('[name=message]').fill('Tom & "Jerry" <b>');
  await back(page);
  assert.equal(await page.locator('[name=wish]').inputValue(), 'buy');
  assert.equal(await page.locator('[name=users]').inputValue(), '٤٢');
  await next(page);
  assert.ok(await page.getByLabel('Setting it up').isChecked());
  assert.ok(!await page.getByLabel('Prices').isChecked());
  assert.equal(await page.locator('[name=message]').inputValue(), 'Tom & "Jerry" <b>');
  await next(page);
  assert.equal(await heading(page), 'About you');
  const answers = person();
  for (const [name, value] of Object.entries(answers)) await page.locator(`[name="${name}"]`).fill(value);
  await page.locator('[name=gdpr_consent]').check();
  await next(page);
  await page.waitForURL(/\/thanks/);
  assert.equal(await page.getByRole('link', { name: 'Book a call' }).getAttribute('href'), 'https://calendar.example.com/us');
  const lead = await leadOf(answers.email);
  const { submitted } = lead.touches[0];
  assert.deepEqual(submitted.answers, { wish: 'buy', users: 42, topics: ['data', 'setup'] });
  assert.equal(lead.campaign, 'spring');
  assert.equal(lead.message, 'Tom & "Jerry" <b>');
  assert.ok(lead.gdpr_consent);
  assert.deepEqual(lead.spam_reasons.map(({ rule }) => rule).filter((rule) => rule !== 'spam.token_young'), ['spam.timing_missing']);
}));

test('a step is skipped, and what was answered under another wish is not kept', () => visit(OFF, async (page) => {
  await page.goto(await page_of());
  await page.locator('[name=wish]').selectOption('buy');
  await next(page);
  await page.locator('[name=users]').fill('7');
  await page.locator('[name=wish]').selectOption('ask');
  await next(page);
  assert.equal(await heading(page), 'About you');
  assert.match(await page.locator('.lf-step').textContent(), /2.*2/);
  await back(page);
  assert.equal(await heading(page), 'Your wish');
  await next(page);
  const answers = person();
  for (const [name, value] of Object.entries(answers)) await page.locator(`[name="${name}"]`).fill(value);
  await next(page);
  await page.waitForURL(/\/thanks/);
  assert.equal(await page.getByRole('link', { name: 'Book a call' }).count(), 0, 'offered to buyers only');
  const { submitted } = (await leadOf(answers.email)).touches[0];
  assert.deepEqual(submitted.answers, { wish: 'ask' });
}));

test('countries are chosen by their names in the visitor’s language, and what was given stays', () => visit({}, async (page) => {
  await bare(page);
  const fields = DEFINITION.fields.filter(({ name }) => ['first_name', 'last_name', 'company_name', 'email', 'phone', 'country'].includes(name));
  const { url } = await newForm('Countries', { ...DEFINITION, fields, steps: [{ fields: fields.map(({ name }) => name) }], thanks: { title: 'T', message: 'M' }, translations: { ar: { '/title': 'خطط' }, de: { '/title': 'Plan' } } });
  const country = page.locator('select[name=country]');
  for (const [locale, germany, first] of [['de', 'Deutschland', 'Afghanistan'], ['ar', 'ألمانيا', 'آيسلندا'], ['en', 'Germany', 'Afghanistan']]) {
    await page.goto(`${url}?locale=${locale}`);
    assert.equal(await country.locator('option').count(), 250, 'all there are, and none');
    assert.equal(await country.locator('option[value=DE]').textContent(), germany);
    assert.equal(await country.locator('option').nth(1).textContent(), first);
    assert.equal(await country.getAttribute('autocomplete'), 'country');
  }
  const send = async () => {
    await page.locator('form button').click();
    await page.waitForLoadState();
  };
  // As another page may send it: by a name that is known, or by one that is not.
  for (const [given, kept, wrong] of [['Germany', 'DE', false], ['Narnia', 'Narnia', true]]) {
    await country.evaluate((select, value) => {
      select.add(new Option(value, value));
      select.value = value;
    }, given);
    await send();
    assert.equal(await country.inputValue(), kept);
    assert.equal(await country.getAttribute('aria-invalid') === 'true', wrong, given);
  }
  await settled(page);
  await accessible(page, 'a country that is not known');
  await country.selectOption({ label: 'Côte d’Ivoire' });
  const answers = person();
  for (const [name, value] of Object.entries({ ...answers, phone: '' })) await page.locator(`[name="${name}"]`).fill(value);
  await send();
  assert.equal(await country.inputValue(), 'CI', 'it stays beside an error elsewhere');
  await page.locator('[name=phone]').fill(answers.phone);
  await send();
  await page.waitForURL(/\/thanks/);
  assert.equal((await leadOf(answers.email)).country, 'CI');
}));

test('each step shows what is wrong in it, and the last one what only the edge can tell', () => visit(OFF, async (page) => {
  await page.goto(await page_of());
  const [answer] = await Promise.all([page.waitForResponse((response) => response.request().method() === 'POST'), next(page)]);
  assert.equal(answer.status(), 422);
  assert.notEqual(await errorOf(page, 'wish', 'form'), '');
  assert.match(await page.title(), /^Error/);
  await page.locator('[name=wish]').selectOption('buy');
  await next(page);
  await page.locator('[name=users]').fill('6000');
  await next(page);
  assert.match(await errorOf(page, 'users', 'form'), /5000/);
  assert.equal(await page.locator('.lf-summary a').getAttribute('href'), '#users');
  await page.locator('[name=users]').fill('600');
  await next(page);
  await page.locator('[name=start]').fill('2025-12-31');
  await next(page);
  assert.match(await errorOf(page, 'start', 'form'), /2026/);
  await page.locator('[name=start]').fill('2026-12-31');
  await next(page);
  const answers = person();
  for (const [name, value] of Object.entries({ ...answers, email: 'asha@example', phone: '+91 12' })) await page.locator(`[name="${name}"]`).fill(value);
  await next(page);
  assert.notEqual(await errorOf(page, 'email', 'form'), '');
  assert.notEqual(await errorOf(page, 'phone', 'form'), '');
  assert.equal(await page.locator('[name=first_name]').inputValue(), answers.first_name);
  for (const name of ['email', 'phone']) await page.locator(`[name="${name}"]`).fill(answers[name]);
  await next(page);
  await page.waitForURL(/\/thanks/);
}));

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds nothing on any step, ${colorScheme}, and each fits 320 px`, () => (
    visit({ colorScheme, viewport: { width: 320, height: 640 } }, async (page) => {
      await bare(page);
      await page.goto(await page_of());
      const fits = async (step) => {
        await settled(page);
        await accessible(page, step);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= 320, `${step}: ${wide} px wide`);
        const small = await page.evaluate(() => [...document.querySelectorAll('form :is(input, select, textarea, button, a)')]
          .filter((control) => control.type !== 'hidden' && !control.closest('.lf-trap'))
          .map((control) => (control.type === 'checkbox' ? control.labels[0] : control))
          .filter((control) => control.getBoundingClientRect().height < 43.5).map((control) => control.outerHTML));
        assert.deepEqual(small, [], step);
        if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${colorScheme}-${step}.png`, fullPage: true });
      };
      await fits('first');
      await page.locator('[name=wish]').selectOption('buy');
      await next(page);
      await fits('grown');
      await page.locator('[name=users]').fill('0');
      await next(page);
      await fits('wrong');
      await page.locator('[name=users]').fill('5');
      await next(page);
      await fits('plan');
      await next(page);
      await fits('about');
      await next(page);
      await fits('about-wrong');
      for (const [name, value] of Object.entries(person())) await page.locator(`[name="${name}"]`).fill(value);
      await next(page);
      await page.waitForURL(/\/thanks/);
      await settled(page);
      await accessible(page, 'the thanks');
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${colorScheme}-thanks.png`, fullPage: true });
    })
  ));
}

test('the page speaks the visitor’s language, from right to left, with its direction and words', () => visit({ locale: 'ar-EG' }, async (page) => {
  await bare(page);
  await page.goto(await page_of());
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), ['ar', 'rtl']);
  assert.equal(await heading(page), 'رغبتك');
  await next(page);
  assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl', 'it stays so after an error');
  await settled(page);
  await accessible(page, 'from right to left');
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/rtl.png`, fullPage: true });
  await page.goto(`${await page_of()}?locale=en`);
  assert.equal(await heading(page), 'Your wish');
}));

test('a form has a look of its own under a policy without exceptions', () => visit({}, async (page) => {
  await bare(page);
  const theme = { accent: '#7a1f5c', on_accent: '#ffffff', radius: 0, font: 'Georgia, serif', mode: 'light', surface: '#fff8f0', text: '#2a1a10' };
  const { url } = await newForm('Look', { ...DEFINITION, theme });
  const answer = await page.goto(url);
  const policy = answer.headers()['content-security-policy'];
  assert.match(policy, /style-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-inline|nonce/);
  const look = await page.locator('button[value=next]').evaluate((button) => {
    const { backgroundColor, borderRadius, fontFamily } = getComputedStyle(button);
    return [backgroundColor, borderRadius, fontFamily];
  });
  assert.deepEqual(look, ['rgb(122, 31, 92)', '0px', 'Georgia, serif']);
  await accessible(page, 'in its own look');
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/look.png`, fullPage: true });
}));

test('the trap is out of sight and reach without JavaScript, and views and starts are counted', () => visit(OFF, async (page) => {
  const { url, id, stats } = await newForm('Counted', DEFINITION);
  await page.goto(url);
  const trap = page.locator('.lf-trap input');
  const { width, height } = await trap.evaluate((input) => input.closest('.lf-trap').getBoundingClientRect());
  assert.ok(width <= 1 && height <= 1);
  assert.equal(await trap.getAttribute('tabindex'), '-1');
  assert.equal(await trap.getAttribute('autocomplete'), 'off');
  await page.locator('[name=wish]').selectOption('ask');
  await next(page);
  await back(page);
  const { total } = await stats(id);
  assert.deepEqual([total.views, total.starts, total.submissions], [1, 1, 0]);
  assert.equal(new URL(url).origin, BASE);
}));
