#include "dudao/server/office_box.h"

#include "absl/status/status.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/trust/sealing.h"
#include "server_key.h"

namespace dudao::server {

absl::StatusOr<std::string> OpenOfficeBox(const std::string& data_dir, std::string_view bound,
                                          std::string_view box) {
  DUDAO_ASSIGN(const auto key, ServerKey::Open(data_dir + "/server.key", false));
  auto opened = sync::OpenSealed(key->sealing(), bound, box);
  if (opened.ok()) return opened;
  return absl::InvalidArgumentError("OFFICE_KEY_WRONG: " + std::string(opened.status().message()));
}

}  // namespace dudao::server
