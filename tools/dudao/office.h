// The office's side of the server as the command needs it: signing in, imports, people, devices,
// review, state. Over gRPC.
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
#include "dudao/identity/v1/identity.pb.h"
#include "dudao/review/v1/review.pb.h"
#include "server_link.h"
#include "session.h"

namespace dudao::command {

// One problem of an imported file.
struct ImportProblem {
  int row = 0;
  int column = 0;
  std::string zh;
  std::string en;
};

// A due day that a calendar made firm.
struct FirmDay {
  std::string notice_no;
  std::string unit_name;
  std::string before;
  std::string after;  // equal to `before` where it did not move
};

struct ImportOutcome {
  int64_t created = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
  std::vector<ImportProblem> problems;
  std::vector<std::string> spaces;  // ImportPeople: the teams' spaces
  std::vector<FirmDay> firm_days;   // ImportHolidays
};

// A record with its shown values.
struct OfficeRecord {
  std::string key;
  std::string message;
};

// Calls that are handed through as they are: package and method.
// The formatter never settles on a layout for this list.
// clang-format off
#define DUDAO_OFFICE_CALLS(X) \
  X(identity, SignIn) \
  X(identity, SignOut) \
  X(identity, ChangePassword) \
  X(identity, GetSelf) \
  X(admin, ListSpaces) \
  X(admin, SetPerson) \
  X(admin, ResetPassword) \
  X(admin, ListPeople) \
  X(admin, HandOverPerson) \
  X(admin, CreateEnrolment) \
  X(admin, ListDevices) \
  X(admin, RevokeDevice) \
  X(admin, ListControl) \
  X(admin, ListAccess) \
  X(admin, ListRetention) \
  X(admin, ImportPackage) \
  X(review, ListVisits) \
  X(review, GetRecord) \
  X(review, ListConflicts) \
  X(review, ResolveConflict) \
  X(review, DecideVisit) \
  X(review, RecordLeaderVisit) \
  X(review, GetMonthBoard) \
  X(review, ListHistory) \
  X(review, ListKeptAside) \
  X(review, JudgeChange) \
  X(review, ShowPersonalData)
// clang-format on

class Office {
 public:
  // `session`: token of the person who calls; empty before signing in.
  explicit Office(const ServerAddress& server, const std::string& session = "");
  ~Office();

#define DUDAO_OFFICE_CALL(package, Method) \
  absl::StatusOr<package::v1::Method##Response> Method(const package::v1::Method##Request& request);
  DUDAO_OFFICE_CALLS(DUDAO_OFFICE_CALL)
#undef DUDAO_OFFICE_CALL

  absl::StatusOr<ImportOutcome> ImportDivisions(const std::string& csv,
                                                const std::string& pinyin_csv);
  absl::StatusOr<ImportOutcome> ImportPeople(const std::string& csv, int year,
                                             bool good_rows = false);
  absl::StatusOr<ImportOutcome> ImportForm(const std::string& textproto);
  absl::StatusOr<ImportOutcome> ImportHolidays(const std::string& csv);
  absl::StatusOr<ImportOutcome> ImportMeasures(const std::string& csv);
  absl::StatusOr<ImportOutcome> ImportVillageMarks(const std::string& csv);
  absl::Status CreateSpace(const std::string& space, const std::string& team_id);

  absl::StatusOr<std::string> StateDigest(const std::string& space);
  absl::Status EachRecord(const std::string& space, uint32_t type_id,
                          const std::function<void(const OfficeRecord&)>& visit);

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

// An office with the session that `dudao sign-in` left in `session_file`.
absl::StatusOr<std::unique_ptr<Office>> OpenOffice(const std::string& session_file);

// Signs a person in and keeps the session in the file.
absl::StatusOr<identity::v1::SignInResponse> SignInto(const std::string& session_file,
                                                      const ServerAddress& server,
                                                      const std::string& person_id,
                                                      const std::string& password);

}  // namespace dudao::command
