// Turnstile's word about the visitor, for forms that want it. Its script is loaded from Cloudflare, and only for such a form.

const SCRIPT = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit';
/** How long it may take, in ms; without an answer the form is sent all the same. */
const PATIENCE = 20_000;
/** The same once the visitor is asked to do something. */
const PATIENCE_WITH_PEOPLE = 60_000;
/** Below this width, in px, it has a shape of its own. */
const NARROW = 300;

let loading;

function load() {
  // The page may use it, too.
  loading ??= globalThis.turnstile ? Promise.resolve() : new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { src: SCRIPT, async: true });
    script.addEventListener('load', resolve);
    script.addEventListener('error', () => {
      // Another form, or the next sending, may try again.
      loading = undefined;
      script.remove();
      reject(new Error('Turnstile could not be loaded'));
    });
    document.head.append(script);
  });
  return loading.then(() => globalThis.turnstile);
}

/**
 * The member `cf-turnstile-response`, or '' where there was none in time. What Turnstile asks of the visitor stands in `box`;
 * `asks` is called with whether there is something to do.
 */
export async function vouch({ site, box, language, theme, asks }, signal) {
  let [turnstile, id, timer] = [];
  const answer = await new Promise((resolve) => {
    const none = () => resolve('');
    const wait = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(none, ms);
    };
    const settings = {
      sitekey: site,
      appearance: 'interaction-only',
      size: box.parentElement.clientWidth < NARROW ? 'compact' : 'flexible',
      language,
      theme,
      'response-field': false,
      callback: resolve,
      'error-callback': none,
      'expired-callback': none,
      'timeout-callback': none,
      'unsupported-callback': none,
      'before-interactive-callback': () => {
        wait(PATIENCE_WITH_PEOPLE);
        asks(true);
      },
      'after-interactive-callback': () => asks(false),
    };
    wait(PATIENCE);
    signal.addEventListener('abort', none);
    load().then((loaded) => {
      if (!box.isConnected) return;
      turnstile = loaded;
      id = turnstile.render(box, settings);
    }).catch(none);
  });
  clearTimeout(timer);
  if (id !== undefined) turnstile.remove(id);
  return answer;
}
