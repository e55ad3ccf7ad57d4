// The mails that no template of a company makes: the question for consent, the alert to an owner, the link to sign in. Read back
// from the outbox of the running worker.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { WCAG, faint, fits, show } from './mailbox.mjs';
import { BASE, accessible, api, person, visit } from './stage.mjs';

const NAME = '"><img src=x onerror="window.struck=1">';
const LONG = `Donaudampf${'schifffahrt'.repeat(16)} 名 👩‍👩‍👧‍👦`;
const SHOWN = { opt_in: `Hello ${NAME},`, lead_alert: LONG, sign_in: 'It works once' };

const bodies = {};
before(async () => {
  await api('PATCH', '/settings', { mail_address: 'hello@tidewater-pumps.com', postal_address: '1 Dock Road, Pune', double_opt_in: true, lead_alerts: true });
  const lead = await api('POST', '/leads', {
    ...person(), first_name: NAME, company_name: LONG, lead_source: 'referral', campaign: 'spring', gdpr_consent: true,
  });
  const [me] = (await api('GET', '/users')).items.filter(({ role }) => role === 'admin');
  const asked = await fetch(`${BASE}/sign-in`, { method: 'POST', headers: { origin: BASE }, body: new URLSearchParams({ email: me.email }) });
  assert.equal(asked.status, 200);
  await api('POST', '/sequences/run');
  await api('PATCH', '/settings', { double_opt_in: false, lead_alerts: false });
  for (const kind of Object.keys(SHOWN)) {
    const { items: [mail] } = await api('GET', `/mails?kind=${kind}${kind === 'sign_in' ? '' : `&lead_id=${lead.id}`}`);
    const answer = await fetch(`${BASE}/outbox/${process.env.LEADGATE_COMPANY}/${mail.id}/body`);
    assert.equal(answer.status, 200, kind);
    bodies[kind] = await answer.text();
  }
});

for (const kind of Object.keys(SHOWN)) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [320, 1280]) {
      test(`the mail of the kind ${kind} at ${width} px, ${colorScheme}`, () => visit({ colorScheme, viewport: { width, height: 700 } }, async (page) => {
        const asked = await show(page, bodies[kind]);
        await fits(page, width);
        await accessible(page, 'as it arrives', WCAG);
        assert.deepEqual(await faint(page), [], 'words that can hardly be read');
        const text = await page.evaluate(() => document.body.innerText);
        assert.ok(text.includes(SHOWN[kind]), text);
        assert.equal(await page.evaluate(() => 'struck' in window), false, 'a hostile value ran');
        assert.deepEqual(asked, [], 'nothing is fetched');
      }));
    }
  }
}
