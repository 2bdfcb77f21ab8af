#include "finding_rows.h"

#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/personal.h"
#include "dudao/domain/rectification.h"
#include "dudao/domain/rectification_clock.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/log/chain.h"
#include "utf8.h"

namespace dudao::server {
namespace {

using records::v1::Finding;
using records::v1::Rectification;
using records::v1::Visit;

constexpr int kVisitSubmitted = records::v1::VISIT_STATE_SUBMITTED;
constexpr int kVisitConfirmed = records::v1::VISIT_STATE_CONFIRMED;

// Who wrote the shown value of a cell; empty where there is none.
std::string AuthorOf(const sync::Record& record, const sync::Path& path) {
  const sync::Cell* cell = record.Find(path);
  const sync::Version* shown = cell != nullptr ? record.Shown(*cell) : nullptr;
  if (shown == nullptr || shown->value.is_absent()) return {};
  return record.OriginOf(shown->dot).author;
}

void PutCell(const sync::Cell& cell, std::string& out) {
  std::set<std::string> values;
  for (const sync::Version& version : cell.versions) {
    std::string value(1, static_cast<char>(version.value.type));
    values.insert(value + version.value.bytes);
  }
  sync::PutBytes(out, cell.path.bytes());
  sync::PutVarint(out, values.size());
  for (const std::string& value : values) sync::PutBytes(out, value);
}

// By finding; one pass over the record.
std::map<std::string, std::string> DigestsOf(const sync::Record& record, const Visit& visit) {
  std::map<std::string, std::string, std::less<>> about;  // supplement to finding
  for (const auto& supplement : visit.supplements()) {
    if (!supplement.finding_id().empty()) about[supplement.id()] = supplement.finding_id();
  }
  std::map<std::string, std::string> content;
  for (const Finding& finding : visit.findings()) content[finding.id()];
  for (const sync::Cell& cell : record.cells()) {
    const std::vector<sync::PathStep> steps = cell.path.Steps();
    if (steps.empty() || !steps[0].key) continue;
    std::string finding_id;
    if (steps[0].field == Visit::kFindingsFieldNumber) {
      finding_id = std::string(*steps[0].key);
    } else if (steps[0].field == Visit::kSupplementsFieldNumber) {
      const auto found = about.find(*steps[0].key);
      if (found != about.end()) finding_id = found->second;
    }
    const auto entry = content.find(finding_id);
    if (entry != content.end()) PutCell(cell, entry->second);
  }
  for (auto& [id, bytes] : content)
    bytes = absl::BytesToHexString(std::string(sync::HashBytes(sync::Sha256(bytes))));
  return content;
}

std::map<std::string, int> ConflictsIn(const sync::Record& record) {
  std::map<std::string, int> counts;
  if (!record.HasConflict()) return counts;
  for (const sync::Conflict& conflict : record.Conflicts()) {
    const std::vector<sync::PathStep> steps = conflict.path.Steps();
    if (!steps.empty() && steps[0].key && steps[0].field == Visit::kFindingsFieldNumber)
      ++counts[std::string(*steps[0].key)];
  }
  return counts;
}

std::string Shown(const std::string& text) { return Utf8(domain::MaskText(Utf8(text))); }

// A finding that its visit lost: gone, unless the office has decided on it.
absl::Status Lose(sync::Database& db, std::string_view space, std::string_view finding_id,
                  std::string_view visit_key) {
  for (const char* sql :
       {"DELETE FROM finding_text WHERE rowid IN (SELECT id FROM finding WHERE space = ?1 AND "
        "finding_id = ?2 AND visit_key = ?3 AND NOT decided)",
        "DELETE FROM finding WHERE space = ?1 AND finding_id = ?2 AND visit_key = ?3 AND NOT "
        "decided",
        "UPDATE finding SET present = 0, digest = '' WHERE space = ?1 AND finding_id = ?2 AND "
        "visit_key = ?3"}) {
    DUDAO_ASSIGN(auto statement, db.Prepare(sql));
    statement.BindText(1, space).BindText(2, finding_id).BindBlob(3, visit_key);
    DUDAO_TRY(statement.Run());
  }
  return absl::OkStatus();
}

struct FoundPart {
  std::string digest;
  int conflicts = 0;
  int64_t submitted_ms = 0;
};

std::string FoundText(const Visit& visit, const Finding& finding) {
  std::string text;
  for (const std::string* part :
       {&finding.temp_no(), &visit.temp_no(), &finding.problem(), &finding.detail(),
        &finding.category(), &finding.basis(), &finding.owner_unit(), &finding.advice()})
    absl::StrAppend(&text, Shown(*part), "\n");
  return text;
}

absl::Status PutFound(sync::Database& db, std::string_view space, const std::string& visit_key,
                      const Visit& visit, const Finding& finding, const FoundPart& part) {
  DUDAO_ASSIGN(
      auto put,
      db.Prepare(
          "INSERT INTO finding(space, finding_id, present, visit_key, visit_no, visit_state, "
          "temp_no, team_id, unit_code, visit_date, check_code, found_problem, found_level, "
          "found_owner, evidence, conflicts, submitted_ms, digest, found_text) "
          "VALUES(?,?,1,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(space, finding_id, visit_key) "
          "DO UPDATE "
          "SET present = 1, visit_no = excluded.visit_no, "
          "visit_state = excluded.visit_state, temp_no = excluded.temp_no, team_id = "
          "excluded.team_id, unit_code = excluded.unit_code, visit_date = excluded.visit_date, "
          "check_code = excluded.check_code, found_problem = excluded.found_problem, found_level = "
          "excluded.found_level, found_owner = excluded.found_owner, evidence = excluded.evidence, "
          "conflicts = excluded.conflicts, submitted_ms = excluded.submitted_ms, digest = "
          "excluded.digest, found_text = excluded.found_text"));
  put.BindText(1, space).BindText(2, Utf8(finding.id())).BindBlob(3, visit_key);
  put.BindText(4, Utf8(visit.temp_no())).BindInt(5, visit.state());
  put.BindText(6, Utf8(finding.temp_no())).BindText(7, Utf8(visit.team_id()));
  put.BindText(8, Utf8(visit.unit_code())).BindText(9, Utf8(visit.visit_date()));
  put.BindText(10, Utf8(finding.check_code())).BindText(11, Shown(finding.problem()));
  put.BindInt(12, finding.level()).BindText(13, Utf8(finding.owner_unit()));
  put.BindInt(14, finding.evidence_ids_size()).BindInt(15, part.conflicts);
  put.BindInt(16, part.submitted_ms).BindText(17, part.digest);
  put.BindText(18, FoundText(visit, finding));
  DUDAO_TRY(put.Run());
  return FollowFinding(db, space, Utf8(finding.id()), &visit_key);
}

absl::StatusOr<std::vector<std::string>> IdsOf(sync::Database& db, std::string_view sql,
                                               std::string_view first, std::string_view second) {
  DUDAO_ASSIGN(auto read, db.Prepare(sql));
  read.BindText(1, first);
  if (!second.empty()) read.BindBlob(2, second);
  std::vector<std::string> ids;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return ids;
    ids.emplace_back(read.Text(0));
  }
}

// A look-back concerns a finding of whatever space.
absl::Status FollowEverywhere(sync::Database& db, const std::string& finding_id) {
  DUDAO_ASSIGN(
      const auto spaces,
      IdsOf(db, "SELECT DISTINCT space FROM finding WHERE finding_id = ?", finding_id, ""));
  for (const std::string& space : spaces) DUDAO_TRY(FollowFinding(db, space, finding_id, nullptr));
  return absl::OkStatus();
}

absl::Status ProjectLookBacks(sync::Database& db, std::string_view space,
                              const sync::StoredRecord& stored, const Visit& visit, bool exists) {
  DUDAO_ASSIGN(const auto before,
               IdsOf(db, "SELECT finding_id FROM look_back WHERE space = ? AND key = ?", space,
                     stored.id.key));
  std::set<std::string> concerned(before.begin(), before.end());
  DUDAO_ASSIGN(auto remove, db.Prepare("DELETE FROM look_back WHERE space = ? AND key = ?"));
  remove.BindText(1, space).BindBlob(2, stored.id.key);
  DUDAO_TRY(remove.Run());
  const bool submitted = visit.state() == kVisitSubmitted || visit.state() == kVisitConfirmed;
  for (const records::v1::LookbackItem& item : visit.lookback_items()) {
    if (!exists || item.finding_id().empty()) continue;
    DUDAO_ASSIGN(auto put, db.Prepare("INSERT OR REPLACE INTO look_back VALUES(?,?,?,?,?,?,?,?)"));
    put.BindText(1, space).BindBlob(2, stored.id.key).BindText(3, Utf8(item.finding_id()));
    put.BindText(4, Utf8(visit.temp_no()));
    put.BindText(5, Utf8(CheckerOf(stored.record, item.finding_id())));
    put.BindInt(6, item.result()).BindText(7, Utf8(visit.visit_date()));
    put.BindInt(8, submitted ? 1 : 0);
    DUDAO_TRY(put.Run());
    concerned.insert(Utf8(item.finding_id()));
  }
  for (const std::string& finding_id : concerned) DUDAO_TRY(FollowEverywhere(db, finding_id));
  return absl::OkStatus();
}

int64_t SubmittedMs(const sync::Record& record) {
  const sync::Cell* cell = record.Find(sync::Path().Field(Visit::kStateFieldNumber));
  const sync::Version* shown = cell != nullptr ? record.Shown(*cell) : nullptr;
  return shown != nullptr ? record.OriginOf(shown->dot).time.ms : 0;
}

}  // namespace

// True for a look-back that no decision used and that somebody else than a finder made.
#define DUDAO_LOOK_BACKS                                                                         \
  "SELECT 1 FROM look_back l WHERE l.finding_id = ?2 AND l.submitted AND l.result <> 0 AND NOT " \
  "EXISTS (SELECT 1 FROM finding_check c WHERE c.space = ?1 AND c.finding_id = ?2 AND "          \
  "c.check_id = lower(hex(l.key)) || '/' || ?2) AND NOT EXISTS (SELECT 1 FROM finding_person p " \
  "WHERE p.space = ?1 AND p.finding_id = ?2 AND p.finder_id = l.checker_id)"

absl::Status FollowFinding(sync::Database& db, std::string_view space, std::string_view finding_id,
                           const std::string* visit_key) {
  const std::string rows = absl::StrCat(" WHERE space = ?1 AND finding_id = ?2",
                                        visit_key != nullptr ? " AND visit_key = ?3" : "");
  for (const std::string& sql :
       {absl::StrCat("UPDATE finding SET look_back = EXISTS (" DUDAO_LOOK_BACKS
                     "), relapse = EXISTS (" DUDAO_LOOK_BACKS " AND l.result = 4)",
                     rows),
        absl::StrCat("DELETE FROM finding_text WHERE rowid IN (SELECT id FROM finding", rows, ")"),
        absl::StrCat("INSERT INTO finding_text(rowid, text) SELECT id, found_text || own_text FROM "
                     "finding",
                     rows)}) {
    DUDAO_ASSIGN(auto statement, db.Prepare(sql));
    statement.BindText(1, space).BindText(2, finding_id);
    if (visit_key != nullptr) statement.BindBlob(3, *visit_key);
    DUDAO_TRY(statement.Run());
  }
  return absl::OkStatus();
}
#undef DUDAO_LOOK_BACKS

std::string FindingDigest(const sync::Record& visit_record, const Visit& visit,
                          std::string_view finding_id) {
  const auto digests = DigestsOf(visit_record, visit);
  const auto found = digests.find(std::string(finding_id));
  return found != digests.end() ? found->second : std::string();
}

std::string CheckerOf(const sync::Record& visit_record, std::string_view finding_id) {
  return AuthorOf(visit_record, sync::Path()
                                    .Element(Visit::kLookbackItemsFieldNumber, finding_id)
                                    .Field(records::v1::LookbackItem::kResultFieldNumber));
}

std::string LookBackCheckId(std::string_view visit_key, std::string_view finding_id) {
  return absl::StrCat(absl::BytesToHexString(std::string(visit_key)), "/", std::string(finding_id));
}

absl::Status ProjectFindings(sync::Database& db, std::string_view space,
                             const sync::StoredRecord& stored, const Visit& visit, bool exists) {
  DUDAO_ASSIGN(const auto before,
               IdsOf(db, "SELECT finding_id FROM finding WHERE space = ? AND visit_key = ?", space,
                     stored.id.key));
  std::set<std::string> gone(before.begin(), before.end());
  const auto digests = DigestsOf(stored.record, visit);
  const auto conflicts = ConflictsIn(stored.record);
  const int64_t submitted_ms = SubmittedMs(stored.record);
  for (const Finding& finding : visit.findings()) {
    if (!exists || finding.id().empty()) continue;
    const auto count = conflicts.find(finding.id());
    const FoundPart part{digests.at(finding.id()), count != conflicts.end() ? count->second : 0,
                         submitted_ms};
    DUDAO_TRY(PutFound(db, space, stored.id.key, visit, finding, part));
    gone.erase(Utf8(finding.id()));
  }
  for (const std::string& finding_id : gone) DUDAO_TRY(Lose(db, space, finding_id, stored.id.key));
  return ProjectLookBacks(db, space, stored, visit, exists);
}

}  // namespace dudao::server
