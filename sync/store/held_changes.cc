#include "held_changes.h"

#include <utility>

#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"

namespace dudao::sync {
namespace {

constexpr size_t kKept = 4;

}  // namespace

absl::StatusOr<Change> HeldChanges::Get(const Dot& dot) {
  if (dot.replica == tables_.self && tables_.fresh.Holds(dot.seq))
    return tables_.fresh.Read(dot.seq);
  DUDAO_ASSIGN(const std::optional<uint64_t> pos, tables_.segments.Find(dot));
  if (!pos) return absl::DataLossError("a change of the log is missing");
  DUDAO_ASSIGN(const Decoded* decoded, Decode(*pos));
  const auto it = decoded->index.find(dot);
  if (it == decoded->index.end()) return absl::DataLossError("a change of the log is missing");
  return decoded->changes[it->second];
}

absl::StatusOr<bool> HeldChanges::IsVerbatim(const Dot& dot, std::string_view segment) {
  DUDAO_ASSIGN(const std::optional<uint64_t> pos, tables_.segments.Find(dot));
  if (!pos) return false;
  DUDAO_ASSIGN(const std::string body, tables_.segments.Body(*pos));
  return body == segment;
}

absl::StatusOr<const HeldChanges::Decoded*> HeldChanges::Decode(uint64_t pos) {
  for (const Decoded& decoded : kept_) {
    if (decoded.pos == pos) return &decoded;
  }
  DUDAO_ASSIGN(const std::string body, tables_.segments.Body(pos));
  absl::StatusOr<std::vector<Change>> changes = DecodeSegment(tables_.space, body);
  if (!changes.ok()) return absl::DataLossError("a segment of the log is damaged");
  if (kept_.size() == kKept) kept_.pop_front();
  Decoded& decoded = kept_.emplace_back();
  decoded.pos = pos;
  decoded.changes = *std::move(changes);
  for (size_t i = 0; i < decoded.changes.size(); ++i) decoded.index[decoded.changes[i].dot()] = i;
  return &decoded;
}

}  // namespace dudao::sync
