// Puts the files that the worker serves under /w/1/ into OUT: node web-widget/assemble.mjs OUT
// Before it: wasm-pack build web-widget --target web --release --no-typescript --no-pack --out-dir pkg
// With `--package` the files address each other where they lie, as an npm package has it. With `--older` they are served as
// well, but written out at length: a version of its own, for the tests of versions that stay.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { argv, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const element = (name) => join(here, 'element', name);
const own = argv.includes('--package');
const older = argv.includes('--older');
const out = argv.slice(2).find((word) => !word.startsWith('--'));
if (!out) {
  console.error('usage: node web-widget/assemble.mjs OUT [--package | --older]');
  exit(2);
}

/** Stands for the folder of this version until all files are built, and their content names it. */
const FOLDER = '/w/1/@VERSION@/';

// What is loaded later is a file of its own, found by its versioned address: a page that holds an older module for some
// minutes never mixes two versions.
const addresses = {
  name: 'addresses',
  setup({ onResolve, onLoad }) {
    const place = own ? './' : FOLDER;
    onResolve({ filter: /./ }, ({ kind, path }) => {
      if (kind !== 'dynamic-import') return null;
      return { path: `${place}${basename(path).replace(/^(\w+)\.json$/, 'messages.$1.js')}`, external: true };
    });
    onLoad({ filter: /where\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { contents: own ? text : text.replaceAll('./', FOLDER) };
    });
  },
};

const locales = (await readdir(element('locales'))).map((name) => basename(name, '.json')).filter((name) => name !== 'en');
const later = ['countries.js', 'guards.js', 'partial.js', 'pow.worker.js', 'visit.js'];
const entries = [...['lead-form.js', 'lead-form.css', ...later].map((name) => ({ in: element(name), out: name.replace(/\.\w+$/, '') })),
  ...locales.map((name) => ({ in: element(`locales/${name}.json`), out: `messages.${name}` }))];

await mkdir(out, { recursive: true });
await build({
  entryPoints: entries,
  outdir: out,
  bundle: true,
  minify: !own && !older,
  charset: 'utf8',
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  plugins: [addresses],
});
await trim(join(here, 'pkg/lead_widget_bg.wasm'), join(out, 'lead-form.wasm'));

/** Leaves of the Wasm what element/rules.js calls: wasm-bindgen prepares for objects as well, of which there are none. */
async function trim(from, to) {
  const names = ['memory', 'ask', '__wbindgen_malloc', '__wbindgen_free'];
  const graph = [{ name: 'page', reaches: names, root: true }, ...names.map((name) => ({ name, export: name }))];
  await writeFile(`${to}.json`, JSON.stringify(graph));
  const features = ['bulk-memory', 'nontrapping-float-to-int', 'sign-ext', 'mutable-globals', 'reference-types', 'multivalue'];
  const run = (tool, ...words) => promisify(execFile)(join(here, '../node_modules/.bin', tool), [...words, ...features.map((name) => `--enable-${name}`)]);
  await run('wasm-metadce', from, '--graph-file', `${to}.json`, '-o', to);
  await run('wasm-opt', to, '-Oz', '--flatten', '--rereloop', '-Oz', '-Oz', '--strip-producers', '--strip-target-features', '-o', to);
  await rm(`${to}.json`);
}

if (own) {
  await cp(join(here, 'package'), out, { recursive: true });
  for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) await cp(join(here, '..', name), join(out, name));
} else {
  const hash = createHash('sha256');
  const names = (await readdir(out)).sort();
  for (const name of names) hash.update(name).update(await readFile(join(out, name)));
  const version = hash.digest('hex').slice(0, 12);
  for (const name of names.filter((other) => other.endsWith('.js'))) {
    const text = await readFile(join(out, name), 'utf8');
    await writeFile(join(out, name), text.replaceAll('@VERSION@', version));
  }
  const script = await readFile(join(out, 'lead-form.js'));
  const integrity = `sha384-${createHash('sha384').update(script).digest('base64')}`;
  await writeFile(join(out, 'version.json'), JSON.stringify({ version, integrity }));
}
