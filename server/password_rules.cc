#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/ascii.h"
#include "people.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr size_t kPasswordCharactersLeast = 10;
constexpr size_t kPasswordBytesMost = 256;
constexpr size_t kDifferentLeast = 4;

// What people choose first where ten characters are asked for; compared without case, and without
// digits and signs at the end.
constexpr std::string_view kCommon[] = {
    "1q2w3e4r5t",    "1qaz2wsx3edc", "1qazxsw23edc",  "5201314520",   "a123456789", "aa123456789",
    "abc123456789",  "adminadmin",   "administrator", "admin123456",  "asdfghjkl",  "baseball",
    "dudaodudao",    "football",     "iloveyou",      "jishan123456", "letmein",    "password",
    "passw0rd",      "qazwsxedc",    "qwer1234",      "qwertyuiop",   "qwe123456",  "root123456",
    "superman",      "test123456",   "trustno1",      "welcome",      "woaini",     "woaini1314",
    "woaini1314520", "zxcvbnm",      "p@ssw0rd",      "p@ssword",     "qwerty",     "admin",
};

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// Each character one above, or below, the one before: 1234567890, abcdefghij.
bool IsRun(std::string_view text, int step) {
  for (size_t i = 1; i < text.size(); ++i) {
    const bool wraps = text[i - 1] == (step > 0 ? '9' : '0') && text[i] == (step > 0 ? '0' : '9');
    if (text[i] - text[i - 1] != step && !wraps) return false;
  }
  return true;
}

std::string WithoutTail(std::string text) {
  while (!text.empty() && !absl::ascii_isalpha(static_cast<unsigned char>(text.back())))
    text.pop_back();
  return text;
}

bool IsCommon(const std::string& password) {
  const auto has = [](const std::string& text) {
    return std::find(std::begin(kCommon), std::end(kCommon), text) != std::end(kCommon);
  };
  return has(password) || has(WithoutTail(password));
}

}  // namespace

absl::Status CheckPasswordRules(std::string_view person_id, std::string_view password) {
  const auto weak = [](std::string_view why) {
    return Error(absl::StatusCode::kInvalidArgument, "PASSWORD_WEAK", why);
  };
  if (Characters(password) < kPasswordCharactersLeast) return weak("fewer than 10 characters");
  if (password.size() > kPasswordBytesMost) return weak("more than 256 bytes");
  const std::string lower = absl::AsciiStrToLower(std::string(password));
  const std::string id = absl::AsciiStrToLower(std::string(person_id));
  if (lower == id || (id.size() >= kDifferentLeast && lower.find(id) != std::string::npos))
    return weak("it contains the person's id");
  if (std::set<char>(lower.begin(), lower.end()).size() < kDifferentLeast)
    return weak("fewer than 4 different characters");
  if (IsRun(lower, 1) || IsRun(lower, -1)) return weak("a run of characters");
  if (IsCommon(lower)) return weak("one of the common passwords");
  return absl::OkStatus();
}

}  // namespace dudao::server
