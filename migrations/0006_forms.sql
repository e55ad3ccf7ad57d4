-- Forms with definitions of their own, every one of which is kept: an answer is judged under the one that its visitor saw.

ALTER TABLE forms ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE forms ADD COLUMN redirect_hosts TEXT NOT NULL DEFAULT '[]'; -- JSON array: where visitors may be led besides the origins
ALTER TABLE forms ADD COLUMN definition_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE forms ADD COLUMN deleted_at INTEGER;
UPDATE forms SET updated_at = created_at;

CREATE TABLE form_versions (
  company_id TEXT NOT NULL,
  form_id    TEXT NOT NULL,
  number     INTEGER NOT NULL,
  user_id    TEXT,                           -- NULL: made with the company
  created_at INTEGER NOT NULL,
  definition TEXT NOT NULL,                  -- JSON
  PRIMARY KEY (company_id, form_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO form_versions (company_id, form_id, number, created_at, definition)
  SELECT company_id, id, 1, created_at, definition FROM forms;

-- Under which definition a submission was judged; NULL: came through the API, or before there were definitions.
ALTER TABLE touches ADD COLUMN form_version INTEGER;

-- What came in through a form, newest last.
CREATE INDEX touches_form ON touches (company_id, form_id, id) WHERE form_id IS NOT NULL;

-- Submissions by people of the company who try a form out: they make no lead.
CREATE TABLE form_tests (
  company_id   TEXT NOT NULL,
  form_id      TEXT NOT NULL,
  id           TEXT NOT NULL,
  form_version INTEGER NOT NULL,
  user_id      TEXT NOT NULL,
  email_key    TEXT NOT NULL,                -- whose address was tried, so that an erasure finds it
  submitted    TEXT NOT NULL,                -- JSON: the values as given
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (company_id, form_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX form_tests_email ON form_tests (company_id, email_key);
