// What lists need of visits, rectifications and tasks, so that they need not read the records.
//
// Kept up by the store's revision: each use reads only what changed. Kept in the tablet's file too,
// a good number of rows at a time, so that a start does not read all records; what is not there yet
// is read again. It follows from the records alone: where it cannot be written, nothing is lost but
// time. Not synchronised; borrows the database. Errors: those of the storage while reading.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/client/v1/index.pb.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"

namespace dudao::client {

// Of one space; by record key.
struct SpaceIndex {
  uint64_t revision = 0;  // up to which the records were read
  std::map<std::string, v1::VisitNote> visits;
  std::map<std::string, records::v1::Rectification> rectifications;
  std::map<std::string, records::v1::OfficeTask> tasks;
};

// As much of the visit as a month board needs.
records::v1::Visit BoardVisitOf(const v1::VisitNote& note);

class WorkIndex {
 public:
  explicit WorkIndex(sync::Database& db) : db_(db) {}

  // Up to date. Lives as long as this; what it holds changes with the next call only.
  absl::StatusOr<const SpaceIndex*> At(const std::string& space, sync::Store& store);

  // Records read since this was made: for measuring and tests.
  uint64_t records_read() const { return records_read_; }

 private:
  struct Kept {
    SpaceIndex index;
    std::set<std::pair<uint32_t, std::string>> unkept;  // changed since the file has it
  };

  absl::StatusOr<Kept*> Find(const std::string& space);
  absl::Status Load(const std::string& space, SpaceIndex& index);
  absl::Status Save(const std::string& space, Kept& kept);
  absl::Status SaveRow(const std::string& space, const SpaceIndex& index, uint32_t type,
                       const std::string& key);

  sync::Database& db_;
  std::map<std::string, Kept> spaces_;
  uint64_t records_read_ = 0;
};

}  // namespace dudao::client
