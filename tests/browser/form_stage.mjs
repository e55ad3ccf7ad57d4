// What the tests of rendered forms share: a form of three steps with conditions, and a customer's page that shows it.
import { BASE, DEMO, customerPage, newForm, open } from './stage.mjs';

const field = (name, type, label, more = {}) => ({ name, type, label, ...more });
const of = (value) => ({ field: 'wish', op: 'is', value });

/** The wish, what only buyers are asked, who it is. */
export const THREE_STEPS = {
  title: 'Plan your project',
  intro: 'Three short steps. A person answers within one working day.',
  submit: 'Send the plan',
  locale: 'en',
  fields: [
    field('wish', 'choice', 'What brings you here?', {
      required: true, options: [{ value: 'buy', label: 'I want to buy' }, { value: 'ask', label: 'I have a question' }],
    }),
    field('users', 'number', 'How many people will use it?', {
      help: 'A rough guess is fine.', min: 1, max: 5000, show: of('buy'), require: of('buy'),
    }),
    field('topics', 'choices', 'What is it about?', {
      options: [{ value: 'price', label: 'Prices' }, { value: 'setup', label: 'Setting it up' }],
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
    { title: 'The plan', fields: ['topics', 'start', 'message'], skip: of('ask') },
    { title: 'About you', fields: ['first_name', 'last_name', 'company_name', 'email', 'phone', 'country', 'gdpr_consent', 'utm_campaign'] },
  ],
  thanks: {
    title: 'Thank you', message: 'We read your plan and write to you.',
    booking: { url: 'https://calendar.example.com/us', label: 'Book a call', when: of('buy') },
  },
  consent: { version: '1', text: 'You may write to me about your products. I can take this back at any time.' },
  keep_partial: true,
  translations: {
    ar: {
      '/title': 'خطط لمشروعك', '/intro': 'ثلاث خطوات قصيرة.', '/submit': 'إرسال الخطة', '/steps/0/title': 'رغبتك',
      '/fields/0/label': 'ما الذي أتى بك إلى هنا؟', '/fields/0/options/0/label': 'أريد الشراء', '/fields/0/options/1/label': 'لدي سؤال',
    },
    de: { '/title': 'Planen Sie Ihr Vorhaben', '/submit': 'Plan senden', '/steps/0/title': 'Ihr Wunsch' },
  },
};

/** One step with what a lead needs. */
export const ONE_STEP = {
  title: 'Write to us',
  submit: 'Send',
  locale: 'en',
  fields: THREE_STEPS.fields.filter(({ name }) => ['first_name', 'last_name', 'company_name', 'email', 'phone', 'gdpr_consent', 'utm_campaign'].includes(name)),
  steps: [{ fields: ['first_name', 'last_name', 'company_name', 'email', 'phone', 'gdpr_consent', 'utm_campaign'] }],
  thanks: { title: 'Thank you', message: 'We will write to you.' },
  consent: THREE_STEPS.consent,
};

const made = new Map();

/** The form of that definition, made once. */
export async function formOf(definition) {
  if (!made.has(definition)) made.set(definition, newForm('Rendered', definition));
  return made.get(definition);
}

/** The tag as the snippet has it, with a link for pages without JavaScript. */
export const tag = ({ key, url }, attributes = '') => `<lead-form form="${key}" ${attributes}><a href="${url}">Open the form</a></lead-form>`;

/** A customer's page around `body`; `lang` is its language. */
export const pageAround = (body, lang = 'en', head = '') => `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>A customer</title>
  <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
  <link rel="icon" href="data:,">${head}<script type="module" src="${BASE}/w/1/lead-form.js" async></script></head>
  <body><main><h1>A customer</h1>${body}</main></body></html>`;

let pages = 0;

/** Opens a customer's page with the form and waits until it is ready; gives the form. */
export async function show(page, definition, { attributes = '', lang = 'en', query = '', headers = {}, head = '' } = {}) {
  const form = await formOf(definition);
  pages += 1;
  const path = `/rendered-${pages}.html`;
  await customerPage(page, `${path}*`, pageAround(tag(form, attributes), lang, head), headers);
  await open(page, `${DEMO}${path}${query}`);
  return form;
}

/** Fills the last step of the form. */
export async function about(page, answers) {
  for (const [name, value] of Object.entries(answers)) await page.locator(`lead-form [name="${name}"]`).fill(value);
}

/** A step opens in a task of its own: waits until those that were asked for are over. Where the page is left, there are none. */
const settled = (page) => page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 5); })).catch(() => {});

/** Presses the button that goes on or sends. */
export async function press(page) {
  await page.locator('lead-form [type=submit]').click();
  await settled(page);
}

/** The heading of the step that is shown. */
export async function heading(page) {
  await settled(page);
  return page.locator('lead-form .lf-section:not([hidden]) .lf-step-title').innerText();
}

/** Collects the submissions to `form` that leave `page`. */
export function sentTo(page, form) {
  const sent = [];
  page.on('request', (request) => {
    if (request.method() !== 'POST' || request.url() !== form.url) return;
    sent.push({ key: request.headers()['idempotency-key'], values: request.postDataJSON() });
  });
  return sent;
}
