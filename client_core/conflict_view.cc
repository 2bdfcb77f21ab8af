#include "conflict_view.h"

#include "absl/strings/str_cat.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/schema/value_text.h"
#include "edit.h"
#include "value.h"

namespace dudao::client {

void FillDot(const sync::Dot& dot, v1::Dot* out) {
  out->set_replica(std::string(dot.replica.AsBytes()));
  out->set_seq(dot.seq);
}

std::string VersionName(const sync::Dot& dot) {
  return absl::StrCat(dot.replica.Hex(), ":", dot.seq);
}

void FillValue(const sync::RecordId& id, const sync::Path& path, sync::MergeKind kind,
               const sync::Value& value, v1::FieldValue* typed, std::string* text) {
  if (value.is_absent()) return;
  const auto* field = sync::FieldOf(id.type, path);
  if (kind == sync::MergeKind::kCounter) {
    const int64_t delta = sync::CounterDelta(value).value_or(0);
    typed->set_integer(delta);
    *text = absl::StrCat(delta > 0 ? "+" : "", delta);
  } else if (kind == sync::MergeKind::kSet) {
    const auto steps = path.Steps();
    const sync::Value element{value.type, std::string(steps.back().key.value_or(""))};
    *typed = DecodeValue(field, element);
    *text = sync::ValueText(field, element);
  } else if (!path.IsPresence()) {
    *typed = DecodeValue(field, value);
    *text = sync::ValueText(field, value);
  }
}

void FillConflicts(const sync::RecordId& id, const sync::Record& record, int64_t wall_ms,
                   google::protobuf::RepeatedPtrField<v1::FieldConflict>* out) {
  for (const sync::Conflict& conflict : record.Conflicts()) {
    v1::FieldConflict* field = out->Add();
    field->set_path(sync::PathText(id.type, conflict.path));
    field->set_merge_kind(static_cast<int32_t>(conflict.kind));
    for (size_t i = 0; i < conflict.versions.size(); ++i) {
      const sync::Version& version = conflict.versions[i];
      const sync::Origin& origin = record.OriginOf(version.dot);
      v1::CompetingValue* value = field->add_values();
      value->set_version(VersionName(version.dot));
      value->set_absent(version.value.is_absent());
      v1::FieldValue typed;
      FillValue(id, conflict.path, conflict.kind, version.value, &typed, value->mutable_text());
      if (typed.value_case() != v1::FieldValue::VALUE_NOT_SET)
        *value->mutable_value() = std::move(typed);
      value->set_author(origin.author);
      value->set_time_ms(origin.time.ms);
      value->set_clock_offset_ms(origin.clock_offset_ms);
      value->set_clock_doubt(sync::IsDoubtful(origin.time, wall_ms));
      value->set_shown(i == conflict.shown);
      FillDot(version.dot, value->mutable_dot());
    }
  }
}

}  // namespace dudao::client
