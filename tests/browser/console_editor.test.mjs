// The editor of a form: by keyboard, light and dark, narrow and wide, with and without a script; what it saves, says and shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inside } from './signed_in.mjs';
import { BASE, accessible, api, fill, leadsOf, newForm, person, picture } from './stage.mjs';

const named = (name, type, label) => ({ name, type, label, required: true });

/** Two steps, a condition, and words in another language. */
const DEFINITION = {
  title: 'Ask us', submit: 'Send',
  fields: [
    named('first_name', 'text', 'First name'), named('last_name', 'text', 'Last name'), named('company_name', 'text', 'Company'),
    named('email', 'email', 'E-mail'), named('phone', 'phone', 'Phone'),
    { name: 'team', type: 'choice', label: 'Team', options: [{ value: 'sales', label: 'Sales' }, { value: 'it', label: 'IT' }] },
    { name: 'seats', type: 'number', label: 'Seats', min: 1, max: 500, show: { all: [{ field: 'team', op: 'is', value: 'sales' }] } },
  ],
  steps: [{ fields: ['first_name', 'last_name', 'company_name', 'email', 'phone'] }, { title: 'Your need', fields: ['team', 'seats'] }],
  thanks: { title: 'Thank you', message: 'We will write.' },
  consent: { version: '1', text: 'You may write to me.' },
  translations: { de: { '/title': 'Fragen Sie uns', '/fields/5/label': 'Abteilung', '/fields/5/options/1/label': 'EDV' } },
};

const standing = ({ id }) => api('GET', `/forms/${id}`);
const said = (page) => page.locator('#said');
const ready = (page) => page.locator('#state', { hasText: 'Nothing stands in the way of saving.' }).waitFor();
const card = (page, name) => page.locator('.card', { has: page.locator('.card-name', { hasText: new RegExp(`^${name}$`) }) });
const framed = (page) => page.frameLocator('#preview iframe');

/** Opens the editor of a new form and waits until the edge has judged what stands there. */
async function edit(page, name) {
  const form = await newForm(name, DEFINITION);
  await page.goto(`${BASE}/console/forms/${form.id}/edit`);
  await ready(page);
  return form;
}

async function save(page) {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await said(page).waitFor();
}

/** The words beside a control, as assistive technology finds them. */
const beside = (control) => control.evaluate((element) => {
  const ids = (element.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id.endsWith('wrong') || id.endsWith('error'));
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join('');
});

async function fits(page, state) {
  await accessible(page, state);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${state} is ${wide} px too wide`);
  const small = await page.evaluate(() => [...document.querySelectorAll('a, button, input:not([type=hidden], [type=checkbox]), select, textarea, summary')]
    .filter((target) => target.checkVisibility()).map((target) => [target.outerHTML.slice(0, 90), target.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24).map(([name]) => name));
  assert.deepEqual(small.filter((name) => !name.includes('skip')), [], `targets below 24 px: ${state}`);
  await picture(page, state);
}

for (const colorScheme of ['light', 'dark']) {
  for (const [screen, viewport] of Object.entries({ narrow: { width: 320, height: 640 }, wide: { width: 1280, height: 900 } })) {
    test(`the editor is for everyone, ${screen}, ${colorScheme}`, () => inside({ colorScheme, viewport }, async (page) => {
      const name = (state) => `editor ${state} ${screen} ${colorScheme}`;
      await edit(page, `Editor ${screen} ${colorScheme}`);
      await framed(page).getByRole('heading', { name: 'Ask us' }).waitFor();
      await fits(page, name('fresh'));
      await card(page, 'Seats').locator('summary').click();
      await page.locator('.language summary').click();
      await page.getByLabel('Offer a link to book an appointment').check();
      await page.locator('#state', { hasText: 'to be mended' }).waitFor();
      await fits(page, name('open'));
      await save(page);
      await page.locator('#state', { hasText: 'to be mended' }).waitFor();
      await fits(page, name('refused'));
    }));
  }
}

test('a form is edited by keyboard alone, and saving makes a new version', () => inside({}, async (page) => {
  const form = await edit(page, 'Keyboard');
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  /** Goes on by Tab until something with these words has the focus. */
  const reach = async (words) => {
    for (let steps = 0; steps < 120; steps += 1) {
      await press('Tab');
      const name = await page.evaluate(() => {
        const at = document.activeElement;
        return at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent;
      });
      if (name.trim().startsWith(words)) return;
    }
    assert.fail(`${words} cannot be reached by Tab`);
  };
  await page.locator('#name').focus();
  await reach('Heading');
  await press('ControlOrMeta+a');
  await page.keyboard.type('Talk to us');
  await reach('Team');
  await press('Enter');
  await reach('Question');
  await press('ControlOrMeta+a');
  await page.keyboard.type('Division');
  await reach('Move Division down');
  await press('Enter');
  // It is the last one now: the focus goes to the way back up.
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Move Division up');
  await press('Enter');
  await reach('Add to this step');
  await page.keyboard.type('Job');
  await reach('Add the field');
  await press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.value), 'Job title');
  await ready(page);
  await reach('Save');
  await press('Enter');
  await said(page).filter({ hasText: 'version 2' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'said');
  const { definition, definition_version: version } = await standing(form);
  assert.equal(version, 2);
  assert.equal(definition.title, 'Talk to us');
  assert.deepEqual(definition.steps[1].fields, ['team', 'seats', 'job_title']);
  assert.equal(definition.fields.find(({ name }) => name === 'team').label, 'Division');
}));

test('nothing changes where nothing was changed', () => inside({}, async (page) => {
  const form = await edit(page, 'Unchanged');
  const before = await standing(form);
  await save(page);
  assert.deepEqual(await standing(form), before);
}));

test('translations move and go with their fields', () => inside({}, async (page) => {
  const form = await edit(page, 'Translations');
  await page.getByRole('button', { name: 'Move Team up' }).click();
  await page.getByRole('button', { name: 'Remove Seats' }).click();
  await page.getByRole('button', { name: 'Remove step 2' }).click();
  await page.locator('.language summary').click();
  await page.getByRole('textbox', { name: 'Phone' }).last().fill('Telefon');
  await save(page);
  const { definition } = await standing(form);
  assert.deepEqual(definition.steps.map(({ fields }) => fields), [['first_name', 'last_name', 'company_name', 'email', 'phone', 'team']]);
  assert.deepEqual(definition.translations, {
    de: { '/title': 'Fragen Sie uns', '/fields/4/label': 'Telefon', '/fields/5/label': 'Abteilung', '/fields/5/options/1/label': 'EDV' },
  });
}));

test('what is refused is told beside its control, and led to', () => inside({}, async (page) => {
  const form = await edit(page, 'Refusals');
  await card(page, 'Seats').locator('summary').click();
  const least = page.getByLabel('Least');
  await least.fill('many');
  await page.locator('#allowed_origins').fill('https://www.example.com/page');
  await page.locator('#state', { hasText: '2 things are to be mended' }).waitFor();
  assert.match(await beside(least), /whole number/i);
  assert.notEqual(await beside(page.locator('#allowed_origins')), '');
  assert.equal(await least.getAttribute('aria-invalid'), 'true');
  await save(page);
  // The page came anew: what was typed stands there, and the summary has the focus.
  assert.equal(await page.evaluate(() => document.activeElement.id), 'said');
  await page.locator('#said a', { hasText: '/definition/fields/6/min' }).click();
  assert.equal(await page.evaluate(() => document.activeElement.value), 'many');
  assert.match(await beside(page.locator(':focus')), /whole number/i);
  assert.equal((await standing(form)).version, 1);
}));

test('conditions are built from rows, and a wrong one is told at its row', () => inside({}, async (page) => {
  const form = await edit(page, 'Conditions');
  await card(page, 'Seats').locator('summary').click();
  const shown = page.getByRole('group', { name: 'Show it only where' });
  await shown.getByLabel('Value').selectOption('it');
  await shown.getByRole('button', { name: 'Add a condition' }).click();
  await shown.getByLabel('Answer').last().selectOption('company_name');
  await shown.getByLabel('Test').last().selectOption('in');
  await shown.getByLabel('Value').last().fill('');
  await page.locator('#state', { hasText: 'to be mended' }).waitFor();
  await shown.getByLabel('Value').last().fill('Acme, Globex');
  await shown.getByLabel('Where').selectOption('any');
  await ready(page);
  await save(page);
  const { definition } = await standing(form);
  assert.deepEqual(definition.fields[6].show, {
    any: [{ field: 'team', op: 'is', value: 'it' }, { field: 'company_name', op: 'in', value: ['Acme', 'Globex'] }],
  });
}));

test('the preview is the widget, and follows what is typed', () => inside({ viewport: { width: 1280, height: 860 } }, async (page) => {
  await edit(page, 'Preview');
  const preview = framed(page);
  await preview.getByRole('heading', { name: 'Ask us' }).waitFor();
  await fill({ locator: (selector) => preview.locator(selector) }, { first_name: 'Asha' });
  await page.getByLabel('Heading').first().fill('Ask away');
  await preview.getByRole('heading', { name: 'Ask away' }).waitFor();
  assert.equal(await preview.locator('[name=first_name]').inputValue(), 'Asha', 'what was typed in it is kept');
  await card(page, 'Seats').locator('summary').click();
  await page.getByRole('group', { name: 'Step 2 of 2' }).evaluate((step) => step.scrollIntoView());
  await picture(page, 'editor', {});
  await page.getByLabel('Language', { exact: true }).selectOption('de');
  await preview.getByRole('heading', { name: 'Fragen Sie uns' }).waitFor();
  // A draft that is refused leaves the last good one there.
  await page.getByLabel('Button', { exact: true }).fill('');
  await page.locator('#state', { hasText: 'to be mended' }).waitFor();
  await preview.getByRole('heading', { name: 'Fragen Sie uns' }).waitFor();
}));

test('colours that cannot be told apart are said to be so', () => inside({}, async (page) => {
  await edit(page, 'Contrast');
  const contrast = page.locator('#contrast');
  await contrast.getByText('all 14 pairs can be told apart').waitFor();
  await page.getByLabel('Buttons and links', { exact: true }).fill('#ffe14d');
  await contrast.getByText('2 of 14 pairs are hard to tell apart').waitFor();
  await contrast.getByText('has 1.30:1').first().waitFor();
  await page.getByLabel('Light or dark').selectOption('dark');
  await contrast.getByText('all 7 pairs can be told apart').waitFor();
}));

test('a trial of the saved form is kept as a test, makes no lead and counts nowhere', () => inside({}, async (page) => {
  const form = await edit(page, 'Trials');
  const preview = framed(page);
  const inPreview = { locator: (selector) => preview.locator(selector) };
  const answers = person();
  const totals = () => api('GET', '/leads?limit=1').then(({ items }) => items);
  const before = await totals();
  const send = async () => {
    await preview.getByRole('heading', { name: 'Ask us' }).waitFor();
    await fill(inPreview, answers);
    await preview.locator('[type=submit]').click();
    await preview.getByRole('heading', { name: 'Your need' }).waitFor();
    await preview.locator('[type=submit]').click();
  };
  await send();
  await preview.getByText('Kept as a test').waitFor();
  await preview.locator('.lf-done:not([hidden])').waitFor();
  const { items } = await api('GET', `/forms/${form.id}/submissions`);
  assert.deepEqual(items.map(({ is_test: test, lead_id: lead }) => ({ test, lead })), [{ test: true, lead: null }]);
  assert.equal(items[0].submitted.email, answers.email);
  assert.deepEqual(await leadsOf(answers.email), []);
  assert.deepEqual(await totals(), before);
  const stats = await form.stats(form.id);
  const { views, starts, submissions, leads } = stats.total;
  assert.deepEqual({ views, starts, submissions, leads }, { views: 0, starts: 0, submissions: 0, leads: 0 });
  // A draft is judged alike, and leaves nothing.
  await page.getByLabel('Message', { exact: true }).fill('Soon.');
  await preview.getByText('This draft is not saved').waitFor();
  await send();
  await preview.getByText('not kept: save it').waitFor();
  assert.equal((await api('GET', `/forms/${form.id}/submissions`)).items.length, 1);
}));

test('whoever saves over somebody else is told, and loses nothing', () => inside({}, async (page) => {
  const form = await edit(page, 'Stale');
  await page.getByLabel('Heading').first().fill('Mine');
  await ready(page);
  await api('PATCH', `/forms/${form.id}`, { name: 'Theirs' });
  await save(page);
  await said(page).getByText('Somebody else saved this form meanwhile').waitFor();
  assert.equal((await standing(form)).name, 'Theirs');
  assert.equal(await page.getByLabel('Heading').first().inputValue(), 'Mine');
  await ready(page);
  await save(page);
  await said(page).filter({ hasText: 'Saved.' }).waitFor();
  assert.equal((await standing(form)).definition.title, 'Mine');
}));

test('without a script the definition is edited as JSON, and refusals name their places', () => inside({ javaScriptEnabled: false }, async (page) => {
  const form = await newForm('Plain', DEFINITION);
  await page.goto(`${BASE}/console/forms/${form.id}/edit`);
  const area = page.locator('#definition');
  const text = await area.inputValue();
  await area.fill(text.replace('"Ask us"', '"Ask us" oops'));
  await save(page);
  assert.match(await page.locator('#definition-error').innerText(), /no JSON.*line 2/s);
  await area.fill(text.replace('"email"', '"e-mail"').replace('"Ask us"', '"Ask & <us>"'));
  await save(page);
  assert.match(await page.locator('#definition-error').innerText(), /\/definition\//);
  assert.match(await area.inputValue(), /Ask & <us>/, 'what was typed is kept');
  await area.fill(text.replace('"Ask us"', '"Ask & <us>"'));
  await save(page);
  assert.match(await said(page).innerText(), /Saved/);
  assert.equal((await standing(form)).definition.title, 'Ask & <us>');
}));
