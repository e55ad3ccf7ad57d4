// Steers the watched D1 binding (d1-watched.mjs) of a test run over HTTP:
//
//   POST   /faults {"when": "before" | "after", "count": N, "reads": true, "skip": M}
//                  the next N writing calls fail before they reach the database, or after it has committed them; with
//                  `reads` the others too; the first M of them pass
//   GET    /calls  what was asked of the database since the last DELETE, oldest first:
//                  [{kind: "batch" | "single", statements, writes, fault, error?, rows_read, rows_written}]
//   DELETE /calls  forgets the calls and the faults that have not struck yet
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { listen } from "./demo.mjs";

const SCRIPT = fileURLToPath(new URL("d1-watched.mjs", import.meta.url));

/** Opens the control port. Gives {url, dispose, answer}; `answer` serves the watched binding inside the runtime. */
export async function openControl(host, port) {
  const none = { when: "before", count: 0, reads: false, skip: 0 };
  let fault = { ...none };
  let calls = [];

  const routes = {
    "POST /faults": (body) => {
      const asked = { ...none, ...body };
      const counts = [asked.count, asked.skip].every((count) => Number.isInteger(count) && count >= 0);
      if (!["before", "after"].includes(asked.when) || !counts) return 400;
      fault = asked;
      return fault;
    },
    "GET /calls": () => calls,
    "DELETE /calls": () => {
      calls = [];
      fault = { ...none };
      return calls;
    },
  };

  /** Asked before each call, told after it. */
  async function answer(request) {
    const call = await request.json();
    if (new URL(request.url).pathname === "/done") {
      calls.push(call);
      return Response.json({});
    }
    if (!(call.writes || fault.reads) || fault.count === 0) return Response.json({ fault: null });
    if (fault.skip > 0) {
      fault.skip -= 1;
      return Response.json({ fault: null });
    }
    fault.count -= 1;
    return Response.json({ fault: fault.when });
  }

  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const route = routes[`${request.method} ${request.url}`];
    let result = 404;
    try {
      if (route) result = route(JSON.parse(Buffer.concat(chunks).toString() || "{}"));
    } catch {
      result = 400;
    }
    const refused = typeof result === "number";
    response.writeHead(refused ? result : 200, { "content-type": "application/json" });
    response.end(refused ? "{}" : JSON.stringify(result));
  });
  return { ...(await listen(server, host, port)), answer };
}

/** The miniflare workers that give `worker` a watched DB in place of its own. */
export function watched(worker, control) {
  const { d1Databases, wrappedBindings, ...rest } = worker;
  const { DB, ...others } = d1Databases;
  return [
    { ...rest, d1Databases: others, wrappedBindings: { ...wrappedBindings, DB: "d1-watched" } },
    {
      name: "d1-watched",
      modules: [{ type: "ESModule", path: SCRIPT }],
      d1Databases: { DB },
      serviceBindings: { CONTROL: control.answer },
    },
  ];
}
