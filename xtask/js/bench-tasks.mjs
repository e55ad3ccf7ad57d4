// The longest task of the page's main thread while a form loads, is typed into, goes on and is sent, on a throttled CPU:
// node xtask/js/bench-tasks.mjs '{"chromium", "widget", "others", "forms": {NAME: definition as visitors get it}}'
// Gives rows as JSON; with LEADGATE_TRACE=FOLDER it leaves each page's last trace there. Nothing is injected into the pages: what a test runner brings along would be the longest task.
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { argv, env } from 'node:process';
import { chromium as engine } from 'playwright-core';

/** How many times slower the CPU is made. */
const THROTTLE = 4;
/** How often each page is visited; the figures are medians. */
const VISITS = 5;
/** For how long a page is left alone before it counts as quiet, in ms. */
const QUIET = 400;

const { chromium, widget, others, forms } = JSON.parse(argv[2]);

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json' };
const input = (name, label, type = 'text') => `<p><label for="${name}">${label}</label> <input id="${name}" name="${name}" type="${type}" required></p>`;
const PLAIN = `<form action="/f/plain" method="post" target="nowhere">${input('first_name', 'First name')}${input('last_name', 'Last name')}
  ${input('company_name', 'Company')}${input('email', 'Work e-mail', 'email')}${input('phone', 'Phone', 'tel')}
  <p><textarea aria-label="Message" name="message"></textarea></p><button>Send</button></form><iframe name="nowhere" hidden></iframe>`;

/** Each page by its name: what stands in it, and whether it has steps. */
const PAGES = new Map([
  ['no script at all', { body: PLAIN, scripted: false }],
  ...Object.keys(forms).map((name) => [name, {
    head: '<script type="module" src="/w/1/lead-form.js" async></script>',
    body: `<lead-form form="${name}"><a href="/f/${name}">Open the form</a></lead-form>`,
    steps: forms[name].steps.length - 1,
  }]),
  ...[['react-hook-form and zod', 'hook-form'], ['SurveyJS', 'survey']].map(([name, file]) => [name, {
    head: file === 'survey' ? `<link rel="stylesheet" href="/others/${name}/${file}.css">` : '',
    body: `<div id="form" data-action="/f/other"></div><script type="module" src="/others/${name}/${file}.js"></script>`,
  }]),
]);

const html = ({ head = '', body }) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
  <link rel="icon" href="data:,">${head}</head><body><h1>Write to us</h1>${body}</body></html>`;

const server = createServer(async (request, answer) => {
  const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
  const give = (type, body, status = 200) => answer.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  const [, folder, name, ...rest] = path.split('/');
  try {
    if (folder === 'page') return give(TYPES['.html'], html(PAGES.get(name)));
    if (folder === 'others') return give(TYPES[extname(path)], await readFile(join(others, name, ...rest)));
    if (folder === 'w') return give(TYPES[extname(path)], await readFile(join(widget, rest.at(-1))));
    if (rest[0] === 'definition') return give(TYPES['.json'], JSON.stringify(forms[name]));
    if (rest[0] === 'seen') return give('text/plain', '', 204);
    if (folder === 'f') return give(TYPES['.json'], JSON.stringify({ status: 'accepted', thanks: { title: 'Thank you', message: 'We write.' } }), 202);
  } catch (fault) {
    console.error(path, fault);
  }
  return give('text/plain', 'nothing here', 404);
});
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const origin = `http://127.0.0.1:${server.address().port}`;

const CATEGORIES = ['disabled-by-default-devtools.timeline', 'blink.user_timing', 'devtools.timeline'];
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await engine.launch({ executablePath: chromium, args });

// What is asked of the pages, as expressions: nothing of ours stays in them.
const FIELDS = `[...document.querySelectorAll('input:not([type=hidden], [type=radio], [type=checkbox])')]
  .filter((it) => it.checkVisibility() && !it.closest('.lf-trap'))`;
const NAMES = `${FIELDS}.map((it) => [it.name, it.type, it.getAttribute('aria-label'), it.labels?.[0]?.textContent].join(' '))`;
const BUTTON = `[...document.querySelectorAll('button, input[type=button], input[type=submit]')]
  .find((it) => it.checkVisibility() && /Send|Next|Complete/.test(it.textContent + it.value))`;
const RADIO = `document.querySelector('lead-form [type=radio]')`;
const middle = (place) => `(() => {
  const it = ${place};
  it.scrollIntoView({ block: 'center' });
  const { x, y, width, height } = it.getBoundingClientRect();
  return { x: x + width / 2, y: y + height / 2 };
})()`;

/** What fits a field by its names. */
function answer(names) {
  if (/mail/i.test(names)) return 'asha@tidewater-works.com';
  if (/tel|phone/i.test(names)) return '+91 9876543210';
  return /users/.test(names) ? '12' : 'Asha';
}

/** A visitor's hands and eyes. */
function visitor(devtools) {
  const look = async (expression) => (await devtools.send('Runtime.evaluate', { expression, returnByValue: true })).result.value;
  const key = async (members) => {
    for (const type of ['keyDown', 'keyUp']) await devtools.send('Input.dispatchKeyEvent', { type, ...members });
  };
  return {
    look,
    async until(expression) {
      for (let at = 0; !await look(expression); at += 1) {
        if (at > 400) throw new Error(`waited in vain for ${expression}`);
        await wait(50);
      }
    },
    async type(text) {
      for (const letter of text) await key({ key: letter, text: letter });
      await key({ key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 });
    },
    async click(place) {
      const at = { ...await look(middle(place)), button: 'left', clickCount: 1 };
      for (const type of ['mousePressed', 'mouseReleased']) await devtools.send('Input.dispatchMouseEvent', { type, ...at });
    },
    begin: (phase) => look(`performance.mark('phase ${phase}') && 1`),
  };
}

/** Fills and sends the form, from the first step to the thanks. */
async function fill({ look, until, type, click, begin }, { steps = 0, scripted = true }) {
  await until(`${FIELDS}.length > 0`);
  await wait(QUIET * 3);
  for (let left = steps; left >= 0; left -= 1) {
    await begin('type');
    const names = await look(NAMES);
    if (names.length > 0) await click(`${FIELDS}[0]`);
    for (const name of names) await type(answer(name));
    if (await look(`Boolean(${RADIO}?.checkVisibility())`)) await click(RADIO);
    await wait(QUIET);
    await begin(left > 0 ? 'step' : 'send');
    await click(BUTTON);
    await wait(QUIET);
  }
  if (scripted) await until(`/Thank you/.test(document.body.innerText)`);
  await wait(QUIET);
}

/** One visit; gives the trace. */
async function visit(name) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  const tab = await context.newPage();
  const devtools = await context.newCDPSession(tab);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: THROTTLE });
  await browser.startTracing(tab, { categories: CATEGORIES });
  await devtools.send('Page.navigate', { url: `${origin}/page/${encodeURIComponent(name)}` });
  await fill(visitor(devtools), PAGES.get(name));
  const trace = await browser.stopTracing();
  if (env.LEADGATE_TRACE) await writeFile(join(env.LEADGATE_TRACE, `${name}.json`), trace);
  await context.close();
  return JSON.parse(trace).traceEvents;
}

/** The longest task in each phase, in ms of the main thread's own time: what other programs take away meanwhile is not the page's. */
function longest(events) {
  const marks = events.filter(({ name, cat }) => name.startsWith('phase ') && cat.includes('blink.user_timing')).sort((a, b) => a.ts - b.ts);
  const { pid, tid } = marks[0];
  const ours = events.filter((event) => event.pid === pid && event.tid === tid);
  // The browser makes the new document in a task of its own, whatever stands in it.
  const made = ours.filter(({ name }) => name === 'CommitLoad').map(({ ts }) => ts);
  const tasks = ours.filter(({ ph, name, ts, dur }) => ph === 'X' && name === 'RunTask' && !made.some((at) => at >= ts && at <= ts + dur));
  const found = { load: 0, type: 0, step: null, send: 0 };
  for (const { ts, dur, tdur = dur } of tasks) {
    const phase = marks.findLast((mark) => mark.ts <= ts)?.name.slice('phase '.length) ?? 'load';
    found[phase] = Math.max(found[phase] ?? 0, tdur / 1000);
  }
  return found;
}

const median = (figures) => figures.sort((a, b) => a - b)[figures.length >> 1];
const rows = new Map([...PAGES.keys()].map((name) => [name, []]));
try {
  // In turn, so that a busy moment of this machine meets all of them.
  for (let visits = 0; visits < VISITS; visits += 1) {
    for (const name of PAGES.keys()) rows.get(name).push(longest(await visit(name)));
  }
} finally {
  await browser.close();
  server.close();
}
const rounded = (figures) => (figures.includes(null) ? null : Math.round(median(figures) * 10) / 10);
console.log(JSON.stringify([...rows].map(([page, found]) => ({
  page,
  ...Object.fromEntries(Object.keys(found[0]).map((phase) => [`${phase}_ms`, rounded(found.map((one) => one[phase]))])),
  longest_ms: rounded(found.map((one) => Math.max(...Object.values(one)))),
}))));
