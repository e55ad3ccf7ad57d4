-- Nurturing: a company's mail settings, sequences, who is enrolled in them, the outbox, what came back, and who is never mailed.

CREATE TABLE company_settings (
  company_id     TEXT NOT NULL REFERENCES companies (id),
  id             TEXT NOT NULL,            -- the company's own id: one row each
  time_zone      TEXT NOT NULL DEFAULT 'UTC', -- IANA name
  mail_name      TEXT,                     -- the sender as mails name it; the company's name where NULL
  mail_address   TEXT,                     -- the sender's address; without it nothing is mailed to leads
  reply_address  TEXT,
  postal_address TEXT,                     -- stands in every mail to leads
  consent        TEXT NOT NULL DEFAULT '{"default":"given","countries":{}}', -- JSON: what each country asks for: given, confirmed, not_withdrawn
  double_opt_in  INTEGER NOT NULL DEFAULT 0 CHECK (double_opt_in IN (0, 1)),
  lead_alerts    INTEGER NOT NULL DEFAULT 0 CHECK (lead_alerts IN (0, 1)),    -- owners are mailed about new leads
  track_opens    INTEGER NOT NULL DEFAULT 1 CHECK (track_opens IN (0, 1)),
  track_clicks   INTEGER NOT NULL DEFAULT 1 CHECK (track_clicks IN (0, 1)),
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  version        INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX company_settings_alerts ON company_settings (company_id) WHERE lead_alerts = 1;
INSERT INTO company_settings (company_id, id, created_at, updated_at) SELECT id, id, created_at, created_at FROM companies;
-- The versions of routings stood under the company's id, which is now that of its settings.
UPDATE entity_versions SET entity_id = 'routing' WHERE entity_id = company_id;

CREATE TABLE sequences (
  company_id     TEXT NOT NULL REFERENCES companies (id),
  id             TEXT NOT NULL,
  name           TEXT NOT NULL,
  is_active      INTEGER NOT NULL DEFAULT 0 CHECK (is_active IN (0, 1)),
  active_since   INTEGER,                  -- what happened before does not trigger it
  revision       INTEGER NOT NULL DEFAULT 1, -- of its definition; raised by each edit of it
  trigger_event  TEXT NOT NULL,            -- lead_created, score_threshold, status_changed
  score_threshold INTEGER,
  to_status      TEXT,
  score_max      INTEGER,                  -- leads above it are neither enrolled nor mailed on
  send_window    TEXT,                     -- JSON: weekdays, from, to, time_zone
  daily_cap_per_lead   INTEGER,
  daily_cap_per_domain INTEGER,
  exit_statuses  TEXT NOT NULL,            -- JSON array
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  deleted_at     INTEGER,
  version        INTEGER NOT NULL DEFAULT 1,
  -- What is long stands last: whoever reads the columns before it does not read it.
  condition      TEXT,                     -- JSON, the policy's condition form
  exit_condition TEXT,                     -- JSON
  steps          TEXT NOT NULL,            -- JSON array
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sequences_active ON sequences (company_id, id) WHERE is_active = 1 AND deleted_at IS NULL;

-- Every definition that a sequence ever had: enrolled leads finish on the one they began.
CREATE TABLE sequence_revisions (
  company_id  TEXT NOT NULL,
  sequence_id TEXT NOT NULL,
  revision    INTEGER NOT NULL,
  user_id     TEXT,
  created_at  INTEGER NOT NULL,
  definition  TEXT NOT NULL,               -- JSON of the columns
  PRIMARY KEY (company_id, sequence_id, revision)
) STRICT, WITHOUT ROWID;

-- A lead in a sequence: once each.
CREATE TABLE enrolments (
  company_id  TEXT NOT NULL,
  sequence_id TEXT NOT NULL,
  lead_id     TEXT NOT NULL,
  id          TEXT NOT NULL,
  revision    INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('active', 'finished', 'left')),
  next_step   INTEGER NOT NULL,            -- the step number that is due next; steps that are not active are passed over
  due_at      INTEGER NOT NULL,            -- when; moved on by whatever holds the mail back
  held_by     TEXT,                        -- what holds it back: window, lead_cap, domain_cap, consent, settings, previous, fault
  lease_id    TEXT,                        -- the run that works on it
  lease_until INTEGER NOT NULL DEFAULT 0,
  enrolled_at INTEGER NOT NULL,
  last_mail_id TEXT,                       -- the mail of the step before: the next one waits until it was sent
  left_reason TEXT,
  ended_at    INTEGER,
  PRIMARY KEY (company_id, sequence_id, lead_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolments_lead ON enrolments (company_id, lead_id, sequence_id);
CREATE INDEX enrolments_due ON enrolments (company_id, due_at, lead_id, sequence_id) WHERE state = 'active';

-- The outbox: every mail, written before a provider is called. Its id is the idempotency key.
CREATE TABLE mails (
  company_id   TEXT NOT NULL,
  id           TEXT NOT NULL,
  kind         TEXT NOT NULL,              -- sequence, test, opt_in, lead_alert, sign_in
  lead_id      TEXT,
  user_id      TEXT,
  sequence_id  TEXT,
  revision     INTEGER,
  step_number  INTEGER,
  to_address   TEXT NOT NULL,
  to_name      TEXT,
  from_address TEXT NOT NULL,
  from_name    TEXT,
  reply_address TEXT,
  state        TEXT NOT NULL,              -- queued, sending, sent, dead, parked, cancelled
  tries        INTEGER NOT NULL DEFAULT 0,
  next_try_at  INTEGER,                    -- NULL once nothing is to be done by itself
  lease_id     TEXT,
  lease_until  INTEGER NOT NULL DEFAULT 0,
  first_try_at INTEGER,
  asked_at     INTEGER,                    -- since when a provider may have it; NULL once that is known
  absent_at    INTEGER,                    -- when a look-up first did not find it since then
  provider     TEXT,
  provider_id  TEXT,                       -- its name for the mail
  reason       TEXT,                       -- why dead, parked or cancelled
  due_at       INTEGER NOT NULL,           -- when its step was due, or it was asked for
  cap_day      INTEGER,                    -- the company's day on which it was counted for the caps; tried on another, it is counted again
  created_at   INTEGER NOT NULL,
  sent_at      INTEGER,
  delivered_at INTEGER,
  opened_at    INTEGER,                    -- by a person, as far as can be told
  clicked_at   INTEGER,
  bounced_at   INTEGER,
  complained_at INTEGER,
  -- What is long stands last: whoever reads the columns before it does not read it.
  unsubscribe_url TEXT,                    -- for List-Unsubscribe (RFC 8058)
  subject      TEXT NOT NULL,
  body         TEXT NOT NULL,              -- HTML as sent
  body_text    TEXT NOT NULL,
  links        TEXT NOT NULL DEFAULT '[]', -- JSON array: the addresses behind its signed links, in order
  PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
-- A step goes to a lead once.
CREATE UNIQUE INDEX mails_step ON mails (company_id, sequence_id, step_number, lead_id) WHERE kind = 'sequence';
CREATE INDEX mails_due ON mails (company_id, next_try_at, id) WHERE next_try_at IS NOT NULL;
CREATE INDEX mails_lead ON mails (company_id, lead_id, id) WHERE lead_id IS NOT NULL;
CREATE INDEX mails_state ON mails (company_id, state, id);
CREATE INDEX mails_provider ON mails (provider_id) WHERE provider_id IS NOT NULL;

-- What a provider answered to each try.
CREATE TABLE mail_tries (
  company_id TEXT NOT NULL,
  mail_id    TEXT NOT NULL,
  id         TEXT NOT NULL,
  provider   TEXT NOT NULL,
  act        TEXT NOT NULL,                -- send, look_up
  outcome    TEXT NOT NULL,                -- accepted, retry, refused, unclear, found, absent
  status     INTEGER,                      -- the HTTP status
  words      TEXT,                         -- what it said, cut short, without addresses
  created_at INTEGER NOT NULL,
  PRIMARY KEY (company_id, mail_id, id)
) STRICT, WITHOUT ROWID;

-- What came back: by signed links and by the provider's webhooks, once each.
CREATE TABLE mail_events (
  company_id TEXT NOT NULL,
  mail_id    TEXT NOT NULL,
  source     TEXT NOT NULL,                -- the provider's own event id, or the request's
  id         TEXT NOT NULL,
  kind       TEXT NOT NULL,                -- delivered, bounced, complained, opened, clicked, unsubscribed
  link       INTEGER,                      -- which of the mail's links
  method     TEXT,
  user_agent TEXT,
  detail     TEXT,                         -- the kind of bounce, ...
  machine    TEXT,                         -- why it was no person; NULL: a person, or not judged yet
  judged_at  INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (company_id, mail_id, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_events_open ON mail_events (created_at, company_id, mail_id) WHERE judged_at IS NULL;

-- Mails of a day, counted for the caps. Old days are removed.
CREATE TABLE mail_days (
  company_id TEXT NOT NULL,
  day        INTEGER NOT NULL,             -- days since 1970 in the company's time zone
  subject    TEXT NOT NULL,                -- lead:<id>, or domain:<keyed hash>
  mails      INTEGER NOT NULL,
  PRIMARY KEY (day, company_id, subject)   -- by day, so that the old ones are found
) STRICT, WITHOUT ROWID;

-- Who is never mailed: by a keyed hash of the address, which outlives the person's erasure.
CREATE TABLE suppressions (
  company_id   TEXT NOT NULL,
  address_hash TEXT NOT NULL,              -- HMAC-SHA-256 of the e-mail key under a key of the company's own
  sequence_id  TEXT NOT NULL DEFAULT '',   -- '' is every sequence
  id           TEXT NOT NULL,              -- the trail tells of it by this
  reason       TEXT NOT NULL,              -- unsubscribed, bounced, complained, by_hand
  mail_id      TEXT,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (company_id, address_hash, sequence_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX suppressions_id ON suppressions (company_id, id);

-- Consents that wait for the person's confirmation by mail.
CREATE TABLE opt_ins (
  company_id   TEXT NOT NULL,
  lead_id      TEXT NOT NULL,
  id           TEXT NOT NULL,
  touch_id     TEXT,
  text         TEXT NOT NULL,              -- what the person read, to the letter
  text_version TEXT NOT NULL,
  locale       TEXT,
  source       TEXT NOT NULL,
  mail_id      TEXT,                       -- the mail that asks; NULL until it is written
  created_at   INTEGER NOT NULL,
  ask_at       INTEGER NOT NULL,           -- when it is to be mailed; later while the company or the lead cannot be mailed
  expires_at   INTEGER NOT NULL,
  confirmed_at INTEGER,
  PRIMARY KEY (company_id, lead_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX opt_ins_open ON opt_ins (ask_at, company_id, lead_id) WHERE mail_id IS NULL AND confirmed_at IS NULL;

CREATE INDEX opt_ins_expired ON opt_ins (expires_at) WHERE mail_id IS NOT NULL;

-- Whether the standing consent was confirmed by mail.
ALTER TABLE leads ADD COLUMN consent_confirmed_at INTEGER;

-- How far the cron has walked each company's audit trail, which is the log of what triggers sequences and alerts.
CREATE TABLE walks (
  company_id TEXT NOT NULL PRIMARY KEY REFERENCES companies (id),
  head       TEXT NOT NULL,                -- the newest audit row that was looked at
  settled    TEXT NOT NULL                 -- the newest that was looked at again once nothing older could still be written
) STRICT, WITHOUT ROWID;

-- Where a cron that takes companies in turns goes on.
CREATE TABLE cron_turns (
  name     TEXT NOT NULL PRIMARY KEY,
  position TEXT NOT NULL
) STRICT, WITHOUT ROWID;
