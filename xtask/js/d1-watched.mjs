// A D1 binding that passes everything on to the real one, tells d1-control.mjs what passed and fails when told to.
// It runs inside workerd. The class names are the runtime's: the worker looks at them before it takes a binding.

const WRITES = /\b(insert|update|delete|replace|create|drop|alter)\b/i;

async function control(env, path, call) {
  const answer = await env.CONTROL.fetch(`http://control${path}`, { method: "POST", body: JSON.stringify(call) });
  return answer.json();
}

/** Runs `work` as one call of the database, with the fault the control orders. */
async function observe(env, kind, sql, work) {
  const call = { kind, statements: sql.length, writes: sql.some((text) => WRITES.test(text)) };
  const { fault } = await control(env, "/begin", call);
  const seen = { ...call, fault, rows_read: 0, rows_written: 0 };
  try {
    if (fault === "before") throw new Error("D1_ERROR: Network connection lost.");
    const result = await work();
    for (const { meta } of [result].flat()) {
      seen.rows_read += meta?.rows_read ?? 0;
      seen.rows_written += meta?.rows_written ?? 0;
    }
    if (fault === "after") throw new Error("D1_ERROR: Network connection lost.");
    return result;
  } catch (error) {
    seen.error = error.message;
    throw error;
  } finally {
    await control(env, "/done", seen);
  }
}

class D1PreparedStatement {
  constructor(env, sql, inner) {
    Object.assign(this, { env, sql, inner });
  }
  bind(...values) {
    return new D1PreparedStatement(this.env, this.sql, this.inner.bind(...values));
  }
  all() {
    return observe(this.env, "single", [this.sql], () => this.inner.all());
  }
  run() {
    return observe(this.env, "single", [this.sql], () => this.inner.run());
  }
  async first(column) {
    const { results } = await this.all();
    if (results.length === 0) return null;
    return column === undefined ? results[0] : results[0][column];
  }
  raw(options) {
    return observe(this.env, "single", [this.sql], () => this.inner.raw(options));
  }
}

class D1Database {
  constructor(env) {
    this.env = env;
  }
  prepare(sql) {
    return new D1PreparedStatement(this.env, sql, this.env.DB.prepare(sql));
  }
  batch(statements) {
    const run = () => this.env.DB.batch(statements.map(({ inner }) => inner));
    return observe(this.env, "batch", statements.map(({ sql }) => sql), run);
  }
  exec(sql) {
    return observe(this.env, "single", [sql], () => this.env.DB.exec(sql));
  }
}

export default (env) => new D1Database(env);
