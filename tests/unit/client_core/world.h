// A small world for tests of the client core: tablets with their own files, a simulated clock, and
// an office that answers their calls in memory (the exchange over a real store, files in a map).
// Loss and cuts are asked for call by call.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dudao/client/client.h"
#include "dudao/sync/store/sqlite_store.h"

namespace dudao::client {

inline constexpr char kSpace[] = "2026/team/D2";
inline constexpr char kOffice[] = "office";
inline constexpr uint32_t kVisit = 10;
inline constexpr uint32_t kSite = 900;
// 2026-09-21 09:00 in Asia/Shanghai.
inline constexpr int64_t kMonday = 1789952400000;

class FakeClock final : public Clock {
 public:
  explicit FakeClock(int64_t ms = kMonday) : ms_(ms) {}
  int64_t WallMs() override { return ms_; }
  void Set(int64_t ms) { ms_ = ms; }
  void Advance(int64_t ms) { ms_ += ms; }

 private:
  int64_t ms_;
};

// Repeatable bytes that differ by name.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::string_view name) : seed_(name) {}
  std::string Bytes(size_t count) override;

 private:
  std::string seed_;
  uint64_t calls_ = 0;
};

class MemoryToken final : public SideFile {
 public:
  absl::StatusOr<std::optional<std::string>> Read() override { return token_; }
  absl::Status Write(std::string_view bytes) override {
    token_ = std::string(bytes);
    return absl::OkStatus();
  }
  void Forget() { token_.reset(); }

 private:
  std::optional<std::string> token_;
};

// What the server is to a tablet.
class Office {
 public:
  Office();
  sync::Store& Space(const std::string& space);
  // The answer, or a status.
  absl::StatusOr<std::string> Answer(const std::string& method, const std::string& request);

  FakeClock clock;
  std::map<std::string, std::string> files;  // whole or in part, by raw hash
  uint64_t file_bytes_taken = 0;
  std::vector<std::string> calls;

 private:
  absl::StatusOr<std::string> AnswerBlob(const std::string& method, const std::string& request);

  std::unique_ptr<sync::Database> db_;
  SeededRandom random_{"office"};
  std::map<std::string, std::unique_ptr<sync::Store>> spaces_;
};

// What happens to a call on its way.
enum class Fate { kArrives, kLostOnTheWay, kAnswerLost, kTwice };

class Tablet {
 public:
  explicit Tablet(const std::string& person,
                  records::v1::PersonRole role = records::v1::PERSON_ROLE_INSPECTOR);
  // The battery is pulled: the process forgets everything, the file stays.
  void Restart();
  Client& operator*() { return *client_; }
  Client* operator->() { return client_.get(); }
  const std::string& path() const { return options_.database_path; }

  v1::SyncFinished Sync(
      Office& office, bool blobs = false,
      const std::function<Fate(size_t)>& fate = [](size_t) { return Fate::kArrives; });
  // One durable edit; the test fails where it does.
  void Set(const v1::RecordRef& record, const std::string& path, const std::string& text);
  v1::GetRecordResponse Get(const v1::RecordRef& record);
  std::string Digest(const std::string& space = kSpace);

  FakeClock clock;
  MemoryToken token;
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

// The result of a call that must succeed.
template <typename T>
T Must(absl::StatusOr<T> result);
void MustBeOk(const absl::Status& status);

template <typename T>
T Must(absl::StatusOr<T> result) {
  MustBeOk(result.status());
  return *std::move(result);
}

}  // namespace dudao::client
