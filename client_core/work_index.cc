#include "work_index.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dudao/sync/crdt/status_macros.h"
#include "record_types.h"
#include "tables.h"

namespace dudao::client {
namespace {

using records::v1::Visit;

// Grows when a note holds something new: then all are made again.
constexpr char kVersion[] = "2:";
// Fewer changed rows than this are not worth a durable write; the next start reads them again.
constexpr size_t kRowsPerSave = 64;

std::string MarkOf(const std::string& space) { return absl::StrCat("index:", space); }

// The newest change of this tablet that a value shown, or competing, comes from.
void NoteOwnChange(const sync::Record& record, const sync::ReplicaId& self, v1::VisitNote* note) {
  for (const sync::Cell& cell : record.cells()) {
    for (const sync::Version& version : cell.versions) {
      if (version.dot.replica != self || version.dot.seq <= note->own_seq()) continue;
      note->set_own_replica(std::string(self.AsBytes()));
      note->set_own_seq(version.dot.seq);
    }
  }
}

void NoteContent(const Visit& visit, v1::VisitNote* note) {
  note->set_temp_no(visit.temp_no());
  note->set_team_id(visit.team_id());
  note->set_unit_code(visit.unit_code());
  note->set_visit_date(visit.visit_date());
  note->set_state(visit.state());
  if (visit.has_arrived_at_ms()) note->set_arrived_at_ms(visit.arrived_at_ms());
  if (visit.has_left_at_ms()) note->set_left_at_ms(visit.left_at_ms());
  note->set_author_id(visit.author_id());
  std::string text = absl::StrCat(visit.temp_no(), "\n", visit.official_no(), "\n", visit.note());
  for (const auto& finding : visit.findings()) {
    v1::FindingNote* out = note->add_findings();
    out->set_id(finding.id());
    out->set_temp_no(finding.temp_no());
    out->set_problem(finding.problem());
    absl::StrAppend(&text, "\n", finding.problem());
  }
  note->set_text(absl::AsciiStrToLower(text));
  for (const auto& item : visit.lookback_items()) {
    if (item.has_result()) note->add_looked_at(item.finding_id());
  }
  for (const auto& evidence : visit.evidence()) {
    if (!evidence.has_removed()) note->add_files(evidence.sha256());
  }
}

v1::VisitNote NoteOf(const sync::StoredRecord& stored, const Visit& visit,
                     const sync::ReplicaId& self) {
  v1::VisitNote note;
  NoteContent(visit, &note);
  if (stored.record.HasConflict())
    note.set_conflicts(static_cast<uint32_t>(stored.record.Conflicts().size()));
  const sync::Origin* latest = stored.record.Latest();
  if (latest != nullptr) note.set_changed_at_ms(latest->time.ms);
  NoteOwnChange(stored.record, self, &note);
  return note;
}

// What lists do not show, and what is personal, stays in the record.
void Slim(records::v1::Rectification* rectification) {
  rectification->clear_receipt();
  rectification->clear_plan();
  rectification->clear_replies();
  rectification->clear_extensions();
  rectification->clear_steps();
}

template <typename Message>
void Put(std::map<std::string, Message>& into, const std::string& key, bool exists,
         Message message) {
  if (exists) {
    into[key] = std::move(message);
  } else {
    into.erase(key);
  }
}

// False for a type that no list shows.
bool Take(const sync::StoredRecord& stored, const sync::ReplicaId& self, SpaceIndex& index) {
  const std::string& key = stored.id.key;
  const bool there = stored.record.exists();
  const auto parsed = [&](google::protobuf::Message* message) {
    return there && message->ParseFromString(stored.record.Materialise());
  };
  if (stored.id.type == kVisitType) {
    Visit visit;
    const bool exists = parsed(&visit);
    Put(index.visits, key, exists, exists ? NoteOf(stored, visit, self) : v1::VisitNote());
  } else if (stored.id.type == kRectificationType) {
    records::v1::Rectification rectification;
    const bool exists = parsed(&rectification);
    Slim(&rectification);
    Put(index.rectifications, key, exists, std::move(rectification));
  } else if (stored.id.type == kOfficeTaskType) {
    records::v1::OfficeTask task;
    const bool exists = parsed(&task);
    Put(index.tasks, key, exists, std::move(task));
  } else {
    return false;
  }
  return true;
}

bool TakeRow(uint32_t type, const std::string& key, const v1::IndexEntry& entry,
             SpaceIndex& index) {
  if (type == kVisitType && entry.has_visit()) {
    index.visits[key] = entry.visit();
  } else if (type == kRectificationType && entry.has_rectification()) {
    index.rectifications[key] = entry.rectification();
  } else if (type == kOfficeTaskType && entry.has_task()) {
    index.tasks[key] = entry.task();
  } else {
    return false;
  }
  return true;
}

// Nothing for a record that is gone.
std::string EntryOf(const SpaceIndex& index, uint32_t type, const std::string& key) {
  v1::IndexEntry entry;
  if (type == kVisitType) {
    const auto it = index.visits.find(key);
    if (it != index.visits.end()) *entry.mutable_visit() = it->second;
  } else if (type == kRectificationType) {
    const auto it = index.rectifications.find(key);
    if (it != index.rectifications.end()) *entry.mutable_rectification() = it->second;
  } else {
    const auto it = index.tasks.find(key);
    if (it != index.tasks.end()) *entry.mutable_task() = it->second;
  }
  return entry.SerializeAsString();
}

}  // namespace

Visit BoardVisitOf(const v1::VisitNote& note) {
  Visit visit;
  visit.set_team_id(note.team_id());
  visit.set_visit_date(note.visit_date());
  visit.set_state(note.state());
  // Nobody arrived in 1970: 0 stands for "not known".
  if (note.arrived_at_ms() != 0) visit.set_arrived_at_ms(note.arrived_at_ms());
  if (note.left_at_ms() != 0) visit.set_left_at_ms(note.left_at_ms());
  return visit;
}

absl::StatusOr<const SpaceIndex*> WorkIndex::At(const std::string& space, sync::Store& store) {
  DUDAO_ASSIGN(Kept * kept, Find(space));
  SpaceIndex& index = kept->index;
  const sync::ReplicaId self = store.self();
  DUDAO_TRY(store.ScanTouched(index.revision, [&](const sync::StoredRecord& stored) {
    ++records_read_;
    if (Take(stored, self, index)) kept->unkept.emplace(stored.id.type, stored.id.key);
    index.revision = stored.revision;
    return true;
  }));
  // Where there is no room for it, the next start takes longer and that is all.
  if (kept->unkept.size() >= kRowsPerSave) Save(space, *kept).IgnoreError();
  return &index;
}

absl::StatusOr<WorkIndex::Kept*> WorkIndex::Find(const std::string& space) {
  const auto it = spaces_.find(space);
  if (it != spaces_.end()) return &it->second;
  Kept kept;
  DUDAO_TRY(Load(space, kept.index));
  return &spaces_.emplace(space, std::move(kept)).first->second;
}

absl::Status WorkIndex::Load(const std::string& space, SpaceIndex& index) {
  DUDAO_ASSIGN(const auto mark, LoadSetting(db_, MarkOf(space)));
  uint64_t revision = 0;
  absl::string_view text = mark ? absl::string_view(*mark) : absl::string_view();
  if (!absl::ConsumePrefix(&text, kVersion) || !absl::SimpleAtoi(text, &revision))
    return absl::OkStatus();
  DUDAO_ASSIGN(sync::Statement rows,
               db_.Prepare("SELECT type, key, entry FROM client_index WHERE space = ?1"));
  rows.BindText(1, space);
  SpaceIndex loaded;
  while (true) {
    DUDAO_ASSIGN(const bool any, rows.Step());
    if (!any) break;
    v1::IndexEntry entry;
    const std::string_view bytes = rows.Blob(2);
    const bool good =
        entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
        TakeRow(static_cast<uint32_t>(rows.Int(0)), std::string(rows.Blob(1)), entry, loaded);
    if (!good) return absl::OkStatus();  // made again from the records
  }
  loaded.revision = revision;
  index = std::move(loaded);
  return absl::OkStatus();
}

absl::Status WorkIndex::Save(const std::string& space, Kept& kept) {
  DUDAO_ASSIGN(const auto mark, LoadSetting(db_, MarkOf(space)));
  const bool begun = mark && mark->rfind(kVersion, 0) == 0;
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  if (!begun) {
    DUDAO_ASSIGN(sync::Statement drop, db_.Prepare("DELETE FROM client_index WHERE space = ?1"));
    DUDAO_TRY(drop.BindText(1, space).Run());
  }
  for (const auto& [type, key] : kept.unkept) DUDAO_TRY(SaveRow(space, kept.index, type, key));
  DUDAO_TRY(SaveSetting(db_, MarkOf(space), absl::StrCat(kVersion, kept.index.revision)));
  DUDAO_TRY(transaction.Commit());
  kept.unkept.clear();
  return absl::OkStatus();
}

absl::Status WorkIndex::SaveRow(const std::string& space, const SpaceIndex& index, uint32_t type,
                                const std::string& key) {
  const std::string entry = EntryOf(index, type, key);
  if (entry.empty()) {
    DUDAO_ASSIGN(sync::Statement drop,
                 db_.Prepare("DELETE FROM client_index WHERE space = ?1 AND type = ?2 AND key = "
                             "?3"));
    return drop.BindText(1, space).BindInt(2, type).BindBlob(3, key).Run();
  }
  DUDAO_ASSIGN(sync::Statement put,
               db_.Prepare("INSERT INTO client_index(space, type, key, entry) VALUES(?1, ?2, ?3, "
                           "?4) ON CONFLICT DO UPDATE SET entry = ?4"));
  put.BindText(1, space).BindInt(2, type).BindBlob(3, key).BindBlob(4, entry);
  return put.Run();
}

}  // namespace dudao::client
