#include "rpc_status.h"

#include "dudao/server/names.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "reason.h"
#include "utf8.h"

namespace dudao::server {
namespace {

void AddText(google::rpc::Status& out, const char* locale, const std::string& text) {
  google::rpc::LocalizedMessage message;
  message.set_locale(locale);
  message.set_message(Utf8(text));
  out.add_details()->PackFrom(message);
}

}  // namespace

std::string StatusDetails(const absl::Status& status, std::string_view request_id) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  out.set_message(Utf8(EnglishOf(status)));
  google::rpc::ErrorInfo info;
  info.set_domain(kErrorDomain);
  info.set_reason(ReasonOf(status));
  (*info.mutable_metadata())["request_id"] = std::string(request_id);
  for (const auto& [key, value] : MetadataOf(status)) (*info.mutable_metadata())[key] = Utf8(value);
  out.add_details()->PackFrom(info);
  AddText(out, "zh-CN", ChineseOf(status));
  AddText(out, "en", EnglishOf(status));
  return out.SerializeAsString();
}

}  // namespace dudao::server
