// The kept mails of a developer's machine as pages: found, readable, and nothing of a mail runs in them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { BASE, accessible, api, person, visit } from './stage.mjs';

const SCREENS = { narrow: { width: 320, height: 640 }, wide: { width: 1280, height: 900 } };
const SUBJECT = '<b>Hello</b> {{lead.first_name}} & "friends"';
const SHOWN = '<b>Hello</b> Asha & "friends"';
const BODY = '<p id="words">Hello {{lead.first_name}}</p><p><a href="https://tidewater-pumps.com/guide">Our guide</a></p>'
  + '<p><img src="https://tidewater-pumps.com/pump.png" alt="A pump"></p>';

let place;
before(async () => {
  await api('PATCH', '/settings', { mail_address: 'hello@tidewater-pumps.com', mail_name: '<i>Tidewater</i>', postal_address: '1 Dock Road, Pune' });
  const step = { step_number: 1, delay_days: 0, subject: SUBJECT, body: BODY, body_text: 'Hello <b>{{lead.first_name}}</b>' };
  const sequence = await api('POST', '/sequences', { name: 'Outbox', trigger_event: 'lead_created', steps: [step] });
  const lead = await api('POST', '/leads', { ...person(), lead_source: 'referral', campaign: 'spring' });
  const { mail_id: id } = await api('POST', `/sequences/${sequence.id}/test`, { step_number: 1, lead_id: lead.id });
  place = `${BASE}/outbox/${process.env.LEADGATE_COMPANY}/${id}`;
});

async function fits(page, width) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${page.url()} is ${wide} px wide`);
}

for (const colorScheme of ['light', 'dark']) {
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    test(`the outbox on a ${screen} screen, ${colorScheme}`, () => visit({ colorScheme, viewport }, async (page) => {
      await page.goto(`${BASE}/outbox`);
      await fits(page, viewport.width);
      await accessible(page, 'the list');
      const link = page.getByRole('link', { name: SHOWN }).first();
      assert.equal(await page.locator('main b').count(), 0, 'a subject is text');
      await link.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: SHOWN }).waitFor();
      await fits(page, viewport.width);
      // The mail in its frame is looked at in mails.test.mjs.
      await accessible(page, 'one mail', { iframes: false });
      const frame = page.frameLocator('iframe');
      assert.equal(await frame.locator('#words').innerText(), 'Hello Asha');
      const text = await page.locator('main').innerText();
      for (const words of ['<i>Tidewater</i>', 'Hello <b>Asha</b>', 'MIME-Version: 1.0', 'multipart/alternative']) {
        assert.ok(text.includes(words), `it does not show ${words}: ${text}`);
      }
    }));
  }
}

test('the mail has an address and a policy of its own, fetches nothing and runs nothing', () => visit({}, async (page) => {
  const asked = [];
  await page.route('https://tidewater-pumps.com/**', (route) => { asked.push(route.request().url()); return route.abort(); });
  await page.goto(place);
  await page.frameLocator('iframe').locator('#words').waitFor();
  assert.deepEqual(asked, [], 'the page fetched a picture');
  const answer = await fetch(`${place}/body`);
  const policy = answer.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /sandbox/);
  assert.doesNotMatch(policy, /script|unsafe-eval|img-src [^;]*http/);
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
  assert.equal(await page.locator('iframe').getAttribute('sandbox'), '');
  // Asked for, the pictures come.
  await page.getByRole('link', { name: /With pictures/ }).click();
  await page.frameLocator('iframe').locator('#words').waitFor();
  await page.waitForFunction(() => document.querySelector('iframe').src.endsWith('pictures=1'));
  assert.deepEqual(asked, ['https://tidewater-pumps.com/pump.png']);
}));

test('the message can be saved for a mail program', async () => {
  const answer = await fetch(`${place}/message`);
  assert.equal(answer.headers.get('content-type'), 'message/rfc822');
  assert.match(answer.headers.get('content-disposition'), /^attachment; filename="[0-9a-f-]{36}\.eml"$/);
  assert.match(await answer.text(), /^Subject: /m);
});
