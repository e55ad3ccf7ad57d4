-- What is counted of forms, and when a submission was sent that waited for a connection.

-- Views, starts and the field that was reached last, by form, version and day. Numbers alone: no visitor stands behind a row.
CREATE TABLE form_counts (
  company_id TEXT NOT NULL REFERENCES companies (id),
  form_id    TEXT NOT NULL,
  day        INTEGER NOT NULL,             -- days since 1970 in UTC
  version    INTEGER NOT NULL,             -- the form's version that was shown
  what       TEXT NOT NULL CHECK (what IN ('view', 'start', 'last')),
  field      TEXT NOT NULL DEFAULT '',     -- for last: the field
  n          INTEGER NOT NULL,             -- may pass below 0 for a while: a visitor who goes on is taken from where they were
  PRIMARY KEY (company_id, form_id, day, version, what, field)
) STRICT, WITHOUT ROWID;

-- Submissions by form, day, version and where they came from: the form's touches up to the one in form_rolls, each counted once. Whoever
-- reads the numbers counts what came since; a submission itself writes nothing for it.
CREATE TABLE form_submits (
  company_id  TEXT NOT NULL REFERENCES companies (id),
  form_id     TEXT NOT NULL,
  day         INTEGER NOT NULL,            -- of the day it was sent
  version     INTEGER NOT NULL,
  lead_source TEXT NOT NULL,
  campaign    TEXT NOT NULL,
  n           INTEGER NOT NULL,
  leads       INTEGER NOT NULL,            -- those that made a lead
  spam        INTEGER NOT NULL,            -- those that were set aside
  PRIMARY KEY (company_id, form_id, day, version, lead_source, campaign)
) STRICT, WITHOUT ROWID;

CREATE TABLE form_rolls (
  company_id TEXT NOT NULL REFERENCES companies (id),
  form_id    TEXT NOT NULL,
  touch_id   TEXT NOT NULL,                -- the newest touch that form_submits has counted
  PRIMARY KEY (company_id, form_id)
) STRICT, WITHOUT ROWID;

-- When the visitor sent it, where that was before it came in.
ALTER TABLE touches ADD COLUMN filled_at INTEGER;
