#include "projection_rows.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dudao/domain/personal.h"
#include "dudao/records/v1/holiday_year.pb.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/reference.pb.h"
#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/record_types.h"
#include "finding_rows.h"
#include "google/protobuf/message.h"
#include "utf8.h"

namespace dudao::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kHashDigits = 64;

bool IsHex(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

template <typename T>
bool IsOfType(const sync::StoredRecord& stored) {
  static const uint32_t type = sync::RecordTypeOf(*T::descriptor());
  return stored.id.type == type;
}

// Names and codes are filtered by columns of their own; ids and hashes are nothing that people
// type; what lists mask is not found by its unmasked text either.
bool IsSearched(const FieldDescriptor& field) {
  if (field.type() != FieldDescriptor::TYPE_STRING || domain::IsPersonal(field)) return false;
  const std::string& name = field.name();
  const bool technical = name == "id" || name.ends_with("_id") || name.ends_with("_ids") ||
                         name.ends_with("sha256") || name.ends_with("_digest") ||
                         name == "device_id" || name == "app_version";
  return !technical;
}

void Collect(const Message& message, std::string& out) {
  std::vector<const FieldDescriptor*> fields;
  const auto& in = *message.GetReflection();
  in.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? in.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Collect(field->is_repeated() ? in.GetRepeatedMessage(message, field, i)
                                     : in.GetMessage(message, field),
                out);
      } else if (IsSearched(*field)) {
        absl::StrAppend(
            &out,
            domain::MaskText(field->is_repeated() ? in.GetRepeatedString(message, field, i)
                                                  : in.GetString(message, field)),
            "\n");
      }
    }
  }
}

absl::Status RemoveVisit(sync::Database& db, std::string_view space, const std::string& key) {
  DUDAO_ASSIGN(auto text, db.Prepare("DELETE FROM visit_text WHERE rowid = (SELECT id FROM visit "
                                     "WHERE space = ?1 AND key = ?2)"));
  text.BindText(1, space).BindBlob(2, key);
  DUDAO_TRY(text.Run());
  DUDAO_ASSIGN(auto row, db.Prepare("DELETE FROM visit WHERE space = ?1 AND key = ?2"));
  row.BindText(1, space).BindBlob(2, key);
  DUDAO_TRY(row.Run());
  DUDAO_ASSIGN(auto files, db.Prepare("DELETE FROM file_use WHERE space = ?1 AND key = ?2"));
  files.BindText(1, space).BindBlob(2, key);
  return files.Run();
}

absl::Status InsertFile(sync::Database& db, std::string_view space, std::string_view key,
                        const std::string& hex, bool personal) {
  if (hex.size() != kHashDigits || !IsHex(hex)) return absl::OkStatus();
  DUDAO_ASSIGN(auto put, db.Prepare("INSERT INTO file_use(space, sha256, key, personal) "
                                    "VALUES(?1, ?2, ?3, ?4) ON CONFLICT(space, sha256, key) "
                                    "DO UPDATE SET personal = max(personal, excluded.personal)"));
  put.BindText(1, space).BindBlob(2, absl::HexStringToBytes(hex)).BindBlob(3, key);
  put.BindInt(4, personal ? 1 : 0);
  return put.Run();
}

// Ids of the evidence that somebody marks as showing personal data, shown value or not.
std::set<std::string> MarkedPersonal(const sync::StoredRecord& stored,
                                     const records::v1::Visit& visit) {
  std::set<std::string> marked;
  for (const records::v1::Evidence& evidence : visit.evidence()) {
    if (evidence.has_pii()) marked.insert(evidence.id());
  }
  if (!stored.record.HasConflict()) return marked;
  for (const sync::Conflict& conflict : stored.record.Conflicts()) {
    const std::vector<sync::PathStep> steps = conflict.path.Steps();
    const bool mark = steps.size() == 2 && steps[0].key &&
                      steps[0].field == records::v1::Visit::kEvidenceFieldNumber &&
                      steps[1].field == records::v1::Evidence::kHasPiiFieldNumber;
    if (!mark) continue;
    for (const sync::Version& version : conflict.versions) {
      if (version.value.AsVarint().value_or(0) != 0) marked.insert(std::string(*steps[0].key));
    }
  }
  return marked;
}

absl::Status InsertFiles(sync::Database& db, std::string_view space,
                         const sync::StoredRecord& stored, const records::v1::Visit& visit) {
  const std::string& key = stored.id.key;
  const std::set<std::string> marked = MarkedPersonal(stored, visit);
  for (const records::v1::Evidence& evidence : visit.evidence()) {
    const bool personal = marked.contains(evidence.id());
    DUDAO_TRY(InsertFile(db, space, key, evidence.sha256(), personal));
    DUDAO_TRY(InsertFile(db, space, key, evidence.thumbnail_sha256(), personal));
  }
  DUDAO_TRY(InsertFile(db, space, key, visit.unit_signature().image_sha256(), true));
  DUDAO_TRY(InsertFile(db, space, key, visit.lead_signature().image_sha256(), true));
  for (const records::v1::Supplement& supplement : visit.supplements()) {
    DUDAO_TRY(InsertFile(db, space, key, supplement.lead_signature().image_sha256(), true));
  }
  return absl::OkStatus();
}

// In 1e-7 degrees of WGS-84; zeros where there is no fix that can be drawn.
std::pair<int64_t, int64_t> PositionOf(const records::v1::Visit& visit) {
  const records::v1::GeoFix& fix = visit.fix();
  const bool usable = (fix.crs() == records::v1::COORDINATE_SYSTEM_WGS84 ||
                       fix.crs() == records::v1::COORDINATE_SYSTEM_CGCS2000) &&
                      std::abs(fix.longitude()) <= 180 && std::abs(fix.latitude()) <= 90;
  if (!usable) return {0, 0};
  return {std::llround(fix.longitude() * 1e7), std::llround(fix.latitude() * 1e7)};
}

absl::Status InsertVisit(sync::Database& db, std::string_view space,
                         const sync::StoredRecord& stored, const records::v1::Visit& visit) {
  const sync::Record& record = stored.record;
  const sync::Origin* latest = record.Latest();
  const std::string text = Utf8(SearchText(visit));
  DUDAO_ASSIGN(
      auto row,
      db.Prepare("INSERT INTO visit(space, key, temp_no, team_id, unit_code, visit_date, state, "
                 "arrived_ms, left_ms, "
                 "findings, evidence, conflicts, changed_ms, text, longitude_e7, latitude_e7, "
                 "leader_id) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  const auto [longitude, latitude] = PositionOf(visit);
  row.BindText(1, space)
      .BindBlob(2, stored.id.key)
      .BindText(3, Utf8(visit.temp_no()))
      .BindText(4, Utf8(visit.team_id()));
  row.BindText(5, Utf8(visit.unit_code()))
      .BindText(6, Utf8(visit.visit_date()))
      .BindInt(7, visit.state());
  row.BindInt(8, visit.arrived_at_ms())
      .BindInt(9, visit.left_at_ms())
      .BindInt(10, visit.findings_size());
  row.BindInt(11, visit.evidence_size());
  row.BindInt(12, record.HasConflict() ? static_cast<int64_t>(record.Conflicts().size()) : 0);
  row.BindInt(13, latest != nullptr ? latest->time.ms : 0).BindText(14, text);
  row.BindInt(15, longitude).BindInt(16, latitude).BindText(17, Utf8(visit.leader_id()));
  DUDAO_TRY(row.Run());
  DUDAO_ASSIGN(auto index, db.Prepare("INSERT INTO visit_text(rowid, text) VALUES(?, ?)"));
  index.BindInt(1, db.last_row()).BindText(2, text);
  return index.Run();
}

absl::Status ProjectVisit(sync::Database& db, std::string_view space,
                          const sync::StoredRecord& stored) {
  DUDAO_TRY(RemoveVisit(db, space, stored.id.key));
  records::v1::Visit visit;
  // Strings that are not UTF-8 make the parser say no after it has read everything; what it read is
  // shown all the same.
  static_cast<void>(visit.ParseFromString(stored.record.Materialise()));
  const bool exists = stored.record.exists() && visit.state() != records::v1::VISIT_STATE_DELETED;
  DUDAO_TRY(ProjectFindings(db, space, stored, visit, exists));
  if (!stored.record.exists()) return absl::OkStatus();
  DUDAO_TRY(InsertFiles(db, space, stored, visit));
  return InsertVisit(db, space, stored, visit);
}

absl::Status ProjectPlace(sync::Database& db, const sync::StoredRecord& stored) {
  records::v1::Place place;
  static_cast<void>(place.ParseFromString(stored.record.Materialise()));
  if (!stored.record.exists()) place.Clear();
  DUDAO_ASSIGN(auto put,
               db.Prepare("INSERT OR REPLACE INTO place(code, name, official, pinyin, initials, "
                          "parent, level, unit_type, weak, thin, plannable) "
                          "VALUES(?,?,?,?,?,?,?,?,?,?,?)"));
  put.BindText(1, Utf8(stored.id.key));
  put.BindText(2, Utf8(place.display_name().empty() ? place.name() : place.display_name()));
  put.BindText(3, Utf8(place.name())).BindText(4, Utf8(place.pinyin_full()));
  put.BindText(5, Utf8(place.pinyin_initials())).BindText(6, Utf8(place.parent_code()));
  put.BindInt(7, place.level()).BindInt(8, place.unit_type());
  put.BindInt(9, place.weak_organisation() ? 1 : 0).BindInt(10, place.thin_economy() ? 1 : 0);
  put.BindInt(11, !place.has_plannable() || place.plannable() ? 1 : 0);
  return put.Run();
}

absl::Status ProjectHolidays(sync::Database& db, const sync::StoredRecord& stored,
                             domain::WorkingCalendar& calendar) {
  const std::string bytes = stored.record.Materialise();
  records::v1::HolidayYear year;
  static_cast<void>(year.ParseFromString(bytes));
  DUDAO_ASSIGN(auto put,
               db.Prepare(stored.record.exists()
                              ? "INSERT OR REPLACE INTO holiday VALUES(?1, ?2)"
                              : "DELETE FROM holiday WHERE year = ?1 AND ?2 IS NOT NULL"));
  put.BindInt(1, year.year()).BindBlob(2, bytes);
  DUDAO_TRY(put.Run());
  DUDAO_ASSIGN(calendar, LoadCalendar(db));
  return RefreshClocks(db, calendar);
}

absl::Status ProjectTeam(sync::Database& db, const sync::StoredRecord& stored) {
  records::v1::Team team;
  static_cast<void>(team.ParseFromString(stored.record.Materialise()));
  const bool active = stored.record.exists() && (!team.has_active() || team.active());
  DUDAO_ASSIGN(
      auto put,
      db.Prepare("INSERT OR REPLACE INTO team(id, name, quota, active) VALUES(?, ?, ?, ?)"));
  put.BindText(1, Utf8(stored.id.key)).BindText(2, Utf8(team.name()));
  put.BindInt(3, team.has_monthly_quota() ? team.monthly_quota() : 2).BindInt(4, active ? 1 : 0);
  return put.Run();
}

}  // namespace

absl::StatusOr<domain::WorkingCalendar> LoadCalendar(sync::Database& db) {
  domain::WorkingCalendar calendar;
  DUDAO_ASSIGN(auto read, db.Prepare("SELECT record FROM holiday ORDER BY year"));
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return calendar;
    records::v1::HolidayYear year;
    static_cast<void>(year.ParseFromString(std::string(read.Blob(0))));
    // A year that makes no sense is one that is not loaded: deadlines in it are provisional.
    static_cast<void>(calendar.LoadYear(year));
  }
}

std::string SearchText(const records::v1::Visit& visit) {
  std::string text;
  Collect(visit, text);
  return text;
}

absl::Status ProjectRecord(sync::Database& db, std::string_view space,
                           const sync::StoredRecord& stored, domain::WorkingCalendar& calendar) {
  if (IsOfType<records::v1::Visit>(stored)) return ProjectVisit(db, space, stored);
  if (IsOfType<records::v1::Rectification>(stored))
    return ProjectRectification(db, space, stored, calendar);
  if (space != kOfficeSpace) return absl::OkStatus();
  if (IsOfType<records::v1::Place>(stored)) return ProjectPlace(db, stored);
  if (IsOfType<records::v1::Team>(stored)) return ProjectTeam(db, stored);
  if (IsOfType<records::v1::HolidayYear>(stored)) return ProjectHolidays(db, stored, calendar);
  return absl::OkStatus();
}

}  // namespace dudao::server
