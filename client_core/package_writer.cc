#include "package_writer.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/trust/package.h"
#include "dudao/sync/trust/statements.h"
#include "space_sync.h"

namespace dudao::client {
namespace {

constexpr size_t kSegmentBytes = 1 << 20;

// The head that only this device can vouch for, signed as in an upload.
absl::Status AddProof(Trust& trust, sync::Store& store, const sync::Head& head,
                      trust::v1::PackageSpace& out) {
  trust::v1::HeadProof proof;
  proof.set_replica(std::string(head.replica.AsBytes()));
  proof.set_seq(head.seq);
  proof.set_hash(std::string(sync::HashBytes(head.hash)));
  DUDAO_ASSIGN(const auto receipt, store.NewestReceipt());
  if (receipt) {
    proof.set_receipt_position(receipt->position());
    proof.set_receipt_hash(sync::ReceiptHash(store.space(), *receipt));
  }
  DUDAO_ASSIGN(*out.add_proofs(), trust.Prove(store.space(), std::move(proof)));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> AddSpace(Trust& trust, sync::Store& store, bool all,
                                  trust::v1::PackageSpace& out) {
  out.set_space(store.space());
  out.set_replica(std::string(store.self().AsBytes()));
  DUDAO_ASSIGN(const sync::PeerState server, store.LoadPeer(kSyncPeer));
  sync::VersionVector known = server.known;
  if (all) known.Set(store.self(), 0);
  uint64_t changes = 0;
  while (true) {
    DUDAO_ASSIGN(const sync::SegmentBatch batch, store.SegmentsSince(known, kSegmentBytes));
    for (const std::string& segment : batch.segments) {
      DUDAO_ASSIGN(const auto held, sync::DecodeSegment(store.space(), segment));
      changes += held.size();
      out.add_segments(segment);
    }
    for (const auto& proof : batch.proofs) *out.add_proofs() = proof;
    for (const auto& head : batch.to_prove) DUDAO_TRY(AddProof(trust, store, head, out));
    if (!batch.more || batch.segments.empty()) return changes;
    known = batch.reaches;
  }
}

// Those that wait, or all that were added here.
absl::StatusOr<std::vector<TransferEntry>> FilesToCarry(const PackageParts& parts, bool all) {
  DUDAO_ASSIGN(std::vector<TransferEntry> files, parts.blobs.Transfers());
  std::erase_if(files, [](const TransferEntry& file) { return !file.upload; });
  if (!all) return files;
  std::set<std::string> listed;
  for (const TransferEntry& file : files) listed.insert(file.sha256);
  for (const auto& [space, store] : parts.spaces.all()) {
    DUDAO_ASSIGN(const std::vector<std::string> own, parts.blobs.Own(space));
    for (const std::string& sha256 : own) {
      if (!listed.insert(sha256).second) continue;
      TransferEntry file;
      file.sha256 = sha256;
      file.space = space;
      files.push_back(std::move(file));
    }
  }
  return files;
}

absl::Status AddFiles(const PackageParts& parts, bool all, trust::v1::PackageBody& body) {
  DUDAO_ASSIGN(const std::vector<TransferEntry> files, FilesToCarry(parts, all));
  for (const TransferEntry& file : files) {
    DUDAO_ASSIGN(const auto info, parts.blobs.Find(file.sha256));
    if (!info) continue;  // freed: the server holds it
    trust::v1::PackageBlob* out = body.add_blobs();
    out->set_space(file.space);
    out->set_hash(absl::HexStringToBytes(file.sha256));
    out->set_media_type(info->media_type);
    DUDAO_ASSIGN(*out->mutable_content(),
                 parts.blobs.Read(file.sha256, 0, static_cast<size_t>(info->byte_size)));
  }
  auto* blobs = body.mutable_blobs();
  std::sort(blobs->begin(), blobs->end(),
            [](const auto& a, const auto& b) { return a.content().size() < b.content().size(); });
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ExportPackageResponse> WritePackage(const PackageParts& parts,
                                                       const v1::ExportPackageRequest& request) {
  Trust& trust = parts.trust;
  const trust::v1::ServerKey* office = trust.control().chain().newest_key();
  if (!trust.enrolled() || office == nullptr)
    return Error(absl::StatusCode::kFailedPrecondition, kNotEnrolled);
  v1::ExportPackageResponse response;
  trust::v1::PackageBody body;
  body.set_device_id(trust.identity().device_id());
  body.set_control_position(trust.control().chain().position());
  body.set_made_ms(parts.seams.clock->WallMs() + trust.clock_offset_ms());
  for (const auto& [space, store] : parts.spaces.all()) {
    trust::v1::PackageSpace out;
    DUDAO_ASSIGN(const uint64_t changes, AddSpace(trust, *store, request.include_delivered(), out));
    response.set_changes(response.changes() + changes);
    if (changes > 0) *body.add_spaces() = std::move(out);
  }
  if (request.include_files()) DUDAO_TRY(AddFiles(parts, request.include_delivered(), body));
  response.set_files(static_cast<uint64_t>(body.blobs_size()));
  trust::v1::Package package;
  package.set_body(body.SerializeAsString());
  package.set_device_id(trust.identity().device_id());
  DUDAO_TRY(trust.Sign(package));
  DUDAO_ASSIGN(*response.mutable_package(),
               sync::SealPackage(office->sealing_key(),
                                 parts.seams.random->Bytes(sync::kSecretKeyBytes), package));
  return response;
}

}  // namespace dudao::client
