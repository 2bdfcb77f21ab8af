// Lists of devices: where their logs stand here, and which files their records lack.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "device_desk.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/schema/record_types.h"
#include "paging.h"
#include "reason.h"
#include "utf8.h"

namespace dudao::server {
namespace {

using records::v1::Evidence;
using records::v1::Visit;
using trust::v1::DeviceRule;

constexpr int kRowsUsual = 100;
constexpr int kRowsMost = 500;
constexpr size_t kHashBytes = 32;
constexpr size_t kReceiptsAtOnce = 500;

// Whether this device has the file: it took it, or, where a device says nothing of itself that is
// known here, its person did.
bool IsOf(const DeviceRule& rule, const domain::Authority& authority, const Visit& visit,
          const Evidence& evidence) {
  const std::string& device =
      evidence.device_id().empty() ? visit.device_id() : evidence.device_id();
  if (device == rule.device_id()) return true;
  const std::string& person = evidence.taken_by().empty() ? visit.author_id() : evidence.taken_by();
  return authority.Device(device) == nullptr && person == rule.person_id();
}

}  // namespace

absl::Status DeviceDesk::AddHeads(const DeviceRule& rule, Space& space, admin::v1::DeviceRow& row) {
  absl::MutexLock lock(&space.mutex());
  DUDAO_ASSIGN(const auto proofs, space.store().Proofs());
  std::set<std::string> replicas;
  for (const auto& proof : proofs) {
    if (proof.signer() == rule.device_id()) replicas.insert(proof.replica());
  }
  if (replicas.empty()) return absl::OkStatus();
  std::map<std::string, uint64_t> receipts;
  for (uint64_t after = 0;;) {
    DUDAO_ASSIGN(const auto some, space.store().Receipts(after, kReceiptsAtOnce));
    for (const auto& receipt : some) receipts[receipt.replica()] = receipt.position();
    if (some.size() < kReceiptsAtOnce) break;
    after = some.back().position();
  }
  for (const std::string& replica : replicas) {
    admin::v1::DeviceHead& head = *row.add_heads();
    head.set_space(space.name());
    head.set_replica(replica);
    DUDAO_ASSIGN(const auto held, space.store().HeadOf(sync::ReplicaId::FromBytes(replica)));
    head.set_seq(held ? held->seq : 0);
    head.set_receipt_position(receipts.contains(replica) ? receipts[replica] : 0);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<admin::v1::MissingFile>> DeviceDesk::MissingFiles(const DeviceRule& rule,
                                                                             Space& space) {
  const auto authority = control_.Snapshot();
  std::vector<admin::v1::MissingFile> named;
  const auto collect = [&](const sync::StoredRecord& stored) {
    Visit visit;
    if (!stored.record.exists() || !visit.ParseFromString(stored.record.Materialise())) return true;
    for (const Evidence& evidence : visit.evidence()) {
      const std::string hash = absl::HexStringToBytes(evidence.sha256());
      if (evidence.has_removed() || hash.size() != kHashBytes ||
          !IsOf(rule, *authority, visit, evidence))
        continue;
      admin::v1::MissingFile& file = named.emplace_back();
      file.set_space(space.name());
      file.set_visit_temp_no(Utf8(visit.temp_no()));
      file.set_hash(hash);
    }
    return true;
  };
  {
    absl::MutexLock lock(&space.mutex());
    DUDAO_TRY(space.store().Scan(sync::RecordTypeOf(*Visit::descriptor()), "", collect));
  }
  std::vector<admin::v1::MissingFile> missing;
  for (auto& file : named) {
    blob::v1::StatBlobRequest request;
    request.set_space(space.name());
    request.set_sha256(file.hash());
    DUDAO_ASSIGN(const auto held, blobs_.Stat(request));
    if (!held.complete()) missing.push_back(std::move(file));
  }
  return missing;
}

absl::StatusOr<admin::v1::DeviceRow> DeviceDesk::RowOf(
    const DeviceRule& rule, std::vector<admin::v1::MissingFile>* missing) {
  admin::v1::DeviceRow row;
  *row.mutable_rule() = rule;
  const DeviceFacts facts = devices_.FactsOf(rule.device_id());
  row.set_name(facts.name);
  row.set_enrolled_ms(facts.enrolled_ms);
  row.set_last_seen_ms(facts.last_seen_ms);
  for (const auto& space_rule : spaces_.All()) {
    DUDAO_ASSIGN(Space * space, spaces_.Get(space_rule.space()));
    const int before = row.heads_size();
    DUDAO_TRY(AddHeads(rule, *space, row));
    if (row.heads_size() == before) continue;
    DUDAO_ASSIGN(auto files, MissingFiles(rule, *space));
    row.mutable_heads(before)->set_files_missing(static_cast<uint32_t>(files.size()));
    if (missing != nullptr)
      missing->insert(missing->end(), std::make_move_iterator(files.begin()),
                      std::make_move_iterator(files.end()));
  }
  return row;
}

absl::StatusOr<admin::v1::ListDevicesResponse> DeviceDesk::ListDevices(
    const Call& call, const admin::v1::ListDevicesRequest& request) {
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string after, tokens_.Position(bound, request.page_token()));
  const int size = PageSize(request.page_size(), kRowsUsual, kRowsMost);
  admin::v1::ListDevicesResponse response;
  for (const DeviceRule& rule : control_.Snapshot()->Devices()) {
    const bool wanted = request.person_id().empty() || rule.person_id() == request.person_id();
    if (!wanted || rule.device_id() <= after) continue;
    if (response.rows_size() == size) {
      const auto& last = response.rows(size - 1).rule().device_id();
      response.set_next_page_token(tokens_.PageToken(bound, last));
      break;
    }
    DUDAO_ASSIGN(*response.add_rows(), RowOf(rule, nullptr));
  }
  return response;
}

}  // namespace dudao::server
