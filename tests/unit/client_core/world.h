// A small world for tests of the client core: tablets with their own files, a simulated clock, and
// an office that answers their calls in memory. Loss and cuts are asked for call by call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dudao/client/client.h"
#include "dudao/sync/store/sqlite_store.h"
#include "office.h"

namespace dudao::client {

inline constexpr uint32_t kVisit = 10;
inline constexpr uint32_t kSite = 900;

// A file beside the database.
class MemoryToken final : public SideFile {
 public:
  absl::StatusOr<std::optional<std::string>> Read() override { return token_; }
  absl::Status Write(std::string_view bytes) override {
    // The power fails before the file is replaced.
    if (fails_after == 0) return absl::UnavailableError("the battery was pulled");
    if (fails_after > 0) --fails_after;
    token_ = std::string(bytes);
    return absl::OkStatus();
  }
  void Forget() { token_.reset(); }
  const std::string& bytes() const { return *token_; }
  void Put(const std::string& bytes) { token_ = bytes; }

  int fails_after = -1;  // writes that still succeed; below 0: all

 private:
  std::optional<std::string> token_;
};

// What happens to a call on its way.
enum class Fate { kArrives, kLostOnTheWay, kAnswerLost, kTwice };

class Tablet {
 public:
  explicit Tablet(const std::string& person,
                  records::v1::PersonRole role = records::v1::PERSON_ROLE_INSPECTOR);
  // The battery is pulled: the process forgets everything, the file stays.
  void Restart();
  // The same where the tablet may not open again.
  absl::Status TryRestart(const std::string& pin = "");
  // From the next start on the database is encrypted.
  void UseVault() { options_.seams.vault = &vault; }
  Client& operator*() { return *client_; }
  Client* operator->() { return client_.get(); }
  const std::string& path() const { return options_.database_path; }

  using FateOf = std::function<Fate(size_t)>;
  static Fate Arrives(size_t) { return Fate::kArrives; }
  v1::SyncFinished Sync(Office& office, bool blobs = false, const FateOf& fate = Arrives);
  // Every space that the tablet has.
  v1::SyncFinished SyncAll(Office& office, bool blobs = true, const FateOf& fate = Arrives);
  v1::SyncFinished Enrol(Office& office, const std::string& code, const FateOf& fate = Arrives);
  // Polls and delivers until what was begun has ended, or the tablet cannot go on.
  absl::StatusOr<v1::SyncFinished> Run(Office& office, const FateOf& fate = Arrives);
  // One durable edit; the test fails where it does.
  void Set(const v1::RecordRef& record, const std::string& path, const std::string& text);
  v1::GetRecordResponse Get(const v1::RecordRef& record);
  std::string Digest(const std::string& space = kSpace);

  FakeClock clock;
  MemoryToken token;
  MemoryToken vault;
  Options options_;

 private:
  SeededRandom random_;
  std::unique_ptr<Client> client_;
};

v1::RecordRef Record(uint32_t type, const std::string& key, const std::string& space = kSpace);
v1::FieldEdit SetText(const std::string& path, const std::string& text);
v1::FieldEdit SetInteger(const std::string& path, int64_t number);
v1::FieldEdit AddText(const std::string& path, const std::string& text);
v1::FieldEdit AddAt(const std::string& path);
v1::FieldEdit RemoveAt(const std::string& path);
v1::FieldEdit Increment(const std::string& path, int64_t by);

// A tablet of a person of team D2, enrolled, its database encrypted.
std::unique_ptr<Tablet> EnrolledTablet(
    Office& office, const std::string& person,
    records::v1::PersonRole role = records::v1::PERSON_ROLE_INSPECTOR);

}  // namespace dudao::client
