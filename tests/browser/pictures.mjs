// Takes the README's pictures anew: `cargo xtask pictures`. No test; each picture is one, so that what goes wrong is told.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { THREE_STEPS, press, tag } from './form_stage.mjs';
import { inside } from './signed_in.mjs';
import { BASE, DEMO, api, customerPage, newForm, open, visit } from './stage.mjs';

const path = (name) => fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
const WIDE = { width: 760, height: 620 };

const ANSWERS = { first_name: 'Asha', company_name: 'Tidewater Pumps', email: 'asha@gmial.com', phone: '12' };
const submission = (n) => ({
  first_name: 'Asha', last_name: 'Verma', company_name: `Kaveri Mills ${n}`, email: `asha@kaveri${n}-mills.com`, phone: `+9198200000${10 + n}`,
});

let form;
before(async () => {
  form = await newForm('Plan your project', THREE_STEPS);
  const headers = { 'content-type': 'application/json' };
  const seen = (told) => fetch(`${form.url}/seen`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(told) });
  for (const field of ['wish', 'users', 'email', 'phone', 'phone']) await seen({ view: true, start: true, field });
  for (let n = 0; n < 9; n += 1) await seen({ view: true });
  for (const [n, campaign] of ['spring fair', 'spring fair', 'autumn', 'webinar'].entries()) {
    const body = JSON.stringify({ ...submission(n), wish: 'buy', users: '12', utm_campaign: campaign, utm_source: 'newsletter' });
    const sent = await fetch(form.url, { method: 'POST', headers, body });
    assert.equal(sent.status, 202, await sent.text());
  }
});

/** The widget alone on a page with our look, once it has its form. */
async function formPage(page, lang = 'en') {
  const html = `<!doctype html><html lang="${lang}"${lang === 'ar' ? ' dir="rtl"' : ''}><head><meta charset="utf-8"><title>A form</title>
    <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
    <link rel="stylesheet" href="${BASE}/w/1/page.css"><script type="module" src="${BASE}/w/1/lead-form.js" async></script></head>
    <body><main>${tag(form)}</main></body></html>`;
  await open(page, await customerPage(page, '/picture.html', html));
}

const shot = (page, name, options = {}) => page.screenshot({ path: path(name), animations: 'disabled', ...options });

/** To the last step, with two answers that are wrong. */
async function wrong(page) {
  await page.locator('[name=wish][value=ask]').check();
  await press(page);
  for (const [name, value] of Object.entries(ANSWERS)) await page.locator(`[name="${name}"]`).fill(value);
  await page.locator('.lf-suggestion').waitFor();
  await press(page);
  await page.getByRole('alert').waitFor();
}

test('the form', () => visit({ viewport: WIDE }, async (page) => {
  await formPage(page);
  await shot(page, 'form-light');
}));

test('in the dark', () => visit({ viewport: WIDE, colorScheme: 'dark' }, async (page) => {
  await formPage(page);
  await page.locator('[name=wish][value=buy]').check();
  await shot(page, 'form-dark', { fullPage: true });
}));

test('its errors', () => visit({ viewport: WIDE }, async (page) => {
  await formPage(page);
  await wrong(page);
  await shot(page, 'form-errors', { fullPage: true });
}));

test('narrow', () => visit({ viewport: { width: 320, height: 640 } }, async (page) => {
  await formPage(page);
  await wrong(page);
  await shot(page, 'form-320', { fullPage: true });
}));

test('from right to left', () => visit({ viewport: WIDE, locale: 'ar-EG' }, async (page) => {
  await formPage(page, 'ar');
  await shot(page, 'form-rtl');
}));

test('in a customer’s page', () => visit({}, async (page) => {
  await open(page, `${DEMO}/`);
  await shot(page, 'demo', { fullPage: true });
}));

test('the console', () => inside({ viewport: { width: 1280, height: 640 } }, async (page) => {
  await page.goto(`${BASE}/console/forms`);
  await shot(page, 'console');
}));

test('the numbers of a form', () => inside({ viewport: { width: 1280, height: 1000 }, colorScheme: 'dark' }, async (page) => {
  await page.goto(`${BASE}/console/forms/${form.id}?days=7`);
  await shot(page, 'console-numbers-dark');
}));

test('the editor', () => inside({ viewport: { width: 1280, height: 860 } }, async (page) => {
  await page.goto(`${BASE}/console/forms/${form.id}/edit`);
  await page.locator('#state', { hasText: 'Nothing stands in the way of saving.' }).waitFor();
  const field = page.locator('.card', { has: page.locator('.card-name', { hasText: /^How many people will use it\?$/ }) });
  await field.locator('summary').click();
  await field.evaluate((card) => card.closest('fieldset').scrollIntoView());
  const framed = page.frameLocator('#preview iframe');
  await framed.locator('[name=wish][value=buy]').check();
  await shot(page, 'editor');
}));

test('a mail, and how it looks', async () => {
  await api('PATCH', '/settings', { mail_address: 'hello@tidewater-pumps.com', mail_name: 'Tidewater Pumps', postal_address: '1 Dock Road, Pune' });
  const body = '<p>Hello {{lead.first_name}},</p><p>you asked how {{lead.company_name}} could pump less and irrigate more. '
    + '<a href="https://tidewater-pumps.com/guide">Our guide</a> shows it on four pages.</p><h2>What is in it</h2>'
    + '<ul><li>What a pump costs over ten years</li><li>Three farms that changed theirs</li></ul><p>Would Thursday suit you for a call?</p>';
  const subject = '{{lead.first_name}}, a guide for {{lead.company_name}}';
  const step = { step_number: 1, delay_days: 0, subject, body, body_text: 'Hello {{lead.first_name}}' };
  const sequence = await api('POST', '/sequences', { name: 'A guide', trigger_event: 'lead_created', steps: [step] });
  const lead = await api('POST', '/leads', { ...submission(9), company_name: 'Kaveri Mills', lead_source: 'referral', campaign: 'spring' });
  const { mail_id: id } = await api('POST', `/sequences/${sequence.id}/test`, { step_number: 1, lead_id: lead.id });
  const mail = `${BASE}/outbox/${process.env.LEADGATE_COMPANY}/${id}`;
  await visit({ viewport: { width: 1040, height: 900 } }, async (page) => {
    await page.goto(mail);
    await shot(page, 'outbox');
  });
  await visit({ viewport: { width: 320, height: 520 }, colorScheme: 'dark' }, async (page) => {
    await page.goto(`${mail}/body`);
    await shot(page, 'mail-dark-320');
  });
});
