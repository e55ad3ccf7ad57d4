// The pages behind a mail's links: to stop mails and to confirm a consent. They ask first, need no script and no mouse, and read
// well in both colour schemes, however narrow the screen.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { BASE, accessible, api, person, visit } from './stage.mjs';

const NARROW = { viewport: { width: 320, height: 640 } };

/** The link of this kind in a mail, at this worker's own address. */
const link = (mail, kind) => {
  const found = mail.body_text.match(new RegExp(`https?://\\S+(/m/${kind}/[\\w-]+)`));
  assert.ok(found, mail.body_text);
  return `${BASE}${found[1]}`;
};

/** A lead who agreed to mails, and the newest mail of this kind to them. */
async function mailed(kind) {
  const lead = await api('POST', '/leads', { ...person(), lead_source: 'referral', campaign: 'spring', gdpr_consent: true });
  await api('POST', '/sequences/run');
  const { items } = await api('GET', `/mails?lead_id=${lead.id}&kind=${kind}`);
  assert.equal(items.length, 1, `${items.length} mails of the kind ${kind}`);
  return { lead, mail: await api('GET', `/mails/${items[0].id}`) };
}

const consent = async ({ id }) => (await api('GET', `/leads/${id}`)).gdpr_consent;
const enrolled = async ({ id }) => (await api('GET', `/leads/${id}/enrolments`)).items[0].state;
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

async function sound(page, state) {
  await accessible(page, state);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${state} is ${wide} px wide`);
}

before(async () => {
  await api('PATCH', '/settings', { mail_address: 'hello@tidewater-pumps.com', postal_address: '1 Dock Road, Pune', double_opt_in: false });
  const step = (number) => ({ step_number: number, delay_days: number - 1, subject: 'Hello', body: '<p>Hello</p>', body_text: 'Hello' });
  await api('POST', '/sequences', { name: 'Leaving', is_active: true, trigger_event: 'lead_created', steps: [step(1), step(2)] });
});

test('without script and by keyboard alone a person leaves; looking changes nothing', async () => {
  const { lead, mail } = await mailed('sequence');
  const place = link(mail, 'u');
  assert.equal(place, `${BASE}${new URL(mail.unsubscribe_url).pathname}`, 'the mail and its header say the same');
  await visit({ ...NARROW, javaScriptEnabled: false }, async (page) => {
    for (const method of ['GET', 'HEAD']) await fetch(place, { method });
    await page.goto(place);
    await heading(page, 'No more mails?');
    assert.deepEqual([await consent(lead), await enrolled(lead)], [true, 'active'], 'a look changed something');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator('button:focus').innerText(), 'Stop all mails');
    await page.keyboard.press('Enter');
    await heading(page, 'You are unsubscribed');
    assert.deepEqual([await consent(lead), await enrolled(lead)], [false, 'left']);
    await page.keyboard.press('Tab');
    assert.equal(await page.locator('button:focus').innerText(), 'Ask me by mail');
    await page.keyboard.press('Enter');
    await heading(page, 'Look into your mailbox');
    assert.equal(await consent(lead), false, 'only the answer to the mail consents');
  });
});

test('one series alone can be left', async () => {
  const { lead, mail } = await mailed('sequence');
  await visit(NARROW, async (page) => {
    await page.goto(link(mail, 'u'));
    await page.getByRole('button', { name: 'Stop this series only' }).click();
    await heading(page, 'You are unsubscribed');
    assert.deepEqual([await consent(lead), await enrolled(lead)], [true, 'left']);
    await page.getByRole('button', { name: 'Stop all mails' }).click();
    await page.getByText('sends you no more mails.').waitFor();
    assert.equal(await consent(lead), false);
  });
});

test('without script and by keyboard alone a person confirms; looking changes nothing', async () => {
  await api('PATCH', '/settings', { double_opt_in: true });
  const { lead, mail } = await mailed('opt_in');
  const place = link(mail, 'y');
  const confirmed = async () => Boolean((await api('GET', `/leads/${lead.id}`)).consent_confirmed_at);
  await visit({ ...NARROW, javaScriptEnabled: false }, async (page) => {
    for (const method of ['GET', 'HEAD']) await fetch(place, { method });
    await page.goto(place);
    await heading(page, 'Was it you?');
    assert.equal(await confirmed(), false, 'a look confirmed');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator('button:focus').innerText(), 'Yes, that was me');
    await page.keyboard.press('Enter');
    await heading(page, 'Thank you');
    assert.equal(await confirmed(), true);
    await page.goto(place);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await heading(page, 'Thank you');
  });
  await api('PATCH', '/settings', { double_opt_in: false });
});

for (const colorScheme of ['light', 'dark']) {
  test(`the pages to leave and to confirm are accessible, ${colorScheme}`, async () => {
    const { mail } = await mailed('sequence');
    await api('PATCH', '/settings', { double_opt_in: true });
    const { mail: question } = await mailed('opt_in');
    await api('PATCH', '/settings', { double_opt_in: false });
    await visit({ ...NARROW, colorScheme }, async (page) => {
      await page.goto(link(mail, 'u'));
      await sound(page, 'asked');
      await page.getByRole('button', { name: 'Stop this series only' }).click();
      await heading(page, 'You are unsubscribed');
      await sound(page, 'left a series');
      await page.getByRole('button', { name: 'Stop all mails' }).click();
      await page.getByText('sends you no more mails.').waitFor();
      await sound(page, 'left');
      await page.getByRole('button', { name: 'Ask me by mail' }).click();
      await heading(page, 'Look into your mailbox');
      await sound(page, 'asked again');
      await page.goto(link(question, 'y'));
      await sound(page, 'asked for consent');
      await page.getByRole('button').click();
      await heading(page, 'Thank you');
      await sound(page, 'confirmed');
      for (const kind of ['u', 'y']) {
        const answer = await page.goto(`${BASE}/m/${kind}/${'a'.repeat(60)}`);
        assert.equal(answer.status(), 404);
        await heading(page, 'This link leads nowhere');
        await sound(page, 'unknown');
      }
    });
  });
}
