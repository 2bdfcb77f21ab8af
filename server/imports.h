// Loading the office's reference data: places, people and teams, forms, holidays,
// measures.
//
// A file is CSV or a workbook (sheet_reader.h), told apart by its first bytes. With anything wrong
// it is refused whole, with its problems by row and column; of a list of people the good rows go in
// where that was asked for. Roles and teams go into the control log as well. Records are written
// under business keys and only where they differ, so a second import of the same file
// writes nothing; elements that a record has and the newer file does not name (a day of a year, a
// co-unit) are taken out, whole records never. What a list does not speak of (a team's quota, the
// marks of weak and thin villages, which have their own list) is left alone. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "call.h"
#include "control_log.h"
#include "dudao/admin/v1/admin.pb.h"
#include "dudao/domain/people_list.h"
#include "due_days.h"
#include "google/protobuf/message.h"
#include "projection.h"
#include "spaces.h"
#include "write_back.h"

namespace dudao::server {

class Imports {
 public:
  Imports(Spaces& spaces, ControlLog& control, Projection& projection, WriteBack& after)
      : spaces_(spaces),
        control_(control),
        projection_(projection),
        after_(after),
        due_days_(spaces, projection, after) {}

  absl::StatusOr<admin::v1::ImportDivisionsResponse> Divisions(
      const Call& call, const admin::v1::ImportDivisionsRequest& request);
  absl::StatusOr<admin::v1::ImportPeopleResponse> People(
      const Call& call, const admin::v1::ImportPeopleRequest& request);
  absl::StatusOr<admin::v1::ImportFormResponse> Form(const Call& call,
                                                     const admin::v1::ImportFormRequest& request);
  absl::StatusOr<admin::v1::ImportHolidaysResponse> Holidays(
      const Call& call, const admin::v1::ImportHolidaysRequest& request);
  absl::StatusOr<admin::v1::ImportMeasuresResponse> Measures(
      const Call& call, const admin::v1::ImportMeasuresRequest& request);
  absl::StatusOr<admin::v1::ImportVillageMarksResponse> VillageMarks(
      const Call& call, const admin::v1::ImportVillageMarksRequest& request);
  absl::StatusOr<admin::v1::SetVillageMarksResponse> SetVillageMarks(
      const Call& call, const admin::v1::SetVillageMarksRequest& request);

 private:
  struct Row {
    std::string key;
    std::string name;
    std::unique_ptr<google::protobuf::Message> message;
  };
  struct Counts {
    int created = 0;
    int updated = 0;
    int unchanged = 0;
    std::vector<admin::v1::ImportChange> changes;  // the first of them
  };
  // Writes what differs, in few changes; with `dry_run` only counts. A message may leave fields
  // out, but says all of a list.
  absl::StatusOr<Counts> Write(const Call& call, std::vector<Row> rows, bool dry_run);

  // What the control log has to say for these people to be who the list says; rows that it refuses
  // are noted and taken out of the list.
  absl::Status ApplyRules(const Call& call, const admin::v1::ImportPeopleRequest& request,
                          domain::PeopleRows& rows,
                          std::vector<admin::v1::ImportProblem>& problems);

  Spaces& spaces_;
  ControlLog& control_;
  Projection& projection_;
  WriteBack& after_;
  DueDays due_days_;
};

// The problems in a refusal of the domain's readers.
std::vector<admin::v1::ImportProblem> ProblemsOf(const absl::Status& status);

}  // namespace dudao::server
