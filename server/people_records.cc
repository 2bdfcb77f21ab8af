#include "people_records.h"

#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"

namespace dudao::server {
namespace {

template <typename Message>
absl::StatusOr<Message> Load(Spaces& spaces, std::string_view key) {
  Message message;
  if (key.empty() || key.size() > sync::kRecordKeyBytesMax) return message;
  DUDAO_ASSIGN(Space * space, spaces.Get(kOfficeSpace));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const auto stored,
               space->store().Load({sync::RecordTypeOf(*Message::descriptor()), std::string(key)}));
  if (stored && stored->record.exists()) message.ParseFromString(stored->record.Materialise());
  return message;
}

// All records of this type that exist, by key.
template <typename Message>
absl::StatusOr<std::map<std::string, Message>> LoadAll(Spaces& spaces) {
  DUDAO_ASSIGN(Space * space, spaces.Get(kOfficeSpace));
  absl::MutexLock lock(&space->mutex());
  std::map<std::string, Message> all;
  DUDAO_TRY(space->store().Scan(
      sync::RecordTypeOf(*Message::descriptor()), "", [&](const sync::StoredRecord& stored) {
        Message message;
        if (stored.record.exists() && message.ParseFromString(stored.record.Materialise()))
          all[stored.id.key] = std::move(message);
        return true;
      }));
  return all;
}

}  // namespace

absl::StatusOr<records::v1::Person> LoadPerson(Spaces& spaces, std::string_view person_id) {
  return Load<records::v1::Person>(spaces, person_id);
}

absl::StatusOr<records::v1::Team> LoadTeam(Spaces& spaces, std::string_view team_id) {
  return Load<records::v1::Team>(spaces, team_id);
}

absl::StatusOr<std::map<std::string, records::v1::Person>> LoadPeople(Spaces& spaces) {
  return LoadAll<records::v1::Person>(spaces);
}

absl::StatusOr<records::v1::Place> LoadPlace(Spaces& spaces, std::string_view code) {
  return Load<records::v1::Place>(spaces, code);
}

absl::StatusOr<std::map<std::string, records::v1::Place>> LoadPlaces(Spaces& spaces) {
  return LoadAll<records::v1::Place>(spaces);
}

absl::StatusOr<records::v1::Measure> LoadMeasure(Spaces& spaces, std::string_view measure_id) {
  return Load<records::v1::Measure>(spaces, measure_id);
}

absl::StatusOr<bool> SaveRecord(Spaces& spaces, WriteBack& after, const Call& call,
                                std::string_view key, const google::protobuf::Message& message) {
  DUDAO_ASSIGN(Space * space, spaces.Get(kOfficeSpace));
  absl::MutexLock lock(&space->mutex());
  const sync::RecordId id{sync::RecordTypeOf(*message.GetDescriptor()), std::string(key)};
  DUDAO_ASSIGN(const auto stored, space->store().Load(id));
  DUDAO_ASSIGN(auto ops, sync::MessageToOps(id, message));
  sync::LocalEdit edit;
  edit.author = call.principal.person_id;
  edit.wall_ms = call.wall_ms;
  edit.ops = sync::OpsThatChange(stored ? &stored->record : nullptr, std::move(ops));
  if (edit.ops.empty()) return false;
  DUDAO_TRY(space->store().Commit(edit).status());
  after.Written(*space);
  return true;
}

}  // namespace dudao::server
