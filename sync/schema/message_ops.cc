#include "dudao/sync/schema/message_ops.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/schema/record_types.h"

namespace dudao::sync {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr uint32_t kKeyField = 1;

absl::Status Unfit(const std::string& what) {
  return absl::InvalidArgumentError("cannot write this record: " + what);
}

class Writer {
 public:
  Writer(const RecordId& record, std::vector<Operation>& out) : record_(record), out_(out) {}

  absl::Status Write(const Descriptor& type, const Path& at, std::string_view bytes) {
    Reader in(bytes);
    while (in.ok() && !in.done()) {
      const uint64_t tag = in.Varint();
      const FieldDescriptor* field = type.FindFieldByNumber(static_cast<int>(tag >> 3));
      const auto wire = static_cast<WireType>(tag & 7);
      if (field == nullptr)
        return Unfit(absl::StrCat("field ", tag >> 3, " of ", type.full_name(), " is not known"));
      const std::string value = TakeValue(in, wire);
      if (!at.empty() && field->number() == static_cast<int>(kKeyField))
        continue;  // the key, implied by the path
      if (absl::Status status = WriteField(*field, at, wire, value); !status.ok()) return status;
    }
    return in.ok() ? absl::OkStatus() : Unfit("its bytes are damaged");
  }

 private:
  static std::string TakeValue(Reader& in, WireType wire) {
    switch (wire) {
      case WireType::kVarint:
        return Value::Varint(in.Varint()).bytes;
      case WireType::kFixed64:
        return std::string(in.Raw(8));
      case WireType::kFixed32:
        return std::string(in.Raw(4));
      default:
        return std::string(in.Bytes(in.left()));
    }
  }

  absl::Status WriteField(const FieldDescriptor& field, const Path& at, WireType wire,
                          const std::string& value) {
    const MergeKind kind = KindOf(field);
    const auto number = static_cast<uint32_t>(field.number());
    switch (kind) {
      case MergeKind::kKeyed:
        return WriteElement(field, at, value);
      case MergeKind::kSet:
        return WriteSet(field, at, wire, value);
      case MergeKind::kCounter:
        out_.push_back({record_, at.Field(number), kind,
                        CounterValue(static_cast<int64_t>(*Value{wire, value}.AsVarint()))});
        return absl::OkStatus();
      default:
        if (!IsMergeKind(static_cast<uint64_t>(kind)))
          return Unfit(field.full_name() + " has no merge kind");
        out_.push_back({record_, at.Field(number), kind, {wire, value}});
        return absl::OkStatus();
    }
  }

  absl::Status WriteElement(const FieldDescriptor& field, const Path& at,
                            const std::string& value) {
    Reader in(value);
    std::string key;
    while (in.ok() && !in.done() && key.empty()) {
      const uint64_t tag = in.Varint();
      const std::string part = TakeValue(in, static_cast<WireType>(tag & 7));
      if (tag >> 3 == kKeyField) key = part;
    }
    const Path element = at.Element(static_cast<uint32_t>(field.number()), key);
    if (key.empty() || !Path::Parse(element.bytes()))
      return Unfit("an element of " + field.full_name() + " has no key");
    out_.push_back({record_, element, MergeKind::kKeyed, Value::Present()});
    return Write(*field.message_type(), element, value);
  }

  absl::Status WriteSet(const FieldDescriptor& field, const Path& at, WireType wire,
                        const std::string& value) {
    const auto number = static_cast<uint32_t>(field.number());
    if (wire != WireType::kBytes || !field.is_packable()) {
      out_.push_back({record_, at.Element(number, value), MergeKind::kSet, Value::Present(wire)});
      return absl::OkStatus();
    }
    Reader in(value);  // numbers of a repeated field stand in one piece
    while (in.ok() && !in.done()) {
      out_.push_back({record_, at.Element(number, Value::Varint(in.Varint()).bytes),
                      MergeKind::kSet, Value::Present(WireType::kVarint)});
    }
    return absl::OkStatus();
  }

  const RecordId& record_;
  std::vector<Operation>& out_;
};

bool Changes(const Record& record, const Operation& op) {
  if (op.kind == MergeKind::kCounter) return CounterDelta(op.value).value_or(0) != 0;
  const Cell* cell = record.Find(op.path);
  if (cell == nullptr) return !op.value.is_absent();
  const bool presence = op.kind == MergeKind::kKeyed || op.kind == MergeKind::kSet;
  return std::any_of(cell->versions.begin(), cell->versions.end(), [&](const Version& version) {
    return presence ? version.value.is_absent() != op.value.is_absent() : version.value != op.value;
  });
}

}  // namespace

absl::StatusOr<std::vector<Operation>> MessageToOps(const RecordId& record,
                                                    const google::protobuf::Message& message) {
  if (RecordTypeOf(*message.GetDescriptor()) != record.type)
    return Unfit(message.GetTypeName() + " is not of this type");
  std::vector<Operation> ops{{record, Path(), MergeKind::kKeyed, Value::Present()}};
  const absl::Status status =
      Writer(record, ops).Write(*message.GetDescriptor(), Path(), message.SerializeAsString());
  if (!status.ok()) return status;
  return ops;
}

std::vector<Operation> OpsThatRemove(const RecordId& id, const Record& record,
                                     const std::vector<Operation>& ops) {
  std::set<Path> written;
  for (const Operation& op : ops) written.insert(op.path);
  std::vector<Operation> removals;
  for (const Cell& cell : record.cells()) {
    const bool element = (cell.kind == MergeKind::kSet || cell.kind == MergeKind::kKeyed) &&
                         cell.path.Steps().size() == 1;
    if (!element || written.contains(cell.path)) continue;
    const Version* shown = record.Shown(cell);
    if (shown != nullptr && !shown->value.is_absent())
      removals.push_back({id, cell.path, cell.kind, Value::Absent()});
  }
  return removals;
}

std::vector<Operation> OpsThatChange(const Record* record, std::vector<Operation> ops) {
  if (record != nullptr)
    std::erase_if(ops, [&](const Operation& op) { return !Changes(*record, op); });
  return ops;
}

}  // namespace dudao::sync
