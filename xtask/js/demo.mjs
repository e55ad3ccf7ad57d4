// The demo page, on an origin of its own as a customer's website would be.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";

const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

/** Opens an HTTP server on a port; 0 takes a free one. */
export function listen(server, host, port) {
  return new Promise((opened, failed) => {
    server.once("error", failed);
    server.listen(port, host, () => {
      const url = `http://${host}:${server.address().port}`;
      const dispose = () => new Promise((closed) => (server.close(closed), server.closeAllConnections()));
      opened({ url, dispose });
    });
  });
}

/**
 * Serves `folder`, with `{{NAME}}` in its text files replaced by `values[NAME]`.
 * The files are read at each request, so that an edit shows on reload.
 */
export async function openDemo(host, port, folder, values) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://demo").pathname));
    const file = join(folder, path.endsWith(sep) ? join(path, "index.html") : path);
    const type = TYPES[extname(file)];
    try {
      if (!type || !file.startsWith(folder)) throw new Error("not served");
      const text = await readFile(file, "utf8");
      response.writeHead(200, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" });
      response.end(text.replace(/\{\{([A-Z_]+)\}\}/g, (whole, name) => values[name] ?? whole));
    } catch {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
      response.end("not found\n");
    }
  });
  return listen(server, host, port);
}
