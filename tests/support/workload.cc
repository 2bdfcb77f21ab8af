#include "workload.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else

RecordId Rec(std::string key) { return {10, std::move(key)}; }

Operation SetText(const RecordId& record, uint32_t field, std::string_view value) {
  return {record, Path().Field(field), MergeKind::kRegister, Value::Bytes(value)};
}
Operation ClearField(const RecordId& record, uint32_t field) {
  return {record, Path().Field(field), MergeKind::kRegister, Value::Absent()};
}
Operation SetElementText(const RecordId& record, uint32_t list, std::string_view key,
                         uint32_t field, std::string_view value) {
  return {record, Path().Element(list, key).Field(field), MergeKind::kRegister,
          Value::Bytes(value)};
}
Operation RemoveElement(const RecordId& record, uint32_t list, std::string_view key) {
  return {record, Path().Element(list, key), MergeKind::kKeyed, Value::Absent()};
}
Operation AddToSet(const RecordId& record, uint32_t field, std::string_view element) {
  return {record, Path().Element(field, element), MergeKind::kSet, Value::Present()};
}
Operation RemoveFromSet(const RecordId& record, uint32_t field, std::string_view element) {
  return {record, Path().Element(field, element), MergeKind::kSet, Value::Absent()};
}
Operation Increment(const RecordId& record, uint32_t field, int64_t delta) {
  return {record, Path().Field(field), MergeKind::kCounter, CounterValue(delta)};
}
Operation Delete(const RecordId& record) {
  return {record, Path(), MergeKind::kKeyed, Value::Absent()};
}
Operation Touch(const RecordId& record) {
  return {record, Path(), MergeKind::kKeyed, Value::Present()};
}

std::vector<Operation> RandomOps(SeededTest& random) {
  std::vector<Operation> ops;
  const RecordId record = Rec(std::string(1, static_cast<char>('a' + random.Below(3))));
  const std::string value = "value " + std::to_string(random.Below(6));
  const std::string key = std::string(1, static_cast<char>('k' + random.Below(3)));
  for (size_t n = 1 + random.Below(4); n > 0; --n) {
    const auto field = static_cast<uint32_t>(2 + random.Below(3));
    switch (random.Below(10)) {
      case 0:
        ops.push_back(ClearField(record, field));
        break;
      case 1:
      case 2:
        ops.push_back(SetElementText(record, 20, key, field, value));
        break;
      case 3:
        ops.push_back(RemoveElement(record, 20, key));
        break;
      case 4:
        ops.push_back(AddToSet(record, 30, key));
        break;
      case 5:
        ops.push_back(RemoveFromSet(record, 30, key));
        break;
      case 6:
        ops.push_back(Increment(record, 40, static_cast<int64_t>(random.Below(9)) - 4));
        break;
      case 7:
        if (random.Chance(0.3)) ops.push_back(Delete(record));
        break;
      default:
        ops.push_back(SetText(record, field, value));
    }
  }
  if (ops.empty()) ops.push_back(Touch(record));
  return ops;
}

}  // namespace dudao::testing
