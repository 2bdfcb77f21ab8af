// The tables of projection.db, step by step. Private to the projection.
#pragma once

namespace dudao::server {

inline constexpr const char* kProjectionSteps[] = {
    R"sql(
CREATE TABLE progress(space TEXT PRIMARY KEY, revision INTEGER NOT NULL, history BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE visit(
  id INTEGER PRIMARY KEY, space TEXT NOT NULL, key BLOB NOT NULL, temp_no TEXT NOT NULL, team_id TEXT NOT NULL,
  unit_code TEXT NOT NULL, visit_date TEXT NOT NULL, state INTEGER NOT NULL, arrived_ms INTEGER NOT NULL, left_ms INTEGER NOT NULL,
  findings INTEGER NOT NULL, evidence INTEGER NOT NULL, conflicts INTEGER NOT NULL, changed_ms INTEGER NOT NULL, text TEXT NOT NULL,
  UNIQUE(space, key));
CREATE INDEX visit_by_date ON visit(visit_date DESC, space, key);
CREATE INDEX visit_by_unit ON visit(unit_code);
CREATE VIRTUAL TABLE visit_text USING fts5(text, content='', contentless_delete=1, tokenize='trigram');
CREATE TABLE place(code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE team(id TEXT PRIMARY KEY, name TEXT NOT NULL, quota INTEGER NOT NULL, active INTEGER NOT NULL) WITHOUT ROWID;
)sql",
    R"sql(
CREATE TABLE file_use(
  space TEXT NOT NULL, sha256 BLOB NOT NULL, key BLOB NOT NULL, personal INTEGER NOT NULL,
  PRIMARY KEY(space, sha256, key)) WITHOUT ROWID;
CREATE INDEX file_use_by_record ON file_use(space, key);
DELETE FROM progress;
DELETE FROM visit_text;
DELETE FROM visit;
)sql",
    // A finding's row has a part from its visit, one from
    // its rectification, one from look-backs in any space;
    // they arrive in any order. Numbers of states are those
    // of RectificationState and VisitState.
    R"sql(
CREATE TABLE finding(
  id INTEGER PRIMARY KEY, space TEXT NOT NULL, finding_id TEXT NOT NULL,
  present INTEGER NOT NULL DEFAULT 0, visit_key BLOB NOT NULL DEFAULT x'', visit_no TEXT NOT NULL DEFAULT '',
  visit_state INTEGER NOT NULL DEFAULT 0, temp_no TEXT NOT NULL DEFAULT '', team_id TEXT NOT NULL DEFAULT '',
  unit_code TEXT NOT NULL DEFAULT '', visit_date TEXT NOT NULL DEFAULT '', check_code TEXT NOT NULL DEFAULT '',
  found_problem TEXT NOT NULL DEFAULT '', found_level INTEGER NOT NULL DEFAULT 0, found_owner TEXT NOT NULL DEFAULT '',
  evidence INTEGER NOT NULL DEFAULT 0, conflicts INTEGER NOT NULL DEFAULT 0, submitted_ms INTEGER NOT NULL DEFAULT 0,
  digest TEXT NOT NULL DEFAULT '', found_text TEXT NOT NULL DEFAULT '',
  decided INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0, notice_no TEXT NOT NULL DEFAULT '',
  level INTEGER NOT NULL DEFAULT 0, problem TEXT NOT NULL DEFAULT '', owner TEXT NOT NULL DEFAULT '',
  limit_unit INTEGER NOT NULL DEFAULT 0, limit_amount INTEGER NOT NULL DEFAULT 0, issued_ms INTEGER NOT NULL DEFAULT 0,
  due_date TEXT NOT NULL DEFAULT '', extended_due TEXT NOT NULL DEFAULT '', green_ms INTEGER NOT NULL DEFAULT 0,
  yellow_ms INTEGER NOT NULL DEFAULT 0, asked INTEGER NOT NULL DEFAULT 0, granted INTEGER NOT NULL DEFAULT 0,
  look_back_team TEXT NOT NULL DEFAULT '', sources INTEGER NOT NULL DEFAULT 1, rework INTEGER NOT NULL DEFAULT 0,
  reopened INTEGER NOT NULL DEFAULT 0, closed_on TEXT NOT NULL DEFAULT '', step_ms INTEGER NOT NULL DEFAULT 0,
  step_digest TEXT NOT NULL DEFAULT '', merged_into TEXT NOT NULL DEFAULT '', own_conflicts INTEGER NOT NULL DEFAULT 0,
  own_text TEXT NOT NULL DEFAULT '',
  look_back INTEGER NOT NULL DEFAULT 0, relapse INTEGER NOT NULL DEFAULT 0,
  stale INTEGER GENERATED ALWAYS AS (decided AND step_digest <> '' AND step_digest <> digest) VIRTUAL,
  part INTEGER GENERATED ALWAYS AS (CASE
    WHEN state IN (4, 5, 6, 7, 8, 9, 12, 14) THEN 2
    WHEN state = 10 THEN 3
    WHEN state = 0 AND NOT (present AND visit_state IN (2, 3)) THEN 0
    WHEN state = 0 THEN 1
    WHEN state = 1 AND present AND visit_state IN (2, 3) AND step_digest <> digest THEN 1
    ELSE 4 END) VIRTUAL,
  todo INTEGER GENERATED ALWAYS AS (CASE
    WHEN state IN (4, 12, 14) THEN 1
    WHEN state IN (5, 6, 7, 8, 9) AND asked > 0 THEN 1
    WHEN state = 8 AND (look_back OR look_back_team = '') THEN 1
    WHEN state = 10 AND relapse THEN 1
    WHEN state = 0 AND present AND visit_state IN (2, 3) THEN 1
    WHEN state = 1 AND present AND visit_state IN (2, 3) AND step_digest <> digest THEN 1
    ELSE 0 END) VIRTUAL,
  due TEXT GENERATED ALWAYS AS (CASE extended_due WHEN '' THEN due_date ELSE extended_due END) VIRTUAL,
  due_sort TEXT GENERATED ALWAYS AS (CASE WHEN due_date = '' THEN '9' WHEN extended_due = '' THEN due_date ELSE extended_due END) VIRTUAL,
  wait_ms INTEGER GENERATED ALWAYS AS (CASE WHEN step_ms > 0 THEN step_ms ELSE submitted_ms END) VIRTUAL,
  UNIQUE(space, finding_id, visit_key));
CREATE INDEX finding_by_date ON finding(visit_date DESC, space, finding_id);
CREATE INDEX finding_by_due ON finding(due_sort, space, finding_id);
CREATE INDEX finding_by_wait ON finding(wait_ms, space, finding_id);
CREATE INDEX finding_by_unit ON finding(unit_code);
CREATE INDEX finding_by_visit ON finding(space, visit_key);
CREATE INDEX finding_by_id ON finding(finding_id);
CREATE INDEX finding_todo ON finding(space) WHERE todo;
CREATE INDEX finding_open ON finding(unit_code, yellow_ms) WHERE part = 2;
CREATE VIRTUAL TABLE finding_text USING fts5(text, content='', contentless_delete=1, tokenize='trigram');
CREATE TABLE finding_person(space TEXT NOT NULL, finding_id TEXT NOT NULL, finder_id TEXT NOT NULL,
  PRIMARY KEY(space, finding_id, finder_id)) WITHOUT ROWID;
CREATE TABLE finding_check(space TEXT NOT NULL, finding_id TEXT NOT NULL, check_id TEXT NOT NULL,
  PRIMARY KEY(space, finding_id, check_id)) WITHOUT ROWID;
CREATE TABLE notice(space TEXT NOT NULL, finding_id TEXT NOT NULL, year INTEGER NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(space, finding_id, year, number)) WITHOUT ROWID;
CREATE INDEX notice_by_number ON notice(year, number);
CREATE TABLE look_back(space TEXT NOT NULL, key BLOB NOT NULL, finding_id TEXT NOT NULL, visit_no TEXT NOT NULL,
  checker_id TEXT NOT NULL, result INTEGER NOT NULL, date TEXT NOT NULL, submitted INTEGER NOT NULL,
  PRIMARY KEY(space, key, finding_id)) WITHOUT ROWID;
CREATE INDEX look_back_by_finding ON look_back(finding_id);
CREATE TABLE holiday(year INTEGER PRIMARY KEY, record BLOB NOT NULL);
DROP TABLE place;
CREATE TABLE place(code TEXT PRIMARY KEY, name TEXT NOT NULL, official TEXT NOT NULL, pinyin TEXT NOT NULL,
  initials TEXT NOT NULL, parent TEXT NOT NULL, level INTEGER NOT NULL, unit_type INTEGER NOT NULL, weak INTEGER NOT NULL,
  thin INTEGER NOT NULL, plannable INTEGER NOT NULL) WITHOUT ROWID;
ALTER TABLE visit ADD COLUMN longitude_e7 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visit ADD COLUMN latitude_e7 INTEGER NOT NULL DEFAULT 0;
DROP INDEX visit_by_unit;
CREATE INDEX visit_by_unit ON visit(unit_code, visit_date);
CREATE INDEX visit_waiting ON visit(space) WHERE state = 2;
CREATE INDEX visit_in_conflict ON visit(space) WHERE conflicts > 0;
DELETE FROM progress;
DELETE FROM visit_text;
DELETE FROM visit;
DELETE FROM file_use;
)sql",
    // Counts read this alone.
    R"sql(
CREATE INDEX finding_by_part ON finding(part, space);
)sql",
    // Of whom a visit is that no team made. Records of before have none.
    R"sql(
ALTER TABLE visit ADD COLUMN leader_id TEXT NOT NULL DEFAULT '';
)sql"};

}  // namespace dudao::server
