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
)sql"};

}  // namespace

absl::Span<const char* const> SchemaSteps() { return kSteps; }

}  // namespace dudao::sync
