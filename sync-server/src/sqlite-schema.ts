/** Tables of the server's file. Every value is sealed, signed or an identifier: nothing here can be read by the server (P1). */

export const SCHEMA_VERSION = 1

export const SCHEMA = `
CREATE TABLE account_entries (
  account BLOB NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL, signature BLOB NOT NULL,
  PRIMARY KEY (account, n)
) STRICT;
CREATE TABLE lookups (lookup BLOB PRIMARY KEY, account BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE control_entries (
  vault BLOB NOT NULL, n INTEGER NOT NULL, entry BLOB NOT NULL,
  PRIMARY KEY (vault, n)
) STRICT;
-- Where to look for an account's vaults; what it may do there is read from the control log alone.
CREATE TABLE members (
  id INTEGER PRIMARY KEY, account BLOB NOT NULL, vault BLOB NOT NULL, UNIQUE (account, vault)
) STRICT;
CREATE TABLE streams (
  id INTEGER PRIMARY KEY, vault BLOB NOT NULL, stream BLOB NOT NULL, n INTEGER NOT NULL, h BLOB NOT NULL,
  UNIQUE (vault, stream)
) STRICT;
CREATE TABLE envelopes (
  stream INTEGER NOT NULL REFERENCES streams (id), n INTEGER NOT NULL, outcome TEXT NOT NULL, hash BLOB NOT NULL, h BLOB NOT NULL,
  doc BLOB NOT NULL, account BLOB NOT NULL, open INTEGER NOT NULL,
  header BLOB NOT NULL, body_hash BLOB NOT NULL, proof BLOB, body BLOB,
  PRIMARY KEY (stream, n)
) STRICT;
CREATE UNIQUE INDEX envelope_hashes ON envelopes (stream, hash);
CREATE INDEX envelope_docs ON envelopes (stream, doc, n);
CREATE TABLE devices (
  stream INTEGER NOT NULL REFERENCES streams (id), device BLOB NOT NULL,
  seq INTEGER NOT NULL, previous BLOB NOT NULL, voids INTEGER NOT NULL,
  PRIMARY KEY (stream, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE chunks (
  vault BLOB NOT NULL, stream BLOB NOT NULL, blob BLOB NOT NULL, position INTEGER NOT NULL,
  account BLOB NOT NULL, total INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (vault, stream, blob, position)
) STRICT;
CREATE TABLE usage (account BLOB PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`
