#include "record_view.h"

#include "absl/strings/str_cat.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/schema/value_text.h"
#include "mask.h"
#include "utf8.h"

namespace dudao::server {
namespace {

std::string TextOf(uint32_t type_id, const sync::Path& path, sync::MergeKind kind,
                   const sync::Value& value) {
  if (value.is_absent()) return {};
  if (kind == sync::MergeKind::kCounter) {
    const int64_t delta = sync::CounterDelta(value).value_or(0);
    return absl::StrCat(delta > 0 ? "+" : "", delta);
  }
  const auto* field = sync::FieldOf(type_id, path);
  if (kind == sync::MergeKind::kSet && path.IsPresence() && !path.empty()) {
    return sync::ValueText(field, {value.type, std::string(path.Steps().back().key.value_or(""))});
  }
  return path.IsPresence() ? std::string() : sync::ValueText(field, value);
}

void FillValue(uint32_t type_id, const sync::Path& path, sync::MergeKind kind,
               const sync::Value& raw, review::v1::CompetingValue* out) {
  const sync::Value value = MaskFieldValue(type_id, path, raw);
  out->set_wire_type(static_cast<int32_t>(value.type));
  out->set_value(value.bytes);
  out->set_text(Utf8(TextOf(type_id, path, kind, value)));
}

void FillAuthor(const std::string& author, sync::HybridTime time, int64_t wall_ms,
                review::v1::CompetingValue* out) {
  out->set_author(Utf8(author));
  out->set_time_ms(time.ms);
  out->set_clock_doubt(sync::IsDoubtful(time, wall_ms));
}

}  // namespace

std::string MaskedText(const sync::Operation& op) {
  return Utf8(
      TextOf(op.record.type, op.path, op.kind, MaskFieldValue(op.record.type, op.path, op.value)));
}

void FillConflicts(const sync::RecordId& id, const sync::Record& record, int64_t wall_ms,
                   google::protobuf::RepeatedPtrField<review::v1::FieldConflict>* out) {
  for (const sync::Conflict& conflict : record.Conflicts()) {
    review::v1::FieldConflict* field = out->Add();
    field->set_path(Utf8(sync::PathText(id.type, conflict.path)));
    field->set_path_bytes(conflict.path.bytes());
    field->set_kind(static_cast<int32_t>(conflict.kind));
    for (size_t i = 0; i < conflict.versions.size(); ++i) {
      const sync::Version& version = conflict.versions[i];
      const sync::Origin& origin = record.OriginOf(version.dot);
      review::v1::CompetingValue* value = field->add_values();
      FillValue(id.type, conflict.path, conflict.kind, version.value, value);
      FillAuthor(origin.author, origin.time, wall_ms, value);
      value->set_shown(i == conflict.shown);
    }
  }
}

void FillHistoryRow(const sync::HistoryEntry& entry, int64_t wall_ms, review::v1::HistoryRow* out) {
  out->set_path(Utf8(sync::PathText(entry.op.record.type, entry.op.path)));
  out->set_path_bytes(entry.op.path.bytes());
  out->set_replica(std::string(entry.dot.replica.AsBytes()));
  out->set_seq(entry.dot.seq);
  FillValue(entry.op.record.type, entry.op.path, entry.op.kind, entry.op.value,
            out->mutable_value());
  FillAuthor(entry.author, entry.time, wall_ms, out->mutable_value());
}

std::string ContentDigest(const sync::Record& record) {
  return std::string(sync::HashBytes(sync::Sha256(record.EncodeShared())));
}

}  // namespace dudao::server
