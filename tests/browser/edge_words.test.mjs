// Where the rules cannot be loaded the edge alone says what is wrong, and the visitor reads it in their own language, limits too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ONE_STEP, about, press, sentTo, show } from './form_stage.mjs';
import { errorOf, person, thanked, visit } from './stage.mjs';

const own = [
  { name: 'users', type: 'number', label: 'How many people?', min: 1, max: 5000 },
  { name: 'floor', type: 'number', label: 'Which floor?', min: 3 },
  { name: 'remark', type: 'text', label: 'A remark', max_length: 20 },
];
const DEFINITION = {
  ...ONE_STEP,
  fields: [...ONE_STEP.fields, ...own],
  steps: [{ fields: [...ONE_STEP.steps[0].fields, ...own.map(({ name }) => name)] }],
  translations: { de: { '/title': 'Schreiben Sie uns' }, ar: { '/title': 'اكتب لنا' } },
};

for (const [lang, long, much, little] of [
  ['de', 'Zu lang: bitte höchstens 20 Zeichen.', 'Bitte geben Sie höchstens 5000 ein.', 'Bitte geben Sie mindestens 3 ein.'],
  ['ar', /20/, /5000/, /3/],
]) {
  test(`the edge's errors are told in the visitor's language, ${lang}`, () => visit({}, async (page) => {
    await page.route('**/*.wasm', (route) => route.abort());
    const form = await show(page, DEFINITION, { lang });
    const sent = sentTo(page, form);
    const answers = person();
    await about(page, { ...answers, users: '6000', floor: '2', remark: 'r'.repeat(21) });
    await press(page);
    await page.getByRole('alert').waitFor();
    assert.equal(sent.length, 1, 'the edge was asked');
    for (const [name, words] of [['remark', long], ['users', much], ['floor', little]]) {
      const told = await errorOf(page, name);
      if (typeof words === 'string') assert.equal(told, words);
      else assert.match(told, words);
      assert.doesNotMatch(told, /allowed|at most|at least/i, 'English');
    }
    await about(page, { users: '500', floor: '4', remark: 'r' });
    await press(page);
    await thanked(page);
  }));
}
