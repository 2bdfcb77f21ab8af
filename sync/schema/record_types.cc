#include "dudao/sync/schema/record_types.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/options/v1/merge.pb.h"
#include "dudao/records/v1/form_template.pb.h"
#include "dudao/records/v1/holiday_year.pb.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/reference.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/crdt/varint.h"

namespace dudao::sync {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Named one by one: a static library brings in only what is named.
const std::map<uint32_t, const Descriptor*>& Types() {
  static const auto* const kTypes = [] {
    auto* types = new std::map<uint32_t, const Descriptor*>();
    for (const Descriptor* type :
         {records::v1::Place::descriptor(), records::v1::Person::descriptor(),
          records::v1::Team::descriptor(), records::v1::Measure::descriptor(),
          records::v1::FormTemplate::descriptor(), records::v1::HolidayYear::descriptor(),
          records::v1::Visit::descriptor(), records::v1::OfficeTask::descriptor(),
          records::v1::Rectification::descriptor(), bench::v1::SiteVisit::descriptor()}) {
      types->emplace(RecordTypeOf(*type), type);
    }
    return types;
  }();
  return *kTypes;
}

std::string Escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == ']' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string KeyText(const FieldDescriptor* field, std::string_view key) {
  const bool number = field != nullptr && KindOf(*field) == MergeKind::kSet &&
                      field->cpp_type() != FieldDescriptor::CPPTYPE_STRING;
  if (!number) return Escaped(key);
  Reader reader(key);
  return absl::StrCat(reader.Varint());
}

}  // namespace

MergeKind KindOf(const FieldDescriptor& field) {
  return static_cast<MergeKind>(field.options().GetExtension(options::v1::merge).kind());
}

const Descriptor* FindRecordType(uint32_t type_id) {
  const auto it = Types().find(type_id);
  return it == Types().end() ? nullptr : it->second;
}

uint32_t RecordTypeOf(const Descriptor& message) {
  return message.options().GetExtension(options::v1::record).type_id();
}

std::unique_ptr<google::protobuf::Message> NewRecordMessage(uint32_t type_id) {
  const Descriptor* type = FindRecordType(type_id);
  if (type == nullptr) return nullptr;
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<google::protobuf::Message>(factory->GetPrototype(type)->New());
}

const FieldDescriptor* FieldOf(uint32_t type_id, const Path& path) {
  const Descriptor* message = FindRecordType(type_id);
  const FieldDescriptor* field = nullptr;
  for (const PathStep& step : path.Steps()) {
    field = message == nullptr ? nullptr : message->FindFieldByNumber(static_cast<int>(step.field));
    message = field == nullptr ? nullptr : field->message_type();
  }
  return field;
}

std::string PathText(uint32_t type_id, const Path& path) {
  const Descriptor* message = FindRecordType(type_id);
  std::string out;
  for (const PathStep& step : path.Steps()) {
    const FieldDescriptor* field =
        message == nullptr ? nullptr : message->FindFieldByNumber(static_cast<int>(step.field));
    absl::StrAppend(&out, out.empty() ? "" : ".",
                    field == nullptr ? absl::StrCat(step.field) : field->name());
    if (step.key) absl::StrAppend(&out, "[", KeyText(field, *step.key), "]");
    message = field == nullptr ? nullptr : field->message_type();
  }
  return out;
}

}  // namespace dudao::sync
