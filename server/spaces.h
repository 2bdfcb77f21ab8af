// All spaces of this server, by name; opened when first used.
//
// Thread-safe. Pointers to spaces stay valid as long as the Spaces. Errors: NOT_FOUND
// (SPACE_UNKNOWN), PERMISSION_DENIED (SPACE_FORBIDDEN), and those of the storage below.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "permission.h"
#include "registry.h"
#include "space.h"

namespace dudao::server {

class Spaces {
 public:
  // `folder` holds one file a space.
  static absl::StatusOr<std::unique_ptr<Spaces>> Open(std::string folder, std::string token,
                                                      Registry& registry);

  absl::StatusOr<Space*> Get(std::string_view name);
  std::optional<SpaceTraits> Traits(std::string_view name) const;
  // By name.
  std::vector<SpaceTraits> All() const;
  // The names of those that the caller may read.
  std::vector<std::string> Readable(const Principal& principal) const;

  // True where it is new. An existing one gets the new team and sharing.
  absl::StatusOr<bool> Create(const SpaceTraits& traits);

  // OK, SPACE_UNKNOWN or SPACE_FORBIDDEN. Who may not read a space does not learn whether it
  // exists.
  absl::Status CheckRead(std::string_view name, const Principal& principal) const;
  absl::Status CheckWrite(std::string_view name, const Principal& principal) const;

 private:
  struct Entry {
    SpaceTraits traits;
    std::unique_ptr<Space> space;
  };
  Spaces(std::string folder, std::string token, Registry& registry)
      : folder_(std::move(folder)), token_(std::move(token)), registry_(registry) {}

  const std::string folder_;
  const std::string token_;
  Registry& registry_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry, std::less<>> spaces_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dudao::server
