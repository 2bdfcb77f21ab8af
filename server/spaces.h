// All spaces of this server, by name; opened when first used. Which there are, and who may use
// them, the control log says.
//
// Thread-safe. Pointers to spaces stay valid as long as the Spaces. Errors: NOT_FOUND
// (SPACE_UNKNOWN), PERMISSION_DENIED (SPACE_FORBIDDEN), and those of the storage below.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "control_log.h"
#include "dudao/trust/v1/trust.pb.h"
#include "permission.h"
#include "registry.h"
#include "space.h"

namespace dudao::server {

class Spaces {
 public:
  // `folder` holds one file a space.
  static absl::StatusOr<std::unique_ptr<Spaces>> Open(std::string folder, std::string token,
                                                      Registry& registry, ControlLog& control);

  absl::StatusOr<Space*> Get(std::string_view name);
  // By name.
  std::vector<trust::v1::SpaceRule> All() const;
  // The names of those that the caller may read.
  std::vector<std::string> Readable(const Principal& principal) const;

  // True where it is new. An existing one gets the new team and sharing.
  absl::StatusOr<bool> Create(const trust::v1::SpaceRule& rule, std::string_view actor,
                              int64_t wall_ms);

  // OK, SPACE_UNKNOWN or SPACE_FORBIDDEN. Who may not read a space does not learn whether it
  // exists.
  absl::Status CheckRead(std::string_view name, const Principal& principal) const;
  absl::Status CheckWrite(std::string_view name, const Principal& principal) const;
  // OK also for who could write there once. True: that is all, it may only hand over.
  absl::StatusOr<bool> CheckDeliver(std::string_view name, const Principal& principal,
                                    bool writes) const;

 private:
  Spaces(std::string folder, std::string token, Registry& registry, ControlLog& control)
      : folder_(std::move(folder)),
        token_(std::move(token)),
        registry_(registry),
        control_(control) {}

  const std::string folder_;
  const std::string token_;
  Registry& registry_;
  ControlLog& control_;
  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<Space>, std::less<>> open_ ABSL_GUARDED_BY(mutex_);
};

// INVALID_ARGUMENT or FAILED_PRECONDITION (SPACE_DIFFERS) for a rule that no space can have.
absl::Status CheckSpaceRule(const trust::v1::SpaceRule& rule);
// The entry, unless the space has this rule already.
std::vector<trust::v1::ControlBody> SpaceChange(const domain::Authority& authority,
                                                const trust::v1::SpaceRule& rule);

}  // namespace dudao::server
