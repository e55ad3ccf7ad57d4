// How the form looks, with what the core says of its contrast.
import { act, el } from './editor-controls.js';

const COLOURS = [
  ['accent', 'Buttons and links'], ['on_accent', 'Words on buttons'], ['text', 'Words'], ['surface', 'Behind the form'],
  ['field', 'Behind answers'], ['line', 'Borders'], ['error', 'Errors'],
];

/** The section of the look; `tellContrast` is where the verdicts go. */
export function lookSection({ model, controls, again }) {
  const { theme } = model;
  const place = (member) => () => `/definition/theme/${member}`;
  const verdicts = el('div', { class: 'wide', id: 'contrast', tabindex: '0', role: 'region', 'aria-label': 'Contrast of the colours' });
  return el('section', { class: 'sheeted', 'aria-labelledby': 'look-title' },
    el('h2', { id: 'look-title' }, 'Look'),
    el('p', { class: 'hint' }, 'What is left out has the widget’s own colour, in light and in dark.'),
    el('div', { class: 'two' }, COLOURS.map(([member, label]) => colour(controls, theme, member, label, place(member), again))),
    el('div', { class: 'two' },
      controls.text(theme, 'radius', 'Round corners, in pixels', place('radius'), { inputmode: 'numeric', hint: '0 to 32' }),
      controls.text(theme, 'font', 'Typefaces', place('font'), { hint: 'Parted by commas' }),
      controls.choice(theme, 'mode', 'Light or dark', place('mode'), [['', 'As the visitor’s device is'], ['light', 'Always light'], ['dark', 'Always dark']])),
    verdicts);
}

function colour(controls, theme, member, label, pointer, again) {
  const field = controls.text(theme, member, label, pointer, {
    key: `theme-${member}`, spellcheck: 'false', placeholder: '#rrggbb',
    then: (value) => {
      if (/^#[\da-f]{6}$/i.test(value)) picker.value = value;
      picker.classList.toggle('unset', !value);
    },
  });
  const text = field.querySelector('input');
  // A picker always has a colour: while none is chosen it must not look as if black was.
  const picker = el('input', { type: 'color', class: text.value ? null : 'unset', 'aria-label': `${label}: pick a colour` });
  if (/^#[\da-f]{6}$/i.test(text.value)) picker.value = text.value;
  picker.addEventListener('input', () => {
    text.value = picker.value;
    text.dispatchEvent(new Event('input', { bubbles: true }));
  });
  const clear = act('Clear', `theme-${member}-clear`, () => {
    theme[member] = '';
    again(`theme-${member}`);
  }, { 'aria-label': `Clear ${label}` });
  text.replaceWith(el('div', { class: 'colour' }));
  field.querySelector('.colour').append(picker, text, clear);
  return field;
}

/** Shows what the core says of each pair of colours that meet. */
export function tellContrast(contrasts) {
  const box = document.getElementById('contrast');
  if (!box || !contrasts.length) return;
  const failed = contrasts.filter(({ passes }) => !passes);
  const caption = failed.length
    ? `Contrast: ${failed.length} of ${contrasts.length} pairs are hard to tell apart`
    : `Contrast: all ${contrasts.length} pairs can be told apart`;
  const row = ({ what, scheme, ratio, least, passes, reason }) => el('tr', { class: passes ? null : 'fails' },
    el('th', { scope: 'row' }, what, !passes && el('span', { class: 'why' }, ` ${reason}`)),
    el('td', {}, scheme), el('td', { class: 'number' }, `${ratio.toFixed(2)}:1`),
    el('td', {}, passes ? 'Enough' : `Too little, ${least}:1 is needed`));
  box.replaceChildren(el('table', {},
    el('caption', {}, el('span', {}, caption)),
    el('thead', {}, el('tr', {}, ['Where', 'Scheme', 'Contrast', 'Verdict'].map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, [...failed, ...contrasts.filter(({ passes }) => passes)].map(row))));
}
