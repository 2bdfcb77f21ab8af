#include "dudao/server/office_key.h"

#include "dudao/sync/crdt/status_macros.h"
#include "server_key.h"

namespace dudao::server {

absl::StatusOr<std::vector<OfficeKey>> ReadOfficeKeys(const std::string& data_dir) {
  DUDAO_ASSIGN(const auto key, ServerKey::Open(data_dir + "/server.key", false));
  std::vector<OfficeKey> keys;
  for (const sync::SealingKey& sealing : key->Sealing())
    keys.push_back({sealing.private_key, sealing.public_key});
  return keys;
}

}  // namespace dudao::server
