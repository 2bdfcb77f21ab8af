#include "schema.h"

namespace dudao::sync {
namespace {

// Numbers stand before blobs in every row, so that reading them does not walk overflow pages.
constexpr const char* kSteps[] = {
    R"sql(
PRAGMA application_id = 0x44554430;

CREATE TABLE replica(
  ix INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE space(
  ix INTEGER PRIMARY KEY,
  self INTEGER NOT NULL,        -- replica of this incarnation
  id BLOB NOT NULL UNIQUE,
  history_id BLOB NOT NULL,
  token BLOB NOT NULL           -- empty until the host passes one
) STRICT;

-- Newest change of each replica whose effects are in `record`.
CREATE TABLE head(
  space INTEGER NOT NULL,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  time INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY(space, replica)
) STRICT, WITHOUT ROWID;

-- flags: 1 in conflict, 2 overtaken dots are waited for, 4 does not exist (deleted)
CREATE TABLE record(
  ix INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  type INTEGER NOT NULL,
  key BLOB NOT NULL,
  revision INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  state BLOB NOT NULL,
  UNIQUE(space, type, key)
) STRICT;
CREATE INDEX record_by_revision ON record(space, revision);
CREATE INDEX record_in_conflict ON record(space, type, key) WHERE flags & 1;
CREATE INDEX record_unsettled ON record(space) WHERE flags & 2;

-- Own saves that are in no segment yet. Only ever appended to, so that a save writes one page.
CREATE TABLE fresh(
  ix INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,           -- of the chain, after this save
  body BLOB NOT NULL
) STRICT;

-- pos is the arrival position. Rows are never deleted, so SQLite's next rowid is always greater.
CREATE TABLE segment(
  pos INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  source INTEGER NOT NULL,      -- replica that delivered it, or our own
  changes INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX segment_by_space ON segment(space);

CREATE TABLE span(
  space INTEGER NOT NULL,
  replica INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY(space, replica, last_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE segment_record(
  record INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY(record, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine(
  ix INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  in_log INTEGER NOT NULL,      -- 1: this change is the one with its dot in the segments
  source INTEGER NOT NULL,
  hash BLOB NOT NULL,           -- SHA-256 of the canonical change
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  body BLOB NOT NULL,
  UNIQUE(space, replica, seq, hash)
) STRICT;

CREATE TABLE peer(
  space INTEGER NOT NULL,
  name TEXT NOT NULL,
  cursor INTEGER NOT NULL,
  history_id BLOB NOT NULL,
  known BLOB NOT NULL,
  PRIMARY KEY(space, name)
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
-- Chain hash after last_seq. Spans of the first layout get theirs when the space is opened next.
ALTER TABLE span ADD COLUMN hash BLOB;
CREATE INDEX span_without_hash ON span(space) WHERE hash IS NULL;
CREATE INDEX span_by_pos ON span(pos);

ALTER TABLE quarantine ADD COLUMN state INTEGER NOT NULL DEFAULT 0;  -- 1 released, 2 refused

-- What was decided on changes, whether they are here or not. hash as in `quarantine`.
CREATE TABLE verdict(
  space INTEGER NOT NULL,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  released INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY(space, replica, seq, hash)
) STRICT, WITHOUT ROWID;

-- Signed heads of chains in the log; body is a HeadProof.
CREATE TABLE proof(
  space INTEGER NOT NULL,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  signer TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY(space, replica, seq, signer)
) STRICT, WITHOUT ROWID;

-- Given (server) or received (tablet); body is a Receipt.
CREATE TABLE receipt(
  ix INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  position INTEGER NOT NULL,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX receipt_by_position ON receipt(space, position);
CREATE INDEX receipt_by_replica ON receipt(space, replica);

-- Ids under which this file wrote, oldest first: what it wrote after `common` was made again under
-- `next`, `made` changes.
CREATE TABLE former(
  ix INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  replica INTEGER NOT NULL,
  common INTEGER NOT NULL,
  next INTEGER NOT NULL,
  made INTEGER NOT NULL
) STRICT;

-- Evidence: proofs and receipts of changes that are not in the log, for another change has their
-- number. kind 1 HeadProof, 2 Receipt.
CREATE TABLE lapsed(
  ix INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
)sql",
    R"sql(
ALTER TABLE peer ADD COLUMN compare INTEGER NOT NULL DEFAULT 0;  -- 1: vectors first, not the cursor
)sql"};

}  // namespace

absl::Span<const char* const> SchemaSteps() { return kSteps; }

}  // namespace dudao::sync
