// Who signed in, failed to, was refused, looked at unmasked personal data, or looked at records.
//
// Table `access` of server.db: rows from 1 without gaps, each carrying a hash over itself and the
// row before, so that a row that was altered, dropped or added is found (Check). Holds ids and
// methods, never content. Thread-safe. Errors are the storage's. Durability: a row that Append
// confirmed survives power loss.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dudao/admin/v1/admin.pb.h"
#include "server_db.h"

namespace dudao::server {

// Events. More may come; never change one.
inline constexpr char kSignedIn[] = "SIGNED_IN";
inline constexpr char kSignedOut[] = "SIGNED_OUT";
inline constexpr char kSignInFailed[] = "SIGN_IN_FAILED";
inline constexpr char kPasswordChanged[] = "PASSWORD_CHANGED";
inline constexpr char kPasswordReset[] = "PASSWORD_RESET";
inline constexpr char kEnrolmentMade[] = "ENROLMENT_MADE";
inline constexpr char kEnrolled[] = "ENROLLED";
inline constexpr char kEnrolFailed[] = "ENROL_FAILED";
inline constexpr char kKeyRotated[] = "KEY_ROTATED";
inline constexpr char kCallRefused[] = "CALL_REFUSED";
inline constexpr char kPersonalDataShown[] = "PERSONAL_DATA_SHOWN";
inline constexpr char kRecordShown[] = "RECORD_SHOWN";
inline constexpr char kListShown[] = "LIST_SHOWN";
inline constexpr char kFileShown[] = "FILE_SHOWN";

// Which rows, in which order; what is empty does not count.
struct AccessQuery {
  uint64_t after = 0;  // position of the last row of the page before; 0 for the first page
  bool newest_first = false;
  std::string actor;
  std::string event;
  int64_t from_ms = 0;
  int64_t before_ms = 0;  // 0 for no end
  size_t count = 0;
};

class AccessLog {
 public:
  static absl::StatusOr<std::unique_ptr<AccessLog>> Open(ServerDb& db,
                                                         std::function<int64_t()> wall_ms);

  absl::Status Append(std::string_view actor, std::string_view event, std::string_view subject);
  // The same for refusals, which anybody can cause: at most one row a minute for the same three,
  // and a bounded number in all; the rest is only in the server's log. Trouble is not reported.
  void AppendRefusal(std::string_view actor, std::string_view event, std::string_view subject);
  // The same for views of what is masked: pages look again by themselves, so one row stands for ten
  // minutes of looking at one thing. A full disk does not keep people from reading.
  void AppendView(std::string_view actor, std::string_view event, std::string_view subject);

  absl::StatusOr<std::vector<admin::v1::AccessRow>> Rows(const AccessQuery& query);
  // Oldest first.
  absl::StatusOr<std::vector<admin::v1::AccessRow>> RowsAfter(uint64_t position, size_t count);
  // Number of rows; DATA_LOSS (ACCESS_LOG_DAMAGED) with the first position that does not hold.
  absl::StatusOr<uint64_t> Check();

  // What a row's hash covers; SHA-256, 32 bytes. `previous` is 32 zeros for row 1.
  static std::string RowHash(std::string_view previous, const admin::v1::AccessRow& row);

 private:
  AccessLog(ServerDb& db, std::function<int64_t()> wall_ms);

  ServerDb& db_;
  const std::function<int64_t()> wall_ms_;
  // What was written a short while ago, with when.
  class Recent {
   public:
    // `beyond`: the answer where there are more than `most` different ones to remember.
    Recent(int64_t window_ms, size_t most, bool beyond)
        : window_ms_(window_ms), most_(most), beyond_(beyond) {}
    // False where the same was written within the window.
    bool IsNew(const std::string& key, int64_t now_ms);

   private:
    const int64_t window_ms_;
    const size_t most_;
    const bool beyond_;
    absl::Mutex mutex_;
    std::map<std::string, int64_t> written_ms_ ABSL_GUARDED_BY(mutex_);
  };
  static std::string KeyOf(std::string_view actor, std::string_view event,
                           std::string_view subject);

  Recent refusals_;
  Recent views_;
};

}  // namespace dudao::server
