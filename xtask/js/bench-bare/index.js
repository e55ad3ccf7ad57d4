// The least that a worker can do for a submission: one insert of its body. `cargo xtask bench submit` measures ours
// beside it.
export default {
  async fetch(request, env) {
    if (request.method === "PUT") {
      await env.DB.exec("CREATE TABLE IF NOT EXISTS bare (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID");
      return new Response(null, { status: 204 });
    }
    const body = await request.text();
    await env.DB.prepare("INSERT INTO bare (id, body) VALUES (?1, ?2)").bind(crypto.randomUUID(), body).run();
    return new Response(null, { status: 202 });
  },
};
