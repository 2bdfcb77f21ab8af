// The server's side of an exchange: who may write what, merge, projection, counters.
//
// A change that may not be merged is kept aside with a reason that reaches the tablet and the
// office; none is dropped. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "call.h"
#include "counters.h"
#include "directory.h"
#include "dudao/sync/log/replica_log.h"
#include "spaces.h"
#include "write_back.h"

namespace dudao::server {

// The space that a request of the exchange names; empty where there is none.
std::string PeekSpace(std::string_view request);

// The rules for one arriving change. REQUIRES: everything borrowed outlives the policy.
sync::IngestPolicy MakePolicy(const Space& space, const SpaceTraits& traits,
                              const Directory& directory);

class Exchange {
 public:
  Exchange(Spaces& spaces, const Directory& directory, WriteBack& after, Counters& counters,
           size_t bytes_max)
      : spaces_(spaces),
        directory_(directory),
        after_(after),
        counters_(counters),
        bytes_max_(bytes_max) {}

  absl::StatusOr<std::string> Answer(const Call& call, const std::string& space,
                                     std::string_view request);

 private:
  Spaces& spaces_;
  const Directory& directory_;
  WriteBack& after_;
  Counters& counters_;
  const size_t bytes_max_;
};

}  // namespace dudao::server
