// Serves a built worker with its local D1 database, straight in miniflare: `wrangler dev` proxies each request
// through one more Node server. `cargo xtask dev`, the tests and the benches start it with one JSON argument:
//
//   worker  folder of the built worker (index.js and its .wasm)
//   state   folder of the database, as `wrangler ... --persist-to` lays it out
//   port    of the worker; 0 takes a free one
//   vars    variables that replace those of wrangler.toml (optional)
//   quiet   leave the worker's own log out (optional)
//   demo    {port, form_key}: serve the demo page on an origin of its own (optional)
//   cron    milliseconds from one run of the scheduled handler to the next (optional); also run by GET /cdn-cgi/handler/scheduled
//   email   bind EMAIL, Cloudflare's way to send mails, which miniflare plays (optional)
//   watch   {port}: put a watched D1 binding in place and steer it there, see d1-control.mjs (optional)
//
// It prints one line of JSON when it is ready, {ready, pid, url, demo_url?, control_url?}, and ends with its parent,
// on SIGINT and on SIGTERM. The worker's own log goes to stderr.
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { openControl, watched } from "./d1-control.mjs";
import { openDemo } from "./demo.mjs";

const HOST = "127.0.0.1";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PARENT_CHECK_MS = 250;

/** Miniflare's own messages; stdout belongs to the ready line. */
class StderrLog extends Log {
  log(message) {
    process.stderr.write(`${message}\n`);
  }
}

/** The files of a built worker as miniflare wants them, the entry point first. */
async function modules(folder) {
  const names = (await readdir(folder)).filter((name) => name === "index.js" || name.endsWith(".wasm"));
  if (!names.includes("index.js")) throw new Error(`${folder} has no index.js: run cargo xtask build`);
  const isWasm = (name) => name.endsWith(".wasm");
  names.sort((a, b) => isWasm(a) - isWasm(b));
  return names.map((name) => ({ type: isWasm(name) ? "CompiledWasm" : "ESModule", path: join(folder, name) }));
}

/** What miniflare runs: wrangler.toml's bindings around the built files. */
async function workers(options, control) {
  const folder = resolve(options.worker);
  // The reader of wrangler itself, so that a binding added to wrangler.toml is there too. It would load a `.env` or
  // `.dev.vars`; variables come from the options only, or two machines would test two workers.
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, "wrangler.toml"), undefined, { envFiles: [] });
  const { modulesRules, ...bindings } = workerOptions;
  const worker = {
    ...bindings,
    name: "leadgate",
    rootPath: folder,
    modulesRoot: folder,
    modules: await modules(folder),
    bindings: { ...bindings.bindings, ...options.vars },
    ...(options.email && { email: { send_email: [{ name: "EMAIL" }] } }),
  };
  return control ? watched(worker, control) : [worker];
}

/** Runs the scheduled handler again and again, as the crons of wrangler.toml do once it is deployed; never two at once. */
async function keepTime(mf, pause) {
  const worker = await mf.getWorker("leadgate");
  const tick = async () => {
    await worker.scheduled({ cron: "* * * * *" }).catch((error) => process.stderr.write(`cron: ${error.message}\n`));
    setTimeout(tick, pause).unref();
  };
  setTimeout(tick, pause).unref();
}

async function main() {
  const options = JSON.parse(process.argv[2] ?? "{}");
  if (!options.worker || !options.state) throw new Error("usage: node serve.mjs '{\"worker\": DIR, \"state\": DIR, ...}'");
  // Taken first: a parent that dies while the runtime starts must end it too.
  const parent = process.ppid;
  const open = [];
  let ending;
  const end = (code) => {
    ending ??= Promise.allSettled(open.map((part) => part.dispose())).then(() => process.exit(code));
    return ending;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(0));
  setInterval(() => process.ppid === parent || end(0), PARENT_CHECK_MS).unref();

  const ready = { ready: true, pid: process.pid };
  const control = options.watch && (await openControl(HOST, options.watch.port ?? 0));
  if (control) {
    open.push(control);
    ready.control_url = control.url;
  }
  const mf = new Miniflare({
    workers: await workers(options, control),
    host: HOST,
    port: options.port ?? 0,
    d1Persist: join(resolve(options.state), "v3", "d1"),
    unsafeTriggerHandlers: options.cron !== undefined,
    // Otherwise it asks the network for the properties of a request.
    cf: false,
    log: new StderrLog(LogLevel.WARN),
    handleRuntimeStdio(stdout, stderr) {
      if (options.quiet) stdout.resume();
      else stdout.pipe(process.stderr, { end: false });
      stderr.pipe(process.stderr, { end: false });
    },
  });
  open.push(mf);
  if (options.cron) await keepTime(mf, options.cron);
  ready.url = (await mf.ready).origin;
  if (options.demo) {
    const page = { BASE_URL: ready.url, FORM_KEY: options.demo.form_key };
    const demo = await openDemo(HOST, options.demo.port ?? 0, join(ROOT, "web-widget", "demo"), page);
    open.push(demo);
    ready.demo_url = demo.url;
  }
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

main().catch((error) => {
  process.stderr.write(`serve: ${error.stack ?? error}\n`);
  process.exit(1);
});
