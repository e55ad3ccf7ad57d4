-- The flow behind the lead: pools and territories, sign-in, qualifications, conversions, opportunities, activities, score history.

-- People: absence and capacity decide who takes turns; the key's last use is kept to the hour.
ALTER TABLE users ADD COLUMN absent_until INTEGER;
ALTER TABLE users ADD COLUMN capacity INTEGER;            -- how many open leads the person takes; NULL is no limit
CREATE INDEX users_sign_in ON users (email_key);          -- sign-in knows an address, not a company
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;

-- Pools and territories are kept in rows; `routings.document` is what a submission reads of them, made anew by every change of theirs.
CREATE TABLE pools (
  company_id TEXT NOT NULL REFERENCES companies (id),
  id         TEXT NOT NULL,
  name       TEXT NOT NULL,
  is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)), -- the company's pool, for leads outside every territory
  members    TEXT NOT NULL,                -- JSON array of user ids in the order of their turns
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  version    INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX pools_default ON pools (company_id) WHERE is_default = 1 AND deleted_at IS NULL;

CREATE TABLE territories (
  company_id TEXT NOT NULL REFERENCES companies (id),
  id         TEXT NOT NULL,
  name       TEXT NOT NULL,
  pool_id    TEXT NOT NULL,
  position   INTEGER NOT NULL,             -- territories are asked in this order, then by id
  countries  TEXT NOT NULL,                -- JSON arrays: each that is not empty must hold the lead's value
  states     TEXT NOT NULL,
  industries TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  version    INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;

ALTER TABLE routings ADD COLUMN loads TEXT NOT NULL DEFAULT '{}'; -- JSON: open leads of each person who has a capacity

INSERT INTO pools (company_id, id, name, is_default, members, created_at, updated_at)
  SELECT r.company_id, p.value ->> 'id', 'Sales', p.value ->> 'id' = r.document ->> 'company_pool',
    (SELECT json_group_array(m.value ->> 'user_id') FROM json_each(p.value, '$.members') m), c.created_at, c.created_at
  FROM routings r JOIN companies c ON c.id = r.company_id, json_each(r.document, '$.pools') p;

-- Sign-in of people by one-time links; only hashes of the random tokens are kept.
CREATE TABLE sign_in_links (
  token_hash TEXT NOT NULL PRIMARY KEY,
  company_id TEXT NOT NULL,
  user_id    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_links_user ON sign_in_links (company_id, user_id, created_at);

CREATE TABLE sessions (
  company_id    TEXT NOT NULL,
  id            TEXT NOT NULL,
  user_id       TEXT NOT NULL,
  token_hash    TEXT NOT NULL,
  previous_hash TEXT,                      -- the token before the last rotation, good for a short while
  user_agent    TEXT,
  created_at    INTEGER NOT NULL,
  rotated_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  revoked_at    INTEGER,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);
CREATE UNIQUE INDEX sessions_previous ON sessions (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX sessions_user ON sessions (company_id, user_id);

-- Leads.
ALTER TABLE leads ADD COLUMN disqualified_reason TEXT;
ALTER TABLE leads ADD COLUMN converted_to_contact_id TEXT;
ALTER TABLE leads ADD COLUMN converted_to_opportunity_id TEXT;
ALTER TABLE leads ADD COLUMN erased_at INTEGER;
CREATE INDEX leads_account ON leads (company_id, converted_to_account_id, id) WHERE converted_to_account_id IS NOT NULL;
-- The accounts that a person sees through converted leads of theirs.
CREATE INDEX leads_owner_account ON leads (company_id, lead_owner_id, converted_to_account_id)
  WHERE converted_to_account_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX leads_contact ON leads (company_id, converted_to_contact_id, id) WHERE converted_to_contact_id IS NOT NULL;

-- What moved a lead's score, once each: an event by the id of its source, or a change of its fit.
CREATE TABLE score_events (
  company_id TEXT NOT NULL,
  lead_id    TEXT NOT NULL,
  id         TEXT NOT NULL,                -- of the touch, activity or mail event that counted
  kind       TEXT NOT NULL,                -- form_submit, call_made, ... or fit
  fit_before TEXT,                         -- JSON reasons, for kind fit
  fit_after  TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (company_id, lead_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE qualifications (
  company_id TEXT NOT NULL,
  lead_id    TEXT NOT NULL,
  id         TEXT NOT NULL,
  user_id    TEXT,
  answers    TEXT NOT NULL,                -- JSON: bant, meddicc, risk_score
  result     TEXT NOT NULL,                -- JSON: points, reasons, recommendation
  confirmed  INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1)),
  attempt_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (company_id, lead_id, id)
) STRICT, WITHOUT ROWID;

-- What a lead became. An undone conversion keeps its row.
CREATE TABLE conversions (
  company_id     TEXT NOT NULL,
  lead_id        TEXT NOT NULL,
  id             TEXT NOT NULL,
  account_id     TEXT NOT NULL,
  contact_id     TEXT NOT NULL,
  opportunity_id TEXT,
  activity_id    TEXT NOT NULL,
  result         TEXT NOT NULL,            -- JSON: what was linked or created and why, as answered
  user_id        TEXT,
  status_before  TEXT NOT NULL,
  stage_before   TEXT NOT NULL,
  attempt_id     TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  undone_at      INTEGER,
  PRIMARY KEY (company_id, lead_id, id)
) STRICT, WITHOUT ROWID;

-- Accounts and contacts.
CREATE INDEX accounts_owner ON accounts (company_id, account_owner_id, id);
CREATE INDEX accounts_updated ON accounts (company_id, updated_at, id);
ALTER TABLE contacts ADD COLUMN name_key TEXT NOT NULL DEFAULT ''; -- folded name, for the search
ALTER TABLE contacts ADD COLUMN erased_at INTEGER;
CREATE INDEX contacts_name ON contacts (company_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX contacts_updated ON contacts (company_id, updated_at, id);
CREATE UNIQUE INDEX contacts_primary ON contacts (company_id, account_id) WHERE is_primary_contact = 1 AND deleted_at IS NULL;

CREATE TABLE opportunities (
  company_id         TEXT NOT NULL REFERENCES companies (id),
  id                 TEXT NOT NULL,
  account_id         TEXT NOT NULL,
  primary_contact_id TEXT,
  name               TEXT NOT NULL,
  name_key           TEXT NOT NULL,        -- folded name, for the search
  source             TEXT,
  deal_value         INTEGER NOT NULL,     -- minor units of currency
  currency           TEXT NOT NULL,        -- ISO 4217
  pipeline_stage     TEXT NOT NULL,
  probability        INTEGER NOT NULL CHECK (probability BETWEEN 0 AND 100),
  probability_by_hand INTEGER NOT NULL DEFAULT 0 CHECK (probability_by_hand IN (0, 1)),
  forecast_category  TEXT NOT NULL,
  forecast_by_hand   INTEGER NOT NULL DEFAULT 0 CHECK (forecast_by_hand IN (0, 1)),
  close_date         INTEGER NOT NULL,
  owner_id           TEXT,
  lead_id            TEXT,                 -- the lead it was converted from
  lost_reason        TEXT,
  closed_at          INTEGER,
  stage_before_close TEXT,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  deleted_at         INTEGER,
  version            INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX opportunities_account ON opportunities (company_id, account_id, id);
CREATE INDEX opportunities_owner ON opportunities (company_id, owner_id, account_id);
CREATE INDEX opportunities_owned ON opportunities (company_id, owner_id, id); -- a person's own, newest first
CREATE INDEX opportunities_updated ON opportunities (company_id, updated_at, id);
CREATE INDEX opportunities_name ON opportunities (company_id, name_key) WHERE deleted_at IS NULL;
-- The pipeline and the forecast read open opportunities from this index alone, and closed ones by their month.
-- Their condition's columns stand in them too: SQLite would look each row up only to test what the index says already.
CREATE INDEX opportunities_open ON opportunities
  (company_id, pipeline_stage, owner_id, close_date, forecast_category, probability, deal_value, closed_at, deleted_at)
  WHERE closed_at IS NULL AND deleted_at IS NULL;
CREATE INDEX opportunities_closed ON opportunities
  (company_id, closed_at, pipeline_stage, owner_id, close_date, forecast_category, probability, deal_value, deleted_at)
  WHERE closed_at IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE opportunity_stages (
  company_id     TEXT NOT NULL,
  opportunity_id TEXT NOT NULL,
  id             TEXT NOT NULL,
  from_stage     TEXT,
  to_stage       TEXT NOT NULL,
  probability    INTEGER NOT NULL,
  reason         TEXT,                     -- why lost, or why reopened
  user_id        TEXT,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (company_id, opportunity_id, id)
) STRICT, WITHOUT ROWID;

-- What happened with whom. Rows related to an account or to one of its contacts carry the account.
CREATE TABLE activities (
  company_id      TEXT NOT NULL REFERENCES companies (id),
  id              TEXT NOT NULL,
  related_to_type TEXT NOT NULL CHECK (related_to_type IN ('lead', 'account', 'contact', 'opportunity')),
  related_to_id   TEXT NOT NULL,
  account_id      TEXT,
  activity_type   TEXT NOT NULL,           -- call, email, meeting, note, whatsapp, system
  event           TEXT,                    -- for system: qualified, converted, assigned, ...
  direction       TEXT,
  subject         TEXT,
  notes           TEXT,
  outcome         TEXT,
  owner_id        TEXT,                    -- who did it, and whom its follow-up waits for
  occurred_at     INTEGER NOT NULL,
  follow_up_at    INTEGER,
  follow_up_done_at INTEGER,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  deleted_at      INTEGER,
  version         INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX activities_related ON activities (company_id, related_to_id, occurred_at, id);
CREATE INDEX activities_account ON activities (company_id, account_id, occurred_at, id) WHERE account_id IS NOT NULL;
CREATE INDEX activities_due ON activities (company_id, owner_id, follow_up_at, id)
  WHERE follow_up_at IS NOT NULL AND follow_up_done_at IS NULL AND deleted_at IS NULL;
