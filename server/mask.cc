#include "mask.h"

#include <memory>

#include "dudao/domain/personal.h"
#include "dudao/sync/schema/record_types.h"

namespace dudao::server {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string MaskRecord(uint32_t type_id, std::string bytes) {
  const std::unique_ptr<Message> message = sync::NewRecordMessage(type_id);
  if (message == nullptr) return bytes;
  // Strings that are not UTF-8 make the parser say no after it has read everything.
  static_cast<void>(message->ParseFromString(bytes));
  domain::MaskMessage(message.get());
  return message->SerializeAsString();
}

sync::Value MaskFieldValue(uint32_t type_id, const sync::Path& path, sync::Value value) {
  const FieldDescriptor* field = sync::FieldOf(type_id, path);
  if (field == nullptr || value.type != sync::WireType::kBytes || path.IsPresence()) return value;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    auto* factory = google::protobuf::MessageFactory::generated_factory();
    const std::unique_ptr<Message> message(factory->GetPrototype(field->message_type())->New());
    static_cast<void>(message->ParseFromString(value.bytes));
    domain::MaskMessage(message.get());
    value.bytes = message->SerializeAsString();
  } else if (domain::IsPersonal(*field)) {
    value.bytes = domain::MaskValue(value.bytes);
  } else if (domain::IsFreeText(*field)) {
    value.bytes = domain::MaskText(value.bytes);
  }
  return value;
}

}  // namespace dudao::server
