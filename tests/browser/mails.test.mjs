// Mails as the core renders them: they fit, can be read in light and dark, run nothing of a hostile name, fetch the pixel alone,
// and let people leave.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WCAG, faint, fits, show } from './mailbox.mjs';
import { accessible, launch, visit } from './stage.mjs';

const MAILS = JSON.parse(await readFile(new URL('mails.json', import.meta.url), 'utf8'));
const folder = process.env.LEADGATE_MAILS_DIR;
assert.ok(folder, 'LEADGATE_MAILS_DIR is not set: the mails are rendered by cargo xtask test browser');

const SCREENS = { 'narrow screen': { width: 320, height: 640 }, 'wide screen': { width: 1280, height: 900 } };
const PIXEL = 'https://leads.example/m/o/';
const SIGNED = 'https://leads.example/m/c/';
const LEAVE = 'https://leads.example/m/u/';

let imageless;
before(async () => { imageless = await launch('--blink-settings=imagesEnabled=false'); });
after(() => imageless?.close());

const rendered = ({ name }) => readFile(join(folder, `${name}.html`), 'utf8');

/** Moves over everything and focuses what can be, as a reader might; tells whether a hostile value ran. */
async function struck(page) {
  await page.evaluate(() => {
    for (const element of document.querySelectorAll('*')) {
      for (const type of ['mouseover', 'focus', 'load', 'error']) element.dispatchEvent(new Event(type));
      if (element.matches('a')) element.focus();
    }
  });
  return page.evaluate(() => 'struck' in window);
}

/** Tabs to the link by which people leave, which must be seen. */
async function leaves(page, mail) {
  const link = page.locator(`a[href^="${LEAVE}"]`);
  assert.equal(await link.count(), 1, 'one link to unsubscribe');
  for (let tabs = 0; tabs < mail.links; tabs += 1) await page.keyboard.press('Tab');
  const seen = await link.evaluate((element) => {
    const [box] = element.getClientRects();
    const { fontSize, textDecorationLine, outlineStyle } = getComputedStyle(element);
    const here = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return {
      focused: document.activeElement === element,
      on: element === here,
      readable: parseFloat(fontSize) >= 13,
      underlined: textDecorationLine === 'underline',
      outlined: outlineStyle !== 'none',
    };
  });
  assert.deepEqual(seen, { focused: true, on: true, readable: true, underlined: true, outlined: true });
}

for (const colorScheme of ['light', 'dark']) {
  test(`words that can hardly be read would be noticed, ${colorScheme}`, () => visit({ colorScheme }, async (page) => {
    const dark = '<body style="margin:0;background:#10243e;color:#f2f5f9">';
    await show(page, `<!doctype html><title>a</title>${dark}<p>Hello</p><p><a href="https://leads.example/m/u/a">Unsubscribe</a></p>`);
    assert.match((await faint(page)).join(), /^[12]\.\d+: .*: Unsubscribe$/);
    await show(page, '<!doctype html><title>a</title><meta name="color-scheme" content="light dark"><p style="color:#222">Hello</p>');
    assert.equal((await faint(page)).length, colorScheme === 'dark' ? 1 : 0);
  }));
}

test('a name that is not escaped would be noticed', () => visit({}, async (page) => {
  const hostile = MAILS.find(({ name }) => name === 'hostile').values;
  for (const name of ['lead.first_name', 'lead.company_name', 'lead.industry', 'company.name']) {
    const asked = await show(page, `<!doctype html><title>a</title><p>${hostile[name]}</p>`);
    await page.waitForFunction(() => 'struck' in window, null, { timeout: 5000 });
    assert.deepEqual(asked.some((url) => url.endsWith('/x')), hostile[name].includes('src=x'), name);
    await page.unrouteAll();
  }
  await show(page, `<!doctype html><title>a</title><p title='${hostile['lead.last_name']}'>a</p>`);
  assert.ok(await struck(page));
}));

for (const mail of MAILS) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [screen, viewport] of Object.entries(SCREENS)) {
      test(`the mail "${mail.name}" (${mail.why}) on a ${screen}, ${colorScheme}`, () => visit({ colorScheme, viewport }, async (page) => {
        const asked = await show(page, await rendered(mail));
        await fits(page, viewport.width);
        await leaves(page, mail);
        await accessible(page, 'as it arrives', WCAG);
        assert.deepEqual(await faint(page), [], 'words that can hardly be read');
        const text = await page.evaluate(() => document.body.innerText);
        for (const words of mail.shown) assert.ok(text.includes(words), `it does not show ${words}, but ${text}`);
        assert.equal(await struck(page), false, 'a hostile value ran');
        const pixels = asked.filter((url) => url.startsWith(PIXEL));
        assert.equal(pixels.length, 1, 'one pixel');
        assert.deepEqual(asked.filter((url) => !pixels.includes(url)), mail.pictures, 'nothing else is fetched');
      }));
    }
  }

  test(`the mail "${mail.name}" without images, and its links`, () => visit({ chromium: imageless, viewport: SCREENS['narrow screen'] }, async (page) => {
    const asked = await show(page, await rendered(mail));
    await fits(page, 320);
    await leaves(page, mail);
    const links = await page.evaluate(() => [...document.querySelectorAll('[href]')].map((link) => link.href));
    assert.equal(links.length, mail.links, links.join('\n'));
    const foreign = links.filter((link) => ![SIGNED, LEAVE, 'mailto:'].some((start) => link.startsWith(start)));
    assert.deepEqual(foreign, [], 'links of the web are signed');
    const unsaid = await page.evaluate(() => [...document.images].filter((image) => !image.hasAttribute('alt')).length);
    assert.equal(unsaid, 0, 'pictures without words');
    assert.equal(await struck(page), false, 'a hostile value ran');
    assert.deepEqual(asked, [], 'nothing is fetched');
  }));
}
