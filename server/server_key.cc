#include "server_key.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr char kHeading[] = "dudao-server-key 1";
constexpr size_t kIdBytes = 16;
constexpr size_t kFingerprintBytes = 8;

absl::Status Damaged() { return Error(absl::StatusCode::kDataLoss, "SERVER_KEY_DAMAGED"); }

std::string Line(const char* name, const std::string& bytes) {
  return absl::StrCat(name, " ", absl::BytesToHexString(bytes), "\n");
}

// The bytes of a line "<name> <hex>"; empty where it is no such line.
std::string BytesOf(const std::string& line, const std::string& name, size_t bytes) {
  const bool fits =
      line.size() == name.size() + 1 + 2 * bytes && line.starts_with(name + " ") &&
      line.find_first_not_of("0123456789abcdef", name.size() + 1) == std::string::npos;
  return fits ? absl::HexStringToBytes(line.substr(name.size() + 1)) : std::string();
}

std::string Fresh() {
  return absl::StrCat(kHeading, "\n", Line("id", RandomBytes(kIdBytes)),
                      Line("signing", RandomBytes(sync::kSeedBytes)),
                      Line("sealing", RandomBytes(sync::kSeedBytes)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerKey>> ServerKey::Open(const std::string& path, bool make) {
  DUDAO_ASSIGN(std::string text, ReadFile(path));
  if (text.empty()) {
    if (!make) return Error(absl::StatusCode::kFailedPrecondition, "SERVER_KEY_MISSING");
    text = Fresh();
    DUDAO_TRY(WriteFile(path, text));
  }
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (lines.size() != 5 || lines[0] != kHeading || !lines[4].empty()) return Damaged();
  std::unique_ptr<ServerKey> key(new ServerKey());
  key->server_id_ = BytesOf(lines[1], "id", kIdBytes);
  const std::string signing = BytesOf(lines[2], "signing", sync::kSeedBytes);
  const std::string sealing = BytesOf(lines[3], "sealing", sync::kSeedBytes);
  if (key->server_id_.empty() || signing.empty() || sealing.empty()) return Damaged();
  DUDAO_ASSIGN(key->signing_, sync::KeyFromSeed(sync::kDefaultSuite, signing));
  DUDAO_ASSIGN(key->sealing_, sync::SealingKeyFromSeed(sealing));
  return key;
}

trust::v1::ServerKey ServerKey::Public() const {
  trust::v1::ServerKey key;
  key.set_key(number());
  key.set_suite(signing_.suite);
  key.set_public_key(signing_.public_key);
  key.set_sealing_key(sealing_.public_key);
  key.set_server_id(server_id_);
  return key;
}

std::string ServerKey::Fingerprint() const {
  return absl::BytesToHexString(
      sync::Digest(sync::kDefaultSuite, signing_.public_key).substr(0, kFingerprintBytes));
}

}  // namespace dudao::server
