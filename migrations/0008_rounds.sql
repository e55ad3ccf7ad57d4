-- What handing out leads counts, in one small row: a new lead writes that row, and neither one for its turn and one for its owner's load, nor
-- the long document of routings.

CREATE TABLE rounds (
  company_id TEXT NOT NULL PRIMARY KEY REFERENCES companies (id),
  turns      TEXT NOT NULL DEFAULT '{}',   -- JSON: how many turns each pool has taken
  loads      TEXT NOT NULL DEFAULT '{}'    -- JSON: open leads of each person who has a capacity
) STRICT, WITHOUT ROWID;
INSERT INTO rounds (company_id, turns, loads)
  SELECT company_id, (SELECT json_group_object(pool_id, turn) FROM turns t WHERE t.company_id = r.company_id), loads FROM routings r;

DROP TABLE turns;
ALTER TABLE routings DROP COLUMN loads;
