#include "xml_events.h"

#include <expat.h>

#include <limits>
#include <memory>
#include <type_traits>

#include "absl/status/status.h"
#include "dudao/domain/text.h"

namespace dudao::server {
namespace {

constexpr int kDepthMax = 64;
constexpr size_t kAttributesMax = 64;
constexpr char kBetween = '|';
// Those of workbooks: transitional, strict, and of the package's relations.
constexpr std::string_view kKnown[] = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/package/2006/relationships",
};
// Of attributes that name a relation.
constexpr std::string_view kRelations[] = {
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
};

absl::Status Refused(const char* reason) {
  return domain::Refusal(absl::StatusCode::kInvalidArgument, reason);
}

struct Walk {
  XML_Parser parser = nullptr;
  XmlHandler* handler = nullptr;
  absl::Status status;
  int depth = 0;

  void Take(absl::Status next) {
    if (next.ok() || !status.ok()) return;
    status = std::move(next);
    XML_StopParser(parser, XML_FALSE);
  }
};

std::string ElementName(const char* whole) {
  const std::string_view name = whole;
  const size_t at = name.rfind(kBetween);
  if (at == std::string_view::npos) return std::string(name);
  for (const std::string_view known : kKnown) {
    if (name.substr(0, at) == known) return std::string(name.substr(at + 1));
  }
  return std::string(name);
}

std::string AttributeName(std::string_view name) {
  const size_t at = name.rfind(kBetween);
  if (at == std::string_view::npos) return std::string(name);
  for (const std::string_view relation : kRelations) {
    if (name.substr(0, at) == relation) return "r:" + std::string(name.substr(at + 1));
  }
  return std::string(name);
}

void OnStart(void* data, const char* name, const char** pairs) {
  auto& walk = *static_cast<Walk*>(data);
  if (!walk.status.ok()) return;
  if (++walk.depth > kDepthMax) return walk.Take(Refused("IMPORT_BOOK_FORBIDDEN"));
  XmlAttributes attributes;
  for (; *pairs != nullptr; pairs += 2) {
    if (attributes.size() == kAttributesMax) return walk.Take(Refused("IMPORT_BOOK_FORBIDDEN"));
    attributes.emplace(AttributeName(pairs[0]), pairs[1]);
  }
  walk.Take(walk.handler->Start(ElementName(name), attributes));
}

void OnEnd(void* data, const char* name) {
  auto& walk = *static_cast<Walk*>(data);
  if (!walk.status.ok()) return;
  --walk.depth;
  walk.Take(walk.handler->End(ElementName(name)));
}

void OnText(void* data, const char* text, int bytes) {
  auto& walk = *static_cast<Walk*>(data);
  if (!walk.status.ok()) return;
  walk.Take(walk.handler->Text({text, static_cast<size_t>(bytes)}));
}

void OnDoctype(void* data, const char*, const char*, const char*, int) {
  static_cast<Walk*>(data)->Take(Refused("IMPORT_BOOK_FORBIDDEN"));
}

void OnEntity(void* data, const char*, int, const char*, int, const char*, const char*, const char*,
              const char*) {
  static_cast<Walk*>(data)->Take(Refused("IMPORT_BOOK_FORBIDDEN"));
}

}  // namespace

absl::Status ReadXml(std::string_view document, XmlHandler& handler) {
  if (document.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
    return Refused("IMPORT_BOOK_TOO_LARGE");
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreateNS(nullptr, kBetween), &XML_ParserFree);
  if (parser == nullptr) return Refused("IMPORT_BOOK_DAMAGED");
  Walk walk{parser.get(), &handler, absl::OkStatus(), 0};
  XML_SetUserData(parser.get(), &walk);
  XML_SetElementHandler(parser.get(), OnStart, OnEnd);
  XML_SetCharacterDataHandler(parser.get(), OnText);
  XML_SetStartDoctypeDeclHandler(parser.get(), OnDoctype);
  XML_SetEntityDeclHandler(parser.get(), OnEntity);
  const auto result =
      XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), XML_TRUE);
  if (!walk.status.ok()) return walk.status;
  return result == XML_STATUS_OK ? absl::OkStatus() : Refused("IMPORT_BOOK_DAMAGED");
}

}  // namespace dudao::server
