// Everybody can use it: axe-core in each state, light and dark, narrow screens, large targets, visitors' own colours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEMO, FORM_PAGE, POSTS, accessible, button, events, field, fill, open, person, thanked, visit,
} from './stage.mjs';

const PAGES = { 'the demo page': `${DEMO}/`, 'the form page': FORM_PAGE };

for (const [name, url] of Object.entries(PAGES)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe-core finds nothing on ${name} in any state, ${colorScheme}`, () => visit({ colorScheme }, async (page) => {
      await open(page, url);
      await accessible(page, 'at first');
      await field(page, 'email').fill('asha@gmial.com');
      await field(page, 'email').blur();
      await page.locator('.lf-suggestion').waitFor();
      await button(page).click();
      await page.getByRole('alert').waitFor();
      await accessible(page, 'with errors and a suggestion');

      await fill(page, person());
      let release;
      const held = new Promise((resolve) => { release = resolve; });
      let attempts = 0;
      await page.route(POSTS, async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        attempts += 1;
        await held;
        return attempts === 1 ? route.abort('connectionfailed') : route.continue();
      });
      await button(page).click();
      await page.locator('form[aria-busy=true]').waitFor();
      assert.equal(await button(page).textContent(), 'Sending…');
      await accessible(page, 'while sending');
      release();
      await page.locator('.lf-retry').waitFor();
      await accessible(page, 'after a failed attempt');
      await thanked(page);
      await accessible(page, 'after success');
      assert.equal((await events(page, 'success')).length, 1);
    }));
  }

  test(`${name} fits 320 px, with targets of 44 px`, () => visit({ viewport: { width: 320, height: 640 } }, async (page) => {
    await open(page, url);
    await field(page, 'email').fill('a.rather.long.name.of.somebody@gmial.com');
    await button(page).click();
    await page.getByRole('alert').waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${wide} px wide`);
    const small = await page.evaluate(() => [...document.querySelectorAll('lead-form :is(input, select, textarea, button, a)')]
      .filter((element) => !element.closest('.lf-trap') && element.type !== 'hidden')
      // A tick box is reached by its label as well.
      .map((element) => (element.type === 'checkbox' ? element.labels[0] : element))
      .filter((element) => element.getBoundingClientRect().height < 43.5)
      .map((element) => element.outerHTML));
    assert.deepEqual(small, []);
  }));
}

test('the button and the focus stay visible in forced colours', () => visit({ forcedColors: 'active' }, async (page) => {
  await open(page);
  const look = await button(page).evaluate((element) => {
    element.focus();
    const { borderTopStyle, borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(element);
    return { borderTopStyle, borderTopWidth, told: borderTopColor !== backgroundColor };
  });
  assert.deepEqual(look, { borderTopStyle: 'solid', borderTopWidth: '1px', told: true });
}));

test('nothing moves where the visitor wants no motion', () => visit({ reducedMotion: 'reduce' }, async (page) => {
  await open(page);
  await fill(page, person());
  await page.route(POSTS, () => {});
  await button(page).click();
  await page.locator('form[aria-busy=true]').waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
}));
