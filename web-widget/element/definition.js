// Fetching a form's definition and what its rendering needs, and what a page gives its fields beforehand.
import { request } from './transport.js';
import { wordsFor } from './words.js';

/**
 * The definition of the form at `url` for the language `locale`, the words and, where a field asks for a country, what
 * offers them.
 * Rejects where the edge does not answer with one. A `draft` is taken in its place.
 */
export async function load(url, locale, signal, draft) {
  const definition = draft ?? await fetched(url, locale, signal);
  const wanted = definition.fields.some(({ type }) => type === 'country');
  const [words, offer] = await Promise.all([
    wordsFor(definition.locale),
    wanted ? import('./countries.js').then((countries) => countries.offer, () => null) : null,
  ]);
  return { definition, words, offer };
}

async function fetched(url, locale, signal) {
  const asked = `${url}/definition${locale ? `?locale=${encodeURIComponent(locale)}` : ''}`;
  const answer = await request(asked, {}, signal);
  if (!answer.ok) throw new Error(`${answer.status} from ${asked}`);
  return answer.json();
}

/**
 * What the page gives beforehand: `value-NAME` attributes of `element`; from the page's address hidden fields, and those
 * other fields that its attribute `prefill` names. Never a consent.
 */
export function givenFor(element, { fields }) {
  const query = new URL(location.href).searchParams;
  const open = new Set((element.getAttribute('prefill') ?? '').split(/[\s,]+/));
  const given = {};
  for (const { name, type } of fields) {
    if (type === 'consent') continue;
    const fromQuery = type === 'hidden' || open.has(name) ? query.getAll(name) : [];
    const value = element.getAttribute(`value-${name}`) ?? (type === 'choices' && fromQuery.length ? fromQuery : fromQuery[0]);
    if (value != null) given[name] = value;
  }
  return given;
}

/** The theme's tokens as custom properties of `element`; by script, since a strict policy allows no style attributes. */
export function dress(element, theme = {}) {
  const { mode, radius, ...tokens } = theme;
  for (const [name, value] of Object.entries(tokens)) {
    if (value) element.style.setProperty(`--lf-${name.replace('_', '-')}`, value);
  }
  if (radius != null) element.style.setProperty('--lf-radius', `${radius}px`);
  if (mode && mode !== 'auto') element.style.colorScheme = mode;
}
