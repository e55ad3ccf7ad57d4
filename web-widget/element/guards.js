// What a form asks for besides the answers, to tell people from programs. Loaded by forms that ask for it, when they are sent.
import { focused, make } from './dom.js';
import WORDS from './guards.json';
import { solve } from './pow.js';
import { vouch } from './turnstile.js';

/**
 * The members that show it, as far as `asked` (a definition, or the element's own data) wants them and they could be made:
 * `altcha`, `cf-turnstile-response`. `form` is that of `element`; `progress` tells the visitor if there is something to do.
 */
export async function prove(asked, element, form, progress, signal) {
  const site = asked.turnstile_site_key;
  const [altcha, answer] = await Promise.all([
    asked.proof_of_work ? solve(`${element.url}/challenge`, signal) : '',
    site ? vouched({ site, element, form, progress, theme: asked.theme?.mode }, signal) : '',
  ]);
  return { ...(altcha && { altcha }), ...(answer && { 'cf-turnstile-response': answer }) };
}

async function vouched({ site, element, form, progress, theme }, signal) {
  const language = form.lang || element.closest('[lang]')?.lang || 'en';
  const { box, remove } = place(element, form);
  const asks = (something) => {
    // Out of the flow until it is seen, so that nothing moves for those who are asked nothing.
    box.style.position = something ? '' : 'absolute';
    if (something) {
      progress.tell(WORDS[language.slice(0, 2)] ?? WORDS.en);
      box.scrollIntoView({ block: 'nearest' });
    } else progress.busy();
  };
  box.style.position = 'absolute';
  box.style.minInlineSize = 0;
  const answer = await vouch({ site, box, language: language.slice(0, 2), theme: theme ?? 'auto', asks }, signal);
  const entered = box.contains(document.activeElement);
  remove();
  if (entered && !focused(form)) submitOf(form)?.focus();
  return answer;
}

const submitOf = (form) => [...form.elements].find(({ type }) => type === 'submit');

// A box above the button. In the page's own DOM also for a form in a shadow root: there Turnstile does not find itself.
function place(element, form) {
  const box = make('div', { className: 'lf-vouch' });
  const button = submitOf(form);
  const before = button?.closest('.lf-actions') ?? button;
  if (form.getRootNode() !== element.shadowRoot) {
    if (before) before.before(box);
    else form.append(box);
    return { box, remove: () => box.remove() };
  }
  const slot = make('slot', { name: 'lf-vouch' });
  box.slot = slot.name;
  before.before(slot);
  element.append(box);
  return {
    box,
    remove() {
      box.remove();
      slot.remove();
    },
  };
}
