// Puts the files that the worker serves under /w/1/ into OUT: node web-widget/assemble.mjs OUT
// Before it: wasm-pack build web-widget --target web --release --no-typescript --no-pack --out-dir pkg
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { argv, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = argv[2];
if (!out) {
  console.error('usage: node web-widget/assemble.mjs OUT');
  exit(2);
}
await mkdir(out, { recursive: true });
await build({
  entryPoints: [join(here, 'element/lead-form.js'), join(here, 'element/lead-form.css')],
  outdir: out,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
});
await copyFile(join(here, 'pkg/lead_widget_bg.wasm'), join(out, 'lead-form.wasm'));
