// Everybody can use the rendered form: axe-core in each state, the accessibility tree, narrow and enlarged, own colours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, person, picture, thanked, visit } from './stage.mjs';
import { THREE_STEPS, about, press, show } from './form_stage.mjs';

const posts = (form) => (url) => url.href === form.url;

/** Leads `page` through every state and calls `look` in each. */
async function through(page, form, look) {
  await look('first');
  await press(page);
  await page.getByRole('alert').waitFor();
  await look('errors');
  await page.locator('[name=wish][value=buy]').check();
  await page.locator('[name=users]').fill('12');
  await press(page);
  await look('second');
  await press(page);
  await page.locator('[name=email]').fill('asha@gmial.com');
  await page.locator('[name=email]').blur();
  await page.locator('.lf-suggestion').waitFor();
  await look('third');
  await about(page, person());
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  let attempts = 0;
  await page.route(posts(form), async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    attempts += 1;
    await held;
    return attempts === 1 ? route.abort('connectionfailed') : route.continue();
  });
  await press(page);
  await page.locator('form[aria-busy=true]').waitFor();
  await look('sending');
  release();
  await page.locator('.lf-retry').waitFor();
  await look('failed');
  await thanked(page);
  await look('thanks');
}

for (const [name, options, lang] of [['light', {}, 'en'], ['dark', { colorScheme: 'dark' }, 'en'], ['rtl', {}, 'ar']]) {
  test(`axe-core finds nothing in any state, ${name}`, () => visit(options, async (page) => {
    const form = await show(page, THREE_STEPS, { lang });
    await through(page, form, async (state) => {
      await picture(page, `form ${name} ${state}`);
      await accessible(page, `${name}, ${state}`);
    });
  }));
}

test('axe-core finds nothing in a shadow root', () => visit({}, async (page) => {
  await show(page, THREE_STEPS, { attributes: 'render="shadow"' });
  await press(page);
  await page.getByRole('alert').waitFor();
  await accessible(page, 'shadow, errors');
}));

// 1280 px enlarged to 400 % is 320 px wide and 256 px high.
for (const [name, viewport] of [['320 px', { width: 320, height: 640 }], ['400 % zoom', { width: 320, height: 256 }]]) {
  test(`the form fits ${name} in every state, with targets of 44 px`, () => visit({ viewport }, async (page) => {
    const form = await show(page, THREE_STEPS);
    await through(page, form, async (state) => {
      await picture(page, `form ${viewport.height} ${state}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 320, `${state}: ${wide} px wide`);
      const small = await page.evaluate(() => [...document.querySelectorAll('lead-form :is(input, select, textarea, button, a)')]
        .filter((control) => control.checkVisibility() && !control.closest('.lf-trap'))
        .map((control) => (['checkbox', 'radio'].includes(control.type) ? control.labels[0] : control))
        .filter((control) => control.getBoundingClientRect().height < 43.5).map((control) => control.outerHTML));
      assert.deepEqual(small, [], state);
    });
  }));
}

test('assistive technology is told what stands there', () => visit({}, async (page) => {
  await show(page, THREE_STEPS);
  await page.locator('[name=wish][value=buy]').check();
  const tree = await page.locator('lead-form form').ariaSnapshot();
  for (const line of ['heading "Plan your project" [level=2]', 'heading "Step 1 of 3 Your wish" [level=3]', 'group "What brings you here?"',
    'radio "I want to buy" [checked]', 'textbox "How many people will use it?"', 'button "Next"']) {
    assert.ok(tree.includes(line), `${line} is missing in\n${tree}`);
  }
  assert.ok(!tree.includes('Back') && !tree.includes('First name'), 'nothing of other steps');
  const users = page.locator('[name=users]');
  assert.equal(await users.getAttribute('inputmode'), 'numeric');
  assert.equal(await users.evaluate((control) => document.getElementById(control.getAttribute('aria-describedby')).textContent), 'A rough guess is fine.');
  const tokens = await page.evaluate(() => Object.fromEntries(['first_name', 'email', 'phone', 'country'].map((name) => [name, document.querySelector(`[name=${name}]`).autocomplete])));
  assert.deepEqual(tokens, { first_name: 'given-name', email: 'email', phone: 'tel', country: 'country' });
}));

test('nothing moves where the visitor wants no motion', () => visit({ reducedMotion: 'reduce' }, async (page) => {
  const form = await show(page, THREE_STEPS);
  await page.route(posts(form), () => {});
  await page.locator('[name=wish][value=ask]').check();
  await press(page);
  await about(page, person());
  await press(page);
  await page.locator('form[aria-busy=true]').waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
}));

test('buttons and errors stay visible in forced colours', () => visit({ forcedColors: 'active' }, async (page) => {
  await show(page, THREE_STEPS);
  await press(page);
  await page.getByRole('alert').waitFor();
  await picture(page, 'form forced');
  const look = await page.locator('lead-form [type=submit]').evaluate((element) => getComputedStyle(element).borderTopStyle);
  assert.equal(look, 'solid');
}));
