// The pages to sign in: for everyone, in both colour schemes, by keyboard, and never wider than the screen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, accessible, visit } from './stage.mjs';

const NARROW = { viewport: { width: 320, height: 640 } };

for (const colorScheme of ['light', 'dark']) {
  test(`signing in is accessible, ${colorScheme}`, async () => {
    await visit({ ...NARROW, colorScheme }, async (page) => {
      const fits = async (state) => {
        await accessible(page, state);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.equal(wide, false, `${state} scrolls sideways`);
      };
      await page.goto(`${BASE}/sign-in`);
      await fits('fresh');
      // The field has the focus already.
      await page.keyboard.type('meera');
      await page.keyboard.press('Enter');
      await page.locator('#email-error').waitFor();
      assert.equal(await page.locator('#email').inputValue(), 'meera');
      await fits('refused');
      await page.locator('#email').fill('nobody@tidewater-pumps.com');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
      await fits('sent');
      await page.goto(`${BASE}/sign-in/${'a'.repeat(43)}`);
      await fits('asked');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
      await fits('spent');
    });
  });
}
