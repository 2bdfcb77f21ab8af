#include "dudao/server/office_key.h"

#include "dudao/sync/crdt/status_macros.h"
#include "server_key.h"

namespace dudao::server {

absl::StatusOr<OfficeKey> ReadOfficeKey(const std::string& data_dir) {
  DUDAO_ASSIGN(const auto key, ServerKey::Open(data_dir + "/server.key", false));
  return OfficeKey{key->sealing().private_key, key->sealing().public_key};
}

}  // namespace dudao::server
