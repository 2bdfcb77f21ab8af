#include "package_import.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "blob_files.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/trust/package.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr size_t kUploadNameMax = 100;
constexpr size_t kPieceBytes = 256 << 10;

absl::Status Bad(std::string_view reason, std::string_view detail = {}) {
  return Error(absl::StatusCode::kInvalidArgument, reason, detail);
}

bool HasUnproven(const sync::IngestOutcome& outcome, const sync::ReplicaId& replica) {
  return std::any_of(outcome.unproven.begin(), outcome.unproven.end(),
                     [&](const sync::Dot& held) { return held.replica == replica; });
}

}  // namespace

absl::StatusOr<std::string> PackageImport::Assemble(
    const Call& call, const admin::v1::ImportPackageRequest& request) {
  if (request.package().size() > kPackagePartMax)
    return Error(absl::StatusCode::kResourceExhausted, "PACKAGE_TOO_LARGE");
  if (request.upload().empty()) return request.package();
  if (request.upload().size() > kUploadNameMax) return Bad("REQUEST_INVALID", "upload");
  DUDAO_TRY(MakeFolder(folder_));
  // A name that only this person can mean, and that is no path.
  const std::string path = absl::StrCat(
      folder_, "/",
      sync::HashHex(sync::Sha256(absl::StrCat(call.principal.person_id, "\n", request.upload()))),
      ".part");
  const auto offset = static_cast<int64_t>(
      std::min<uint64_t>(request.offset(), static_cast<uint64_t>(kPackageBytesMax) + 1));
  const auto size = static_cast<int64_t>(request.package().size());
  if (offset + size > kPackageBytesMax)
    return Error(absl::StatusCode::kResourceExhausted, "PACKAGE_TOO_LARGE");
  absl::MutexLock lock(&mutex_);
  if (offset == 0) std::remove(path.c_str());
  const int64_t held = FileBytes(path);
  if (offset > held) return Bad("PACKAGE_OFFSET", absl::StrCat("held are ", held, " bytes"));
  const auto skip = static_cast<size_t>(std::min(held - offset, size));
  DUDAO_TRY(AppendDurably(path, held, std::string_view(request.package()).substr(skip)));
  if (!request.last()) return std::string();
  auto whole = ReadFile(path);
  std::remove(path.c_str());
  return whole;
}

absl::StatusOr<trust::v1::PackageBody> PackageImport::OpenBody(std::string box) {
  absl::StatusOr<trust::v1::Package> package = Bad("PACKAGE_DAMAGED");
  for (const sync::SealingKey& key : key_.Sealing()) {
    if (package = sync::OpenPackage(key, box); package.ok()) break;
  }
  box = {};  // a package may be large
  if (!package.ok()) return Bad("PACKAGE_DAMAGED");
  const auto authority = parts_.control.Snapshot();
  const trust::v1::DeviceRule* key = authority->DeviceKey(package->device_id(), package->key());
  if (key == nullptr || key->suite() != package->suite()) {
    alarm_.Raise(package->device_id(), "DEVICE_UNKNOWN", "package");
    return Error(absl::StatusCode::kUnauthenticated, "DEVICE_UNKNOWN");
  }
  auto body = sync::CheckPackage(key->public_key(), *package);
  if (body.ok()) return body;
  if (absl::IsInvalidArgument(body.status())) return Bad("PACKAGE_DAMAGED");
  alarm_.Raise(package->device_id(), "PROOF_INVALID", "package");
  return Error(absl::StatusCode::kUnauthenticated, "PROOF_INVALID");
}

absl::Status PackageImport::TakeSpace(const Call& call, const std::string& device_id,
                                      const trust::v1::PackageSpace& part, Response& response) {
  DUDAO_ASSIGN(Space * space, parts_.spaces.Get(part.space()));
  const sync::ReplicaId replica = sync::ReplicaId::FromBytes(part.replica());
  if (part.replica().size() != sync::kReplicaIdBytes || replica.IsZero())
    return Bad("PACKAGE_DAMAGED", "replica");
  absl::MutexLock lock(&space->mutex());
  DUDAO_TRY(parts_.heads.Sign(*space));
  UploadRules rules(*space, parts_.heads, parts_.control.Snapshot());
  if (absl::Status status = rules.CheckReplica(part.replica(), device_id); !status.ok()) {
    alarm_.Raise(device_id, "REPLICA_FOREIGN", part.space());
    return status;
  }
  const std::vector<std::string> segments(part.segments().begin(), part.segments().end());
  const std::vector<sync::HeadProof> proofs(part.proofs().begin(), part.proofs().end());
  sync::Arrival arrival;
  arrival.segments = segments;
  arrival.proofs = proofs;
  arrival.from = replica;
  arrival.policy = [&rules](const sync::Change& change, std::string_view signer) {
    return rules.Judge(change, signer);
  };
  arrival.check_proof = [&rules](const sync::HeadProof& proof) { return rules.CheckProof(proof); };
  arrival.proofs_required = true;
  arrival.sign_receipt = [&](sync::Receipt& receipt) {
    return parts_.heads.SignReceipt(space->name(), receipt);
  };
  arrival.receipt_time_ms = call.wall_ms;
  arrival.control_position = parts_.control.chain().position;
  const auto outcome = space->store().Ingest(arrival);
  if (absl::IsInvalidArgument(outcome.status())) return Bad("PACKAGE_DAMAGED", "segment");
  DUDAO_TRY(outcome.status());
  for (const auto& [proved, signer] : rules.proved())
    parts_.heads.Bind(space->name(), proved, signer);
  alarm_.Tell(rules, space->name(), device_id);
  alarm_.Tell(*outcome, space->name(), device_id);
  if (outcome->applied > 0) parts_.after.Written(*space);
  response.set_applied(response.applied() + outcome->applied);
  response.set_duplicate(response.duplicate() + outcome->duplicate);
  response.set_set_aside(response.set_aside() + outcome->quarantined.size());
  if (!HasUnproven(*outcome, replica)) return absl::OkStatus();
  const char* reason = outcome->own_proof_bad ? "PROOF_INVALID" : "PROOF_MISSING";
  alarm_.Raise(device_id, reason, space->name());
  return Error(absl::StatusCode::kUnauthenticated, reason);
}

// Files go where the device's person writes, or once wrote.
absl::Status PackageImport::TakeFile(const trust::v1::PackageBody& body,
                                     const trust::v1::PackageBlob& file, Response& response) {
  const auto authority = parts_.control.Snapshot();
  const trust::v1::DeviceRule* device = authority->Device(body.device_id());
  const bool may = device != nullptr && authority->Space(file.space()) != nullptr &&
                   authority->WriteStanding(device->person_id(), file.space(),
                                            body.control_position()) != domain::Standing::kNever;
  if (!may) return Error(absl::StatusCode::kPermissionDenied, "SPACE_FORBIDDEN");
  blob::v1::PutChunkRequest put;
  put.set_space(file.space());
  put.set_sha256(file.hash());
  put.set_media_type(file.media_type());
  put.set_total_bytes(file.content().size());
  size_t at = 0;
  do {
    put.set_offset(at);
    put.set_data(file.content().substr(at, kPieceBytes));
    DUDAO_ASSIGN(const auto held, blobs_.Put(put));
    if (held.complete()) break;
    at += put.data().size();
  } while (at < file.content().size());
  response.set_files(response.files() + 1);
  return absl::OkStatus();
}

absl::StatusOr<admin::v1::ImportPackageResponse> PackageImport::Import(
    const Call& call, const admin::v1::ImportPackageRequest& request) {
  DUDAO_ASSIGN(std::string box, Assemble(call, request));
  Response response;
  if (!request.upload().empty() && !request.last()) return response;
  DUDAO_ASSIGN(const trust::v1::PackageBody body, OpenBody(std::move(box)));
  response.set_device_id(body.device_id());
  parts_.log.Event("info", "package_import",
                   absl::StrCat(body.device_id(), " by ", call.principal.person_id));
  for (const trust::v1::PackageSpace& part : body.spaces())
    DUDAO_TRY(TakeSpace(call, body.device_id(), part, response));
  for (const trust::v1::PackageBlob& file : body.blobs()) DUDAO_TRY(TakeFile(body, file, response));
  return response;
}

}  // namespace dudao::server
