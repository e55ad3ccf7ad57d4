-- Companies (the tenants), the people and keys that act for them, how their leads are handed out, and their forms.
-- Every table is STRICT. WITHOUT ROWID saves the second b-tree that a text primary key would cost: one row written less.
-- Instants are integer milliseconds UTC. Ids are UUIDv7 text. JSON columns say what they hold.

CREATE TABLE companies (
  id         TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  country    TEXT NOT NULL DEFAULT 'IN',   -- ISO 3166-1 alpha-2, the default of its leads
  currency   TEXT NOT NULL DEFAULT 'INR',  -- ISO 4217, the one currency of its money
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  company_id TEXT NOT NULL REFERENCES companies (id),
  id         TEXT NOT NULL,
  name       TEXT NOT NULL,
  email      TEXT NOT NULL,
  email_key  TEXT NOT NULL,                -- lower case, ASCII domain
  role       TEXT NOT NULL CHECK (role IN ('admin', 'manager', 'sdr')),
  manager_id TEXT,                         -- whose report this person is; reports are followed transitively
  is_active  INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_email ON users (company_id, email_key);
CREATE INDEX users_reports ON users (company_id, manager_id);

-- A secret key acts as one user. Only the SHA-256 of the 256-bit random secret is kept.
CREATE TABLE api_keys (
  key_hash   TEXT NOT NULL PRIMARY KEY,
  company_id TEXT NOT NULL,
  id         TEXT NOT NULL,
  user_id    TEXT NOT NULL,
  name       TEXT NOT NULL,
  scopes     TEXT NOT NULL,                -- JSON array of scope names
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_company ON api_keys (company_id, id);

-- Pools with their members and territories, as one document: a submission reads one row, however large the team.
CREATE TABLE routings (
  company_id TEXT NOT NULL PRIMARY KEY REFERENCES companies (id),
  document   TEXT NOT NULL,                -- JSON: pools, members, territories
  version    INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

-- Whose turn it is in a pool: the batch that hands out a lead increments it.
CREATE TABLE turns (
  company_id TEXT NOT NULL,
  pool_id    TEXT NOT NULL,
  turn       INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (company_id, pool_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE forms (
  form_key        TEXT NOT NULL PRIMARY KEY, -- public: it only lets a visitor submit
  company_id      TEXT NOT NULL REFERENCES companies (id),
  id              TEXT NOT NULL,
  name            TEXT NOT NULL,
  definition      TEXT NOT NULL,             -- JSON: title, fields, consent text and version, thanks
  allowed_origins TEXT NOT NULL,             -- JSON array of origins a browser may submit from
  country         TEXT,                      -- ISO 3166-1 alpha-2 where it differs from the company's
  is_active       INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  version         INTEGER NOT NULL DEFAULT 1,
  created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX forms_id ON forms (company_id, id);

-- Who changed what. A creation is one row; an update is one row for each field.
CREATE TABLE audit_logs (
  company_id  TEXT NOT NULL,
  id          TEXT NOT NULL,
  user_id     TEXT,
  key_id      TEXT,
  form_id     TEXT,
  entity_type TEXT NOT NULL,
  entity_id   TEXT NOT NULL,
  action      TEXT NOT NULL,
  field_name  TEXT,
  old_value   TEXT,
  new_value   TEXT,
  ip_address  TEXT,
  user_agent  TEXT,
  request_id  TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_logs_entity ON audit_logs (company_id, entity_id, id);

-- One row for each version an entity has reached after its first: two writers of the same version collide here.
CREATE TABLE entity_versions (
  company_id TEXT NOT NULL,
  entity_id  TEXT NOT NULL,
  version    INTEGER NOT NULL,
  attempt_id TEXT NOT NULL,
  PRIMARY KEY (company_id, entity_id, version)
) STRICT, WITHOUT ROWID;
