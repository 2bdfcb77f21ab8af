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
// More than one pair: a program that does not know of them must not take the first for the newest.
constexpr char kHeadingOfMany[] = "dudao-server-key 2";
constexpr size_t kPairsMost = 1000;
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

std::string FreshPair() {
  return absl::StrCat(Line("signing", RandomBytes(sync::kSeedBytes)),
                      Line("sealing", RandomBytes(sync::kSeedBytes)));
}

std::string Fresh() {
  return absl::StrCat(kHeading, "\n", Line("id", RandomBytes(kIdBytes)), FreshPair());
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
  // Heading, id, two lines a pair, and nothing behind the last line break.
  const size_t pairs = lines.size() < 5 ? 0 : (lines.size() - 3) / 2;
  const bool fits = pairs >= 1 && pairs <= kPairsMost && lines.size() == 3 + 2 * pairs &&
                    lines.back().empty() && lines[0] == (pairs == 1 ? kHeading : kHeadingOfMany);
  if (!fits) return Damaged();
  std::unique_ptr<ServerKey> key(new ServerKey());
  key->server_id_ = BytesOf(lines[1], "id", kIdBytes);
  if (key->server_id_.empty()) return Damaged();
  for (size_t i = 0; i < pairs; ++i) {
    const std::string signing = BytesOf(lines[2 + 2 * i], "signing", sync::kSeedBytes);
    const std::string sealing = BytesOf(lines[3 + 2 * i], "sealing", sync::kSeedBytes);
    if (signing.empty() || sealing.empty()) return Damaged();
    Pair& pair = key->pairs_.emplace_back();
    DUDAO_ASSIGN(pair.signing, sync::KeyFromSeed(sync::kDefaultSuite, signing));
    DUDAO_ASSIGN(pair.sealing, sync::SealingKeyFromSeed(sealing));
  }
  return key;
}

absl::Status ServerKey::AddPair(const std::string& path) {
  DUDAO_TRY(Open(path, false).status());
  DUDAO_ASSIGN(const std::string text, ReadFile(path));
  return WriteFile(path, absl::StrCat(kHeadingOfMany, text.substr(text.find('\n')), FreshPair()));
}

bool ServerKey::IsContinuedBy(const ServerKey& newer) const {
  if (newer.server_id_ != server_id_ || newer.number() < number()) return false;
  for (size_t i = 0; i < pairs_.size(); ++i) {
    if (newer.pairs_[i].signing.public_key != pairs_[i].signing.public_key) return false;
  }
  return true;
}

std::vector<sync::SealingKey> ServerKey::Sealing() const {
  std::vector<sync::SealingKey> keys;
  for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) keys.push_back(pair->sealing);
  return keys;
}

trust::v1::ServerKey ServerKey::Public(uint32_t number) const {
  const Pair& pair = pairs_[number - 1];
  trust::v1::ServerKey key;
  key.set_key(number);
  key.set_suite(pair.signing.suite);
  key.set_public_key(pair.signing.public_key);
  key.set_sealing_key(pair.sealing.public_key);
  key.set_server_id(server_id_);
  return key;
}

std::string ServerKey::Fingerprint() const {
  return absl::BytesToHexString(
      sync::Digest(sync::kDefaultSuite, signing().public_key).substr(0, kFingerprintBytes));
}

}  // namespace dudao::server
