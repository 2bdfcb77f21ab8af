#include "write_back.h"

namespace dudao::server {

void WriteBack::Written(Space& space) {
  const auto tell = [&](const char* event, const absl::Status& status) {
    if (!status.ok())
      log_.Event("error", event, space.name() + ": " + std::string(status.message()));
  };
  tell("verdicts_behind", verdicts_.CatchUp(space).status());
  tell("heads_unsigned", heads_.Sign(space));
  tell("projection_behind", projection_.CatchUp(space.name(), space.store()));
  revisions_.Changed(space.name());
}

}  // namespace dudao::server
