// The reference data as it is shown: people with names, departments and leads, places, measures.
// For display only; what somebody may do is the control log's.
//
// Functions over the office space; each takes its lock. Errors are the storage's.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "call.h"
#include "dudao/records/v1/reference.pb.h"
#include "spaces.h"
#include "write_back.h"

namespace dudao::server {

// An empty record where there is none.
absl::StatusOr<records::v1::Person> LoadPerson(Spaces& spaces, std::string_view person_id);
// By person id.
absl::StatusOr<std::map<std::string, records::v1::Person>> LoadPeople(Spaces& spaces);
// An empty record where there is none.
absl::StatusOr<records::v1::Team> LoadTeam(Spaces& spaces, std::string_view team_id);
absl::StatusOr<records::v1::Place> LoadPlace(Spaces& spaces, std::string_view code);
absl::StatusOr<records::v1::Measure> LoadMeasure(Spaces& spaces, std::string_view measure_id);
// By code.
absl::StatusOr<std::map<std::string, records::v1::Place>> LoadPlaces(Spaces& spaces);

// Writes what differs as the caller; true where anything did.
absl::StatusOr<bool> SaveRecord(Spaces& spaces, WriteBack& after, const Call& call,
                                std::string_view key, const google::protobuf::Message& message);

}  // namespace dudao::server
