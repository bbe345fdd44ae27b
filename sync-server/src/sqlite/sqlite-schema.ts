/**
 * Tables of the SQLite file. Every value is sealed, signed, hashed or an identifier: nothing in the file reveals
 * content (P1).
 *
 * Each step upgrades one `user_version` to the next and never changes once it is on the main branch:
 * test/fixtures/server has a file of every schema, and all of them must open forever.
 */

import type { DatabaseSync } from 'node:sqlite'
import { ADMISSION_STEP } from '../storage/admission-storage.ts'
import { BLOB_TABLE } from '../storage/blob-storage.ts'
import { DEPARTURE_TABLE } from '../storage/departure-storage.ts'
import { EMERGENCY_TABLE } from '../storage/emergency-storage.ts'
import { LATE_TABLES } from '../storage/quarantine-storage.ts'
import { REFILL_TABLES } from '../storage/reseed-storage.ts'
import { AUDIT_TABLES } from './sqlite-audit.ts'
import { ENTRY_TABLES, moveEnvelopes } from './sqlite-entries.ts'

const TIME_TABLES = `
-- H8: when each day began that the server has lived through.
CREATE TABLE server_days (day INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;
-- H8: which leaves of the audit tree each device of the owners fetched last, from "first" to before "next". Who cosigned a tree had read it.
CREATE TABLE audit_fetched (
  vault BLOB NOT NULL, device BLOB NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL,
  PRIMARY KEY (vault, device)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_fetched (vault, device, first, next) SELECT vault, device, 0, size FROM cosignatures;
DROP INDEX audit_sealed;
CREATE INDEX audit_sealed ON audit_leaves (vault, position) WHERE sealed IS NOT NULL;
`

/** SQL, or a function where SQL is not enough. */
export type Step = string | ((db: DatabaseSync) => void)

/** Step n upgrades version n to n + 1; a new file takes all steps. */
const STEPS: Step[] = [
  `
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
`,
  `
-- Who pays for what is stored: an account, or a grant for what its grantee writes (S8). Both are ids of 16 bytes.
ALTER TABLE usage RENAME COLUMN account TO payer;
ALTER TABLE usage ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;
UPDATE usage SET entries =
  (SELECT count(*) FROM envelopes WHERE envelopes.account = payer) +
  (SELECT count(*) FROM account_entries WHERE account_entries.account = payer);
-- H2: who may make vaults, who came by a grant, who waits. Every account of before came in by open registration.
CREATE TABLE admissions (
  account BLOB PRIMARY KEY, standing TEXT NOT NULL, since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO admissions (account, standing, since) SELECT DISTINCT account, 'member', 0 FROM account_entries;
CREATE INDEX admissions_waiting ON admissions (since) WHERE standing = 'waiting';
-- Invitations that are open, by the hash of their code; gone once used.
CREATE TABLE invites (hash BLOB PRIMARY KEY, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- What the server keeps of itself: the newest time that it signed, whether it was put back from a backup.
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  AUDIT_TABLES,
  DEPARTURE_TABLE,
  LATE_TABLES,
  REFILL_TABLES,
  BLOB_TABLE,
  (db) => {
    db.exec(ENTRY_TABLES)
    moveEnvelopes(db)
  },
  EMERGENCY_TABLE,
  TIME_TABLES,
  `
-- H10: nonces of challenges that were answered, for as long as they could be answered once more.
CREATE TABLE spent_nonces (nonce BLOB PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX spent_nonce_ends ON spent_nonces (until);
`,
  ADMISSION_STEP,
]

export const SCHEMA_VERSION = STEPS.length

/**
 * The steps from `version` (0: a new file) to {@link SCHEMA_VERSION}, to run in one transaction; empty if the file is
 * current.
 */
export function stepsFrom(version: number): Step[] {
  return STEPS.slice(version)
}

/** The steps that bring a new file to `version`, for tests with rows of that version. */
export function schemaUpTo(version: number): Step[] {
  return STEPS.slice(0, version)
}
