#include "dudao/domain/text.h"

#include <absl/strings/ascii.h>
#include <absl/strings/cord.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <string>
#include <vector>

namespace dudao::domain {
namespace {

// Payload: the code, then each argument, separated by U+001F, which no argument contains.
constexpr char kPayloadUrl[] = "type.dudao/reason";
constexpr char kUnitSeparator = '\x1f';
// The same, only where the arguments of the Chinese text are others.
constexpr char kChinesePayloadUrl[] = "type.dudao/reason-zh";

const CatalogueEntry* Find(absl::string_view code) {
  const absl::Span<const CatalogueEntry> all = Catalogue();
  const auto* const found = std::lower_bound(
      all.begin(), all.end(), code,
      [](const CatalogueEntry& entry, absl::string_view wanted) { return entry.code < wanted; });
  return found != all.end() && found->code == code ? found : nullptr;
}

std::string Fill(absl::string_view pattern, const std::vector<std::string>& arguments) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '$' || i + 1 == pattern.size()) {
      out += pattern[i];
      continue;
    }
    const char next = pattern[++i];
    if (next == '$') {
      out += '$';
    } else if (absl::ascii_isdigit(static_cast<unsigned char>(next))) {
      const auto index = static_cast<std::size_t>(next - '0');
      if (index < arguments.size()) out += arguments[index];
    }
  }
  return out;
}

absl::Cord Pack(absl::string_view reason, const std::vector<std::string>& arguments) {
  std::string payload(reason);
  for (std::string argument : arguments) {
    std::replace(argument.begin(), argument.end(), kUnitSeparator, ' ');
    payload += kUnitSeparator;
    payload += argument;
  }
  return absl::Cord(payload);
}

std::vector<std::string> PayloadOf(const absl::Status& status, absl::string_view url) {
  const auto payload = status.GetPayload(url);
  if (!payload.has_value()) return {};
  return absl::StrSplit(std::string(*payload), kUnitSeparator);
}

}  // namespace

std::string Text(absl::string_view code, Language language,
                 const std::vector<std::string>& arguments) {
  const CatalogueEntry* const entry = Find(code);
  if (entry == nullptr) return std::string(code);
  return Fill(language == Language::kChinese ? entry->zh : entry->en, arguments);
}

absl::Status Refusal(absl::StatusCode status_code, absl::string_view reason,
                     const std::vector<std::string>& arguments) {
  absl::Status status(status_code, Text(reason, Language::kEnglish, arguments));
  status.SetPayload(kPayloadUrl, Pack(reason, arguments));
  return status;
}

absl::Status Refusal(absl::StatusCode status_code, absl::string_view reason,
                     const std::vector<std::string>& arguments,
                     const std::vector<std::string>& chinese_arguments) {
  absl::Status status = Refusal(status_code, reason, arguments);
  status.SetPayload(kChinesePayloadUrl, Pack(reason, chinese_arguments));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  const std::vector<std::string> payload = PayloadOf(status, kPayloadUrl);
  return payload.empty() ? std::string() : payload.front();
}

std::string TextOf(const absl::Status& status, Language language) {
  std::vector<std::string> payload;
  if (language == Language::kChinese) payload = PayloadOf(status, kChinesePayloadUrl);
  if (payload.empty()) payload = PayloadOf(status, kPayloadUrl);
  if (payload.empty()) return std::string(status.message());
  return Text(payload.front(), language, {payload.begin() + 1, payload.end()});
}

}  // namespace dudao::domain
