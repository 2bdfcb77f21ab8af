#include "write_back.h"

#include "dudao/server/names.h"

namespace dudao::server {

void WriteBack::Written(Space& space) {
  absl::Status status = projection_.CatchUp(space.name(), space.store());
  if (status.ok() && space.name() == kOfficeSpace) status = directory_.Reload(space.store());
  if (!status.ok())
    log_.Event("error", "projection_behind", space.name() + ": " + std::string(status.message()));
}

}  // namespace dudao::server
