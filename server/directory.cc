#include "directory.h"

#include <openssl/crypto.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/schema/record_types.h"
#include "reason.h"

namespace dudao::server {
namespace {

using records::v1::PersonRole;

bool SameSecret(std::string_view a, std::string_view b) {
  const sync::Hash x = sync::Sha256(a);
  const sync::Hash y = sync::Sha256(b);
  return CRYPTO_memcmp(x.data(), y.data(), x.size()) == 0;
}

std::map<std::string, User, std::less<>> ById(std::vector<User> users) {
  std::map<std::string, User, std::less<>> by_id;
  for (User& user : users) by_id[user.person_id] = user;
  return by_id;
}

}  // namespace

absl::StatusOr<std::vector<User>> ParseUsers(std::string_view text) {
  std::vector<User> users;
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    ++line_number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> cells = absl::StrSplit(line, ',');
    for (std::string& cell : cells) absl::StripAsciiWhitespace(&cell);
    PersonRole role = records::v1::PERSON_ROLE_UNSPECIFIED;
    if (cells.size() >= 3) {
      records::v1::PersonRole_Parse(absl::StrCat("PERSON_ROLE_", absl::AsciiStrToUpper(cells[2])),
                                    &role);
    }
    const bool fits = (cells.size() == 3 || cells.size() == 4) && !cells[0].empty() &&
                      cells[0].size() <= 64 && !cells[1].empty();
    if (!fits || role == records::v1::PERSON_ROLE_UNSPECIFIED) {
      return Error(absl::StatusCode::kInvalidArgument, "OPTIONS_INVALID",
                   absl::StrCat("users, line ", line_number));
    }
    users.push_back({cells[0], cells[1], role, cells.size() == 4 ? cells[3] : ""});
  }
  return users;
}

Directory::Directory(std::vector<User> users, std::string shared_secret)
    : users_(ById(std::move(users))), shared_secret_(std::move(shared_secret)) {}

std::optional<Principal> Directory::SignIn(std::string_view person_id,
                                           std::string_view secret) const {
  const auto user = users_.find(person_id);
  const std::string& expected = user != users_.end() ? user->second.secret : shared_secret_;
  const bool right = SameSecret(expected, secret) && !expected.empty();
  std::optional<Principal> principal = Find(person_id);
  return right ? std::move(principal) : std::nullopt;
}

std::optional<Principal> Directory::Find(std::string_view person_id) const {
  if (const auto user = users_.find(person_id); user != users_.end()) {
    return Principal{user->second.person_id, user->second.role, user->second.team_id};
  }
  absl::MutexLock lock(&mutex_);
  const auto person = people_.find(person_id);
  return person != people_.end() ? std::optional(person->second) : std::nullopt;
}

absl::Status Directory::Reload(sync::Store& office) {
  std::map<std::string, Principal, std::less<>> people;
  DUDAO_TRY(office.Scan(
      sync::RecordTypeOf(*records::v1::Person::descriptor()), "",
      [&](const sync::StoredRecord& stored) {
        records::v1::Person person;
        if (!stored.record.exists() || !person.ParseFromString(stored.record.Materialise()))
          return true;
        if (person.has_active() && !person.active()) return true;
        people[stored.id.key] = Principal{stored.id.key, person.role(), person.team_id()};
        return true;
      }));
  absl::MutexLock lock(&mutex_);
  people_ = std::move(people);
  return absl::OkStatus();
}

}  // namespace dudao::server
