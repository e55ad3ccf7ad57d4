// Where the visitor came from, as far as the page itself tells. Nothing is stored on the visitor's machine for it.

const NAMES = [
  'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content',
  'gclid', 'gbraid', 'wbraid', 'msclkid', 'fbclid',
];

/** The members that the address `href` of the page and its `referrer` give; blank ones are left out. */
export function attribution(href, referrer) {
  const url = new URL(href);
  const found = {};
  for (const name of NAMES) {
    const value = url.searchParams.get(name)?.trim();
    if (value) found[name] = value;
  }
  url.hash = '';
  if (/^https?:$/.test(url.protocol)) found.landing_page = url.href;
  if (referrer) found.referrer = referrer;
  return found;
}
