// What visitors read, in their language. English is always there; other languages are loaded where they are wanted.
import { codes, texts } from './locales/en.json';

const OTHERS = {
  ar: () => import('./locales/ar.json'),
  de: () => import('./locales/de.json'),
  es: () => import('./locales/es.json'),
  fr: () => import('./locales/fr.json'),
  hi: () => import('./locales/hi.json'),
};

export const ENGLISH = { codes, texts };

/** The catalogue for a language tag: its language's, or English where there is none or it cannot be loaded. */
export async function wordsFor(tag) {
  try {
    return (await OTHERS[tag?.split('-')[0].toLowerCase()]?.())?.default ?? ENGLISH;
  } catch {
    return ENGLISH;
  }
}

/** `text` with each `{name}` replaced by `values[name]`; undefined where a value is missing. */
export function fill(text, values) {
  let complete = true;
  const filled = text.replace(/\{(\w+)\}/g, (_, name) => {
    complete &&= values[name] !== undefined;
    return values[name];
  });
  return complete ? filled : undefined;
}
