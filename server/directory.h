// The people: who may sign in, and what each may do.
//
// People come from the server's options (secret, role and team given there) and from the imported
// list in the office space. An entry of the options wins. Does not: keep sessions. Thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "dudao/server/server.h"
#include "dudao/sync/store/store.h"
#include "principal.h"

namespace dudao::server {

class Directory {
 public:
  Directory(std::vector<User> users, std::string shared_secret);

  // Nothing for a wrong name or secret; both take the same time.
  std::optional<Principal> SignIn(std::string_view person_id, std::string_view secret) const;
  // Nothing for people who are not known or have left.
  std::optional<Principal> Find(std::string_view person_id) const;

  // Reads the imported list again. The caller holds the office space.
  absl::Status Reload(sync::Store& office);

 private:
  const std::map<std::string, User, std::less<>> users_;
  const std::string shared_secret_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Principal, std::less<>> people_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
