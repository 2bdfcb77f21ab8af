#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/utf8.h"
#include "dudao/sync/log/segment.h"

namespace dudao::sync {
namespace {

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError("malformed change: " + std::string(what));
}

absl::Status CheckValue(const Operation& op) {
  const Value& v = op.value;
  const bool presence = op.kind == MergeKind::kSet || op.kind == MergeKind::kKeyed;
  if (presence != op.path.IsPresence()) return Malformed("the merge kind does not fit the path");
  if (v.bytes.size() > kOpValueBytesMax)
    return Malformed(absl::StrCat("a value of ", v.bytes.size(), " bytes"));
  if (op.kind == MergeKind::kCounter) {
    return CounterDelta(v) ? absl::OkStatus() : Malformed("a counter without a number");
  }
  if (presence || v.is_absent())
    return v.bytes.empty() ? absl::OkStatus() : Malformed("bytes where none belong");
  switch (v.type) {
    case WireType::kVarint:
      return v.AsVarint() ? absl::OkStatus() : Malformed("a number that is none");
    case WireType::kFixed64:
      return v.bytes.size() == 8 ? absl::OkStatus() : Malformed("a fixed64 of another length");
    case WireType::kFixed32:
      return v.bytes.size() == 4 ? absl::OkStatus() : Malformed("a fixed32 of another length");
    default:
      return absl::OkStatus();
  }
}

}  // namespace

absl::Status CheckChange(const Change& change) {
  if (change.replica.IsZero() || change.seq == 0) return Malformed("no replica or number");
  if (change.author.size() > kAuthorBytesMax || !IsUtf8(change.author))
    return Malformed("the author");
  if (change.seen.vector().Get(change.replica) >= change.seq)
    return Malformed("it claims to have seen itself");
  for (const Dot& dot : change.seen.dots()) {
    if (dot.replica == change.replica && dot.seq >= change.seq)
      return Malformed("it claims to have seen itself");
  }
  if (change.ops.empty() || change.ops.size() > kOpsPerChangeMax) {
    return Malformed(absl::StrCat(change.ops.size(), " operations"));
  }
  for (const Operation& op : change.ops) {
    if (op.record.type == 0 || op.record.key.empty() || op.record.key.size() > kRecordKeyBytesMax) {
      return Malformed("a record without type or key");
    }
    if (!Path::Parse(op.path.bytes())) return Malformed("a path that is too long or is none");
    if (const absl::Status status = CheckValue(op); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace dudao::sync
