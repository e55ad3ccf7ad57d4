-- Sign-in: links are counted by address, so that an unknown one costs what a known one does; a token that takes the place of
-- another can be told again until it is used.

-- SHA-256 of the address that was typed in. A link to nobody has '' for company and user, and opens nothing.
ALTER TABLE sign_in_links ADD COLUMN address TEXT;
CREATE INDEX sign_in_links_address ON sign_in_links (address, company_id, created_at);
CREATE INDEX sign_in_links_age ON sign_in_links (created_at);

ALTER TABLE sessions ADD COLUMN salt TEXT;               -- with the token before, it gives the current one
ALTER TABLE sessions ADD COLUMN used_at INTEGER;         -- when the current token first came back; NULL: its answer may be lost
