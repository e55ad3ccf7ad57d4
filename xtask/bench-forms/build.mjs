// Bundles each form into a folder of OUT, as its authors' documentation says: node xtask/bench-forms/build.mjs OUT
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
for (const [name, entry] of [['react-hook-form and zod', 'hook-form.jsx'], ['SurveyJS', 'survey.js']]) {
  await build({
    entryPoints: [join(here, entry)],
    outdir: join(argv[2], name),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.svg': 'dataurl' },
  });
}
