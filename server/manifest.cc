#include "manifest.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "blob_files.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;

json PointJson(const Anchor::Point& point) {
  return {{"position", point.position}, {"hash", absl::BytesToHexString(point.hash)}};
}

Anchor::Point PointFrom(const json& value) {
  return {value.value("position", uint64_t{0}),
          absl::HexStringToBytes(value.value("hash", std::string()))};
}

json ReachedJson(const Manifest& manifest) {
  json spaces = json::object();
  for (const auto& [name, space] : manifest.reached.spaces) {
    json heads = json::object();
    const auto found = manifest.heads.find(name);
    if (found != manifest.heads.end()) {
      for (const auto& [replica, head] : found->second) {
        heads[replica] = {{"seq", head.seq}, {"hash", sync::HashHex(head.hash)}};
      }
    }
    spaces[name] = {{"receipt", PointJson(space.receipt)},
                    {"kept_aside", space.kept_aside},
                    {"heads", std::move(heads)}};
  }
  return {{"control", PointJson(manifest.reached.control)},
          {"access", PointJson(manifest.reached.access)},
          {"blobs", manifest.reached.blobs},
          {"spaces", std::move(spaces)}};
}

void ReadReached(const json& value, Manifest& manifest) {
  manifest.reached.control = PointFrom(value.at("control"));
  manifest.reached.access = PointFrom(value.at("access"));
  manifest.reached.blobs = value.at("blobs").get<uint64_t>();
  for (const auto& [name, space] : value.at("spaces").items()) {
    manifest.reached.spaces[name] = {PointFrom(space.at("receipt")),
                                     space.at("kept_aside").get<uint64_t>()};
    for (const auto& [replica, head] : space.at("heads").items()) {
      manifest.heads[name][replica] = {
          head.at("seq").get<uint64_t>(),
          sync::HashFromBytes(absl::HexStringToBytes(head.at("hash").get<std::string>()))};
    }
  }
}

}  // namespace

bool HasManifest(const std::string& folder) {
  return std::filesystem::exists(folder + "/" + kManifestName);
}

absl::StatusOr<Manifest> ReadManifest(const std::string& backup) {
  const auto incomplete = [&](std::string_view why) {
    return Error(absl::StatusCode::kDataLoss, "BACKUP_INCOMPLETE", std::string(why));
  };
  DUDAO_ASSIGN(const std::string text, ReadFile(backup + "/" + kManifestName));
  if (text.empty()) return incomplete("there is no manifest.json");
  const json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded() || !value.is_object() || value.value("format", 0) != kFormat)
    return incomplete("manifest.json is damaged");
  Manifest manifest;
  try {
    manifest.time_ms = value.at("time_ms").get<int64_t>();
    for (const json& file : value.at("files")) {
      manifest.files.push_back({file.at("path").get<std::string>(), file.at("bytes").get<int64_t>(),
                                file.at("sha256").get<std::string>()});
    }
    ReadReached(value.at("reached"), manifest);
    manifest.damaged_blobs = value.at("damaged_blobs").get<std::vector<std::string>>();
  } catch (const json::exception& error) {
    return incomplete(error.what());
  }
  return manifest;
}

absl::Status WriteManifest(const std::string& backup, const Manifest& manifest) {
  json files = json::array();
  for (const Manifest::File& file : manifest.files) {
    files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  const json value = {{"format", kFormat},
                      {"time_ms", manifest.time_ms},
                      {"files", std::move(files)},
                      {"reached", ReachedJson(manifest)},
                      {"damaged_blobs", manifest.damaged_blobs}};
  return WriteFile(backup + "/" + kManifestName, value.dump(1) + "\n");
}

absl::StatusOr<std::optional<sync::AuditBreak>> CheckFiles(const std::string& backup,
                                                           const Manifest& manifest) {
  for (const Manifest::File& file : manifest.files) {
    const std::string path = absl::StrCat(backup, "/", file.path);
    if (!std::filesystem::exists(path)) {
      return sync::AuditBreak{"BACKUP_FILE_MISSING", "", "", 0, file.path};
    }
    DUDAO_ASSIGN(const std::string hash, HashOfFile(path));
    if (absl::BytesToHexString(hash) == file.sha256 && FileBytes(path) == file.bytes) continue;
    return sync::AuditBreak{"BACKUP_FILE_WRONG", "", "", 0, file.path};
  }
  return std::optional<sync::AuditBreak>();
}

}  // namespace dudao::server
