// A mail as a mail program shows it: its HTML at an origin of its own, and what every mail must be.
import assert from 'node:assert/strict';

const PICTURE = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

// What WCAG asks of a mail; the language of a template is known to nobody but its author.
export const WCAG = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'], rules: { 'html-has-lang': { enabled: false } } };

/** Shows the document at an origin of its own; gives what it asks for besides. */
export async function show(page, html) {
  const asked = [];
  await page.route('**/*', (route) => {
    const url = route.request().url();
    if (url === 'https://mailbox.example/') return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html });
    asked.push(url);
    // A picture of the mail's own origin is one that a hostile name would have made; it fails, and runs its handler.
    return url.startsWith('https://mailbox.example/') ? route.abort() : route.fulfill({ contentType: 'image/gif', body: PICTURE });
  });
  await page.goto('https://mailbox.example/', { waitUntil: 'load' });
  return asked;
}

/** Nothing of it is wider than the screen, nor cut off. */
export async function fits(page, width) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${wide} px wide`);
  const cut = await page.evaluate((edge) => [...document.body.querySelectorAll('*')]
    .filter((element) => { const { left, right } = element.getBoundingClientRect(); return left < 0 || right > edge + 0.5; })
    .map((element) => element.outerHTML), width);
  assert.deepEqual(cut, [], 'beyond the edge');
}

/** The words that stand out too little from what is behind them; axe-core passes over links whose background is the document's. */
export async function faint(page) {
  return page.evaluate(() => {
    const canvas = document.createElement('i');
    canvas.style.background = 'Canvas';
    document.documentElement.append(canvas);
    const numbers = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const [red, green, blue, alpha = 1] = numbers(getComputedStyle(at).backgroundColor);
        if (alpha === 1) return [red, green, blue];
        if (alpha > 0) throw new Error('a background that shines through');
      }
      return numbers(getComputedStyle(canvas).backgroundColor).slice(0, 3);
    };
    const light = (colour) => {
      const [red, green, blue] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const found = [];
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      const text = words.currentNode.textContent.trim();
      const element = words.currentNode.parentElement;
      if (!text || !element.getClientRects().length) continue;
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const [a, b] = [light(numbers(color).slice(0, 3)), light(behind(element))].sort((one, other) => other - one);
      const large = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
      const contrast = (a + 0.05) / (b + 0.05);
      if (contrast < (large ? 3 : 4.5)) found.push(`${contrast.toFixed(2)}: ${color} on ${behind(element)}: ${text.slice(0, 60)}`);
    }
    canvas.remove();
    return found;
  });
}
