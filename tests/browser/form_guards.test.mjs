// What a form may ask for besides the answers: a proof of work, Turnstile's word. Whatever becomes of them, it is sent.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { BASE, accessible, leadOf, person, thanked, visit } from './stage.mjs';
import { ONE_STEP, about, formOf, press, sentTo, show } from './form_stage.mjs';

const WORK = { ...ONE_STEP, proof_of_work: { difficulty: 3000 } };
const VOUCHED = { ...ONE_STEP, turnstile_site_key: '0x4AAAAAAAtests' };
const BOTH = { ...WORK, turnstile_site_key: VOUCHED.turnstile_site_key };

/** What the proofs told against the lead of that address. */
const held = async (email) => (await leadOf(email)).spam_reasons.map(({ rule, points }) => `${rule} ${points}`)
  .filter((reason) => /proof|turnstile/.test(reason));

/** The Workers that the page starts. */
function workersOf(page) {
  const started = [];
  page.on('worker', (worker) => started.push(worker.url()));
  return started;
}

const kept = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('lead-form:queue') ?? '[]'));
const queued = (page) => page.waitForFunction(() => localStorage.getItem('lead-form:queue'));

/** Holds the requests to `address` back until what it gives is called. */
async function hold(page, address) {
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await page.route(address, async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  return release;
}

test('a proof of work is made in a Worker, on another origin too, and the edge takes it', () => visit({}, async (page) => {
  const form = await show(page, WORK);
  const [workers, sent, answers] = [workersOf(page), sentTo(page, form), person()];
  await about(page, answers);
  assert.deepEqual(workers, [], 'not before it is wanted');
  await press(page);
  await thanked(page);
  assert.equal(workers.length, 1);
  assert.match(workers[0], /^blob:/);
  const { algorithm, number } = JSON.parse(atob(sent[0].values.altcha));
  assert.deepEqual([algorithm, Number.isInteger(number)], ['SHA-256', true]);
  assert.deepEqual(await held(answers.email), []);
}));

test('on our own page the Worker is a file of ours, and nothing is refused', () => visit({}, async (page) => {
  const { url } = await formOf(WORK);
  await page.addInitScript(() => {
    window.refused = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => window.refused.push(violatedDirective));
  });
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector('lead-form .lf-voice'));
  const [workers, answers] = [workersOf(page), person()];
  await about(page, answers);
  await press(page);
  await thanked(page);
  assert.equal(workers.length, 1);
  assert.match(workers[0], new RegExp(`^${BASE}/w/1/[0-9a-f]{12}/pow\\.worker\\.js$`));
  assert.deepEqual(await page.evaluate(() => window.refused), []);
  assert.deepEqual(await held(answers.email), []);
}));

test('where the page allows no Worker, it is made in small portions on the page', () => visit({}, async (page) => {
  const policy = `default-src 'none'; script-src ${BASE} 'unsafe-inline' 'wasm-unsafe-eval'; style-src ${BASE}; connect-src ${BASE}; img-src data:`;
  const form = await show(page, WORK, { headers: { 'content-security-policy': policy } });
  const [workers, sent, answers] = [workersOf(page), sentTo(page, form), person()];
  await about(page, answers);
  await press(page);
  await thanked(page);
  assert.deepEqual(workers, []);
  assert.ok(sent[0].values.altcha);
  assert.deepEqual(await held(answers.email), []);
}));

test('without a challenge the form is sent all the same, and the reasons say so', () => visit({}, async (page) => {
  const form = await show(page, WORK);
  await page.route('**/challenge', (route) => route.abort('connectionfailed'));
  const [sent, answers] = [sentTo(page, form), person()];
  await about(page, answers);
  await press(page);
  await thanked(page);
  assert.equal('altcha' in sent[0].values, false);
  assert.deepEqual(await held(answers.email), ['spam.proof_missing 40']);
}));

test('a page that is closed while the proof is made loses nothing: it is made anew on the next visit', () => visit({}, async (page) => {
  const form = await show(page, WORK);
  const release = await hold(page, '**/challenge');
  const [sent, answers] = [sentTo(page, form), person()];
  await about(page, answers);
  await press(page);
  await queued(page);
  const [entry] = await kept(page);
  await page.unroute('**/challenge');
  await page.reload();
  release();
  await page.locator('.lf-notice').getByText('Your earlier answers have been sent.').waitFor();
  assert.deepEqual(sent.map(({ key }) => key), [entry.key], 'under its own key');
  assert.equal('altcha' in entry.values, false);
  assert.deepEqual(await held(answers.email), []);
}));

test('an edit while the proof is made takes the sending back', () => visit({}, async (page) => {
  const form = await show(page, WORK);
  const release = await hold(page, '**/challenge');
  const [sent, answers] = [sentTo(page, form), person()];
  await about(page, answers);
  await press(page);
  await queued(page);
  await page.locator('[name=first_name]').fill('Asha Rani');
  assert.deepEqual(await kept(page), []);
  assert.equal(await page.locator('lead-form [type=submit]').getAttribute('aria-disabled'), null);
  await page.unroute('**/challenge');
  release();
  await press(page);
  await thanked(page);
  assert.deepEqual(sent.map(({ values }) => values.first_name), ['Asha Rani']);
  assert.deepEqual(await held(answers.email), []);
}));

// --- Turnstile -----------------------------------------------------------------------------------------------------

/** What Turnstile's verification was asked. */
const asked = [];
let peer;
before(async () => {
  peer = createServer(async (request, answer) => {
    const body = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    asked.push(body.get('response'));
    answer.setHeader('content-type', 'application/json').end(JSON.stringify({ success: body.get('response').startsWith('good') }));
  });
  await new Promise((resolve) => { peer.listen(Number(process.env.LEADGATE_TURNSTILE), '127.0.0.1', resolve); });
});
after(() => peer.close());

/** Turnstile's script as its documentation has it, as far as we call it: it `answers`, `asks` the visitor, `fails`, or is `silent`. */
const STAND_IN = `
  let count = 0;
  const boxes = new Map();
  window.turnstile = {
    render(box, settings) {
      if (box.getRootNode() !== document) throw new Error('it does not find itself in a shadow root');
      count += 1;
      const [id, token] = ['cf-' + count, 'good-' + count + Math.random()];
      const answer = () => settings.callback(token);
      window.rendered = settings;
      boxes.set(id, box);
      if (window.turnstileDoes === 'fails') setTimeout(() => settings['error-callback']('300030'));
      if (window.turnstileDoes === 'answers') setTimeout(answer);
      if (window.turnstileDoes === 'asks') setTimeout(() => {
        const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'I am a person' });
        const [width, height] = settings.size === 'compact' ? ['150px', '140px'] : ['100%', '65px'];
        Object.assign(button.style, { width, height, minWidth: settings.size === 'compact' ? '' : '300px' });
        button.addEventListener('click', () => {
          settings['after-interactive-callback']();
          answer();
        });
        box.append(button);
        settings['before-interactive-callback']();
      });
      return id;
    },
    remove(id) { boxes.get(id).replaceChildren(); boxes.delete(id); },
  };`;

/** What the page's Turnstile does. */
async function turnstile(page, does) {
  await page.addInitScript((what) => { window.turnstileDoes = what; }, does);
  await page.route('https://challenges.cloudflare.com/**', (route) => route.fulfill({ contentType: 'text/javascript', body: STAND_IN }));
}

test('Turnstile answers by itself: nothing moves, and the edge asks it once', () => visit({}, async (page) => {
  await turnstile(page, 'answers');
  const form = await show(page, VOUCHED);
  const release = await hold(page, ({ href }) => href === form.url);
  const [sent, answers] = [sentTo(page, form), person()];
  await about(page, answers);
  assert.equal(await page.evaluate(() => typeof window.turnstile), 'undefined', 'not before it is wanted');
  const height = () => page.locator('lead-form form').evaluate((element) => element.offsetHeight);
  const before = await height();
  await press(page);
  while (!sent.length) await page.waitForTimeout(20);
  assert.equal(await height(), before);
  release();
  await thanked(page);
  const token = sent[0].values['cf-turnstile-response'];
  assert.match(token, /^good-/);
  assert.equal(asked.filter((response) => response === token).length, 1);
  assert.deepEqual(await held(answers.email), []);
  assert.equal(await page.locator('.lf-vouch').count(), 0);
  assert.equal(await page.evaluate(() => window.rendered.sitekey), VOUCHED.turnstile_site_key);
}));

for (const [where, attributes] of [['the page', ''], ['a shadow root', 'render="shadow"']]) {
  test(`Turnstile asks the visitor: above the button, said politely, also at 320 px; in ${where}`, () => visit({ viewport: { width: 320, height: 800 } }, async (page) => {
    await turnstile(page, 'asks');
    const form = await show(page, VOUCHED, { attributes });
    const [sent, answers] = [sentTo(page, form), person()];
    await about(page, answers);
    await press(page);
    const check = page.getByRole('button', { name: 'I am a person' });
    await check.waitFor();
    assert.equal(await page.locator('lead-form [role=status]').first().textContent(), 'Please tick the box above the button. Then your answers are sent.');
    const [box, button, last] = await Promise.all([check, page.locator('lead-form [type=submit]'), page.locator('[name=gdpr_consent]')].map((of) => of.boundingBox()));
    assert.ok(last.y + last.height <= box.y && box.y + box.height <= button.y, JSON.stringify([last, box, button]));
    assert.ok(box.x >= 0 && box.x + box.width <= 320, JSON.stringify(box));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= 320), true);
    await accessible(page, 'asked by Turnstile');
    assert.equal(sent.length, 0);
    await check.press('Enter');
    await thanked(page);
    assert.match(sent[0].values['cf-turnstile-response'], /^good-/);
    assert.deepEqual(await held(answers.email), []);
  }));
}

for (const [what, does] of [['says that it failed', 'fails'], ['does not answer in time', 'silent']]) {
  test(`Turnstile ${what}: the form is sent all the same, and the reasons say so`, () => visit({}, async (page) => {
    await turnstile(page, does);
    if (does === 'silent') await page.clock.install();
    const form = await show(page, VOUCHED);
    const [sent, answers] = [sentTo(page, form), person()];
    await about(page, answers);
    await press(page);
    await page.waitForFunction(() => window.rendered);
    if (does === 'silent') await page.clock.fastForward(21_000);
    await thanked(page);
    assert.equal('cf-turnstile-response' in sent[0].values, false);
    assert.deepEqual(await held(answers.email), ['spam.turnstile_missing 40']);
  }));
}

test('Turnstile’s script is blocked, or never arrives: the form is sent all the same', () => visit({}, async (page) => {
  await page.route('https://challenges.cloudflare.com/**', (route) => route.abort('blockedbyclient'));
  await page.clock.install();
  const form = await show(page, VOUCHED);
  const [sent, answers] = [sentTo(page, form), person()];
  await about(page, answers);
  await press(page);
  await thanked(page);
  assert.deepEqual(await held(answers.email), ['spam.turnstile_missing 40']);
  await page.unroute('https://challenges.cloudflare.com/**');
  const asks = page.waitForRequest('https://challenges.cloudflare.com/**');
  await page.route('https://challenges.cloudflare.com/**', () => {});
  await page.reload();
  const others = person();
  await about(page, others);
  await press(page);
  await asks;
  await page.clock.fastForward(21_000);
  await thanked(page);
  assert.equal(sent.length, 2);
  assert.deepEqual(await held(others.email), ['spam.turnstile_missing 40']);
}));

test('another press asks anew: a word of Turnstile’s serves once', () => visit({}, async (page) => {
  await turnstile(page, 'answers');
  const form = await show(page, BOTH);
  const [sent, answers] = [sentTo(page, form), person()];
  await about(page, { ...answers, phone: '+999 1234567' });
  await press(page);
  await page.getByRole('alert').waitFor();
  await page.locator('[name=phone]').fill(answers.phone);
  await press(page);
  await thanked(page);
  assert.equal(sent.length, 2);
  for (const name of ['altcha', 'cf-turnstile-response']) {
    assert.equal(new Set(sent.map(({ values }) => values[name])).size, 2, name);
  }
  assert.deepEqual(await held(answers.email), []);
}));

test('on our own page Turnstile is asked too, and its policy allows it', () => visit({}, async (page) => {
  await turnstile(page, 'answers');
  const { url } = await formOf(VOUCHED);
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector('lead-form .lf-voice'));
  const answers = person();
  await about(page, answers);
  await press(page);
  await thanked(page);
  assert.deepEqual(await held(answers.email), []);
}));
