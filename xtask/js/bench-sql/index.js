// Runs a list of {sql, params} as one batch, and gives {rows, rows_read} of each as D1 counts them. Only the benches
// start it: it does whatever it is told.
export default {
  async fetch(request, env) {
    const statements = await request.json();
    const results = await env.DB.batch(statements.map(({ sql, params }) => env.DB.prepare(sql).bind(...params)));
    return Response.json(results.map(({ results: rows, meta }) => ({ rows, rows_read: meta.rows_read })));
  },
};
