// Turnstile's word about the visitor, for forms that want it. Its script is loaded from Cloudflare, and only for such a form.

const SCRIPT = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit';
/** How long it may take, in ms; without an answer the form is sent all the same. */
const PATIENCE = 20_000;

let loading;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { src: SCRIPT, async: true });
    script.addEventListener('load', () => resolve(globalThis.turnstile));
    script.addEventListener('error', () => {
      // Another form, or the next sending, may try again.
      loading = undefined;
      script.remove();
      reject(new Error('Turnstile could not be loaded'));
    });
    document.head.append(script);
  });
  return loading;
}

/** The member `cf-turnstile-response`, or '' where there was none in time; what Turnstile asks of the visitor stands in `box`. */
export async function vouch(siteKey, box, signal) {
  try {
    const turnstile = await load();
    let id;
    const answer = await new Promise((resolve) => {
      const none = () => resolve('');
      setTimeout(none, PATIENCE);
      signal?.addEventListener('abort', none);
      id = turnstile.render(box, {
        sitekey: siteKey,
        appearance: 'interaction-only',
        size: 'flexible',
        'response-field': false,
        callback: resolve,
        'error-callback': none,
        'expired-callback': none,
        'timeout-callback': none,
      });
    });
    turnstile.remove(id);
    return answer;
  } catch {
    return '';
  }
}
