// The office's side of the server as the command needs it: imports, spaces, review, state. Over
// gRPC.
//
// One channel, made on construction; every call has a deadline. Used by one thread.
// Errors: as the server gives them; UNAVAILABLE where it cannot be reached.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/admin/v1/admin.pb.h"
#include "dudao/review/v1/review.pb.h"
#include "server_link.h"

namespace dudao::command {

// One problem of an imported file.
struct ImportProblem {
  int row = 0;
  int column = 0;
  std::string zh;
  std::string en;
};

struct ImportOutcome {
  int64_t created = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
  std::vector<ImportProblem> problems;
  std::vector<std::string> spaces;  // ImportPeople: the teams' spaces
};

// A record with its shown values.
struct OfficeRecord {
  std::string key;
  std::string message;
};

class Office {
 public:
  Office(const std::string& server, const Identity& who);
  ~Office();

  absl::StatusOr<ImportOutcome> ImportDivisions(const std::string& csv,
                                                const std::string& pinyin_csv);
  absl::StatusOr<ImportOutcome> ImportPeople(const std::string& csv, int year);
  absl::StatusOr<ImportOutcome> ImportForm(const std::string& textproto);
  absl::StatusOr<ImportOutcome> ImportHolidays(const std::string& csv);
  absl::Status CreateSpace(const std::string& space, const std::string& team_id);

  absl::StatusOr<std::string> StateDigest(const std::string& space);
  absl::Status EachRecord(const std::string& space, uint32_t type_id,
                          const std::function<void(const OfficeRecord&)>& visit);
  absl::StatusOr<review::v1::ListVisitsResponse> ListVisits(
      const review::v1::ListVisitsRequest& request);
  absl::StatusOr<review::v1::GetRecordResponse> GetRecord(
      const review::v1::GetRecordRequest& request);
  absl::StatusOr<review::v1::ListConflictsResponse> ListConflicts(
      const review::v1::ListConflictsRequest& request);
  absl::StatusOr<review::v1::ResolveConflictResponse> ResolveConflict(
      const review::v1::ResolveConflictRequest& request);
  absl::StatusOr<review::v1::DecideVisitResponse> DecideVisit(
      const review::v1::DecideVisitRequest& request);
  absl::StatusOr<review::v1::GetMonthBoardResponse> GetMonthBoard(
      const review::v1::GetMonthBoardRequest& request);
  absl::StatusOr<review::v1::ListHistoryResponse> ListHistory(
      const review::v1::ListHistoryRequest& request);

  absl::StatusOr<admin::v1::GetServerInfoResponse> ServerInfo();
  // Bytes of all databases once the write-ahead logs are written back.
  absl::StatusOr<uint64_t> Checkpoint();
  // Of the files named by hash (hex), how many the server holds completely.
  absl::StatusOr<uint64_t> CountBlobs(const std::string& space,
                                      const std::vector<std::string>& hashes);

 private:
  struct Stubs;
  std::unique_ptr<Stubs> stubs_;
};

}  // namespace dudao::command
