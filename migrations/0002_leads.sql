-- Leads, every touch that made or followed them, the consent ledger, and the accounts and contacts they are checked against.

CREATE TABLE leads (
  company_id       TEXT NOT NULL REFERENCES companies (id),
  id               TEXT NOT NULL,
  first_name       TEXT NOT NULL,
  last_name        TEXT NOT NULL,
  company_name     TEXT NOT NULL,
  email            TEXT NOT NULL,
  phone            TEXT NOT NULL,
  country          TEXT NOT NULL,            -- ISO 3166-1 alpha-2
  lead_source      TEXT NOT NULL,            -- canonical slug
  campaign         TEXT NOT NULL,
  medium           TEXT,
  term             TEXT,
  attribution      TEXT NOT NULL,            -- JSON: the rest of the first touch (raw source, content, click ids, pages)
  lead_owner_id    TEXT,                     -- NULL is the visible queue
  assignment       TEXT,                     -- JSON: rule, pool_id, turn
  status           TEXT NOT NULL,
  stage            TEXT NOT NULL,
  fit              TEXT NOT NULL,            -- JSON: the fit reasons {rule, points}
  engagement       TEXT NOT NULL,            -- JSON: how often each kind of event counted
  score_raw        INTEGER NOT NULL,
  lead_score       INTEGER NOT NULL CHECK (lead_score BETWEEN 0 AND 100),
  policy_version   TEXT NOT NULL,
  interest_product TEXT,
  budget_range     TEXT,
  authority_level  TEXT,
  timeline         TEXT,
  industry         TEXT,
  state            TEXT,
  job_title        TEXT,
  message          TEXT,
  website          TEXT,
  locale           TEXT,
  gdpr_consent     INTEGER NOT NULL DEFAULT 0 CHECK (gdpr_consent IN (0, 1)), -- as the ledger says
  dnd_status       INTEGER NOT NULL DEFAULT 0 CHECK (dnd_status IN (0, 1)),   -- as the ledger says
  opt_in_date      INTEGER,
  is_duplicate     INTEGER NOT NULL DEFAULT 0 CHECK (is_duplicate IN (0, 1)),
  duplicate_of     TEXT,
  matches          TEXT NOT NULL DEFAULT '[]', -- JSON: possible duplicates and known customers with their signals
  matches_capped   TEXT NOT NULL DEFAULT '[]', -- JSON: the keys for which more candidates may exist than were read
  spam_score       INTEGER NOT NULL CHECK (spam_score BETWEEN 0 AND 100),
  spam_reasons     TEXT NOT NULL,            -- JSON: {rule, points}
  validation_status TEXT NOT NULL,
  quarantined_at   INTEGER,
  -- Keys for matching and search (docs/spec.md, N). The values as given stand above.
  email_key        TEXT NOT NULL,
  email_domain     TEXT,                     -- NULL for free mail, which says nothing about the company
  phone_e164       TEXT,
  last_name_key    TEXT NOT NULL,
  company_key      TEXT NOT NULL,
  match_slot       TEXT NOT NULL DEFAULT '', -- '' while the lead stands for its person, its own id once it does not
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  contacted_at     INTEGER,
  converted_at     INTEGER,
  converted_to_account_id TEXT,
  deleted_at       INTEGER,
  version          INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
-- At most one standing lead for an e-mail address and for a phone; the same indexes serve the look-up and the search by prefix.
CREATE UNIQUE INDEX leads_email ON leads (company_id, email_key, match_slot);
CREATE UNIQUE INDEX leads_phone ON leads (company_id, phone_e164, match_slot);
-- Neighbours for the fuzzy match, and the search by prefix.
CREATE INDEX leads_last_name ON leads (company_id, last_name_key, company_key);
CREATE INDEX leads_company_key ON leads (company_id, company_key);
CREATE INDEX leads_domain ON leads (company_id, email_domain, company_key) WHERE email_domain IS NOT NULL AND match_slot = '';
-- Lists.
CREATE INDEX leads_owner ON leads (company_id, lead_owner_id, id);
CREATE INDEX leads_score ON leads (company_id, lead_score, id);
CREATE INDEX leads_updated ON leads (company_id, updated_at, id);

-- Every submission that was taken in, the first one included. Its key is the idempotency record.
CREATE TABLE touches (
  company_id  TEXT NOT NULL,
  idem_key    TEXT NOT NULL,                 -- scope and the caller's key, or scope, digest and generation
  id          TEXT NOT NULL,
  lead_id     TEXT NOT NULL,
  form_id     TEXT,                          -- NULL: came through the API
  user_id     TEXT,                          -- who called the API
  attempt_id  TEXT NOT NULL,                 -- which attempt wrote it, so that a lost answer is recognised
  digest      TEXT NOT NULL,                 -- SHA-256 of the parsed values
  effect      TEXT NOT NULL,                 -- created, attached, released, recycled, noticed
  attribution TEXT NOT NULL,                 -- JSON: this touch's source, campaign, medium, term, click ids, pages
  submitted   TEXT NOT NULL,                 -- JSON: the values as given
  spam_score  INTEGER NOT NULL,
  spam_reasons TEXT NOT NULL,                -- JSON
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (company_id, idem_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX touches_lead ON touches (company_id, lead_id, id);

-- The consent ledger: rows are only added.
CREATE TABLE consents (
  company_id   TEXT NOT NULL,
  lead_id      TEXT NOT NULL,
  id           TEXT NOT NULL,
  purpose      TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('given', 'withdrawn')),
  text         TEXT NOT NULL,                -- what the person read, to the letter
  text_hash    TEXT NOT NULL,                -- SHA-256 of that text
  text_version TEXT NOT NULL,
  locale       TEXT,
  source       TEXT NOT NULL,                -- form:<id>, api:<user id>
  touch_id     TEXT,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (company_id, lead_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  company_id       TEXT NOT NULL REFERENCES companies (id),
  id               TEXT NOT NULL,
  name             TEXT NOT NULL,
  company_key      TEXT NOT NULL,
  domain           TEXT,                     -- its e-mail domain, never a free mail one
  account_owner_id TEXT,
  account_type     TEXT NOT NULL,
  industry         TEXT,
  company_size     TEXT,
  annual_revenue   INTEGER,                  -- minor units
  gstin            TEXT,
  health_score     TEXT NOT NULL,
  lifecycle_stage  TEXT NOT NULL,
  is_active        INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  deleted_at       INTEGER,
  version          INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_key ON accounts (company_id, company_key) WHERE deleted_at IS NULL;
CREATE INDEX accounts_domain ON accounts (company_id, domain) WHERE domain IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE contacts (
  company_id        TEXT NOT NULL REFERENCES companies (id),
  id                TEXT NOT NULL,
  account_id        TEXT NOT NULL,
  name              TEXT NOT NULL,
  job_title         TEXT,
  role              TEXT,
  email             TEXT,
  email_key         TEXT,
  phone             TEXT,
  phone_e164        TEXT,
  preferred_channel TEXT,
  influence_score   TEXT,
  is_primary_contact INTEGER NOT NULL DEFAULT 0 CHECK (is_primary_contact IN (0, 1)),
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  deleted_at        INTEGER,
  version           INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contacts_account ON contacts (company_id, account_id, id);
CREATE INDEX contacts_email ON contacts (company_id, email_key) WHERE email_key IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX contacts_phone ON contacts (company_id, phone_e164) WHERE phone_e164 IS NOT NULL AND deleted_at IS NULL;
