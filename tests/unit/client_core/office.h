// What the server is to a tablet, in memory: the exchange over a real store, files in a map, and
// people, devices, codes and a control log with real keys.
//
// Calls that carry a signature are checked as the server does; those without are let through until
// `strict` is set, for tests that are about something else.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dudao/client/client.h"
#include "dudao/domain/authority.h"
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/store/sqlite_store.h"
#include "dudao/sync/trust/control_chain.h"
#include "dudao/sync/trust/sealing.h"
#include "dudao/sync/trust/suite.h"

namespace dudao::client {

inline constexpr char kSpace[] = "2026/team/D2";
inline constexpr char kOffice[] = "office";
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

class Office {
 public:
  // `name`: another one is another server, with keys of its own.
  explicit Office(const std::string& name = "office");
  sync::Store& Space(const std::string& space);

  // The answer, or the error as the host hands it on.
  absl::StatusOr<std::string> Serve(const v1::OutgoingCall& call, v1::CallError* error);
  // Without looking at signatures.
  absl::StatusOr<std::string> Answer(const std::string& method, const std::string& request);

  // --- the control log
  void SetPerson(const std::string& person, records::v1::PersonRole role, const std::string& team);
  // A one-time code for a tablet of the person.
  std::string NewCode(const std::string& person);
  void SetDevice(const std::string& device, trust::v1::DeviceState state);
  void Judge(const std::string& space, const sync::Dot& dot, bool released);
  trust::v1::ControlEntry Append(const trust::v1::ControlBody& body);
  // Signed with the server's key, not appended.
  trust::v1::ControlEntry Sign(const trust::v1::ControlBody& body, uint64_t position) const;
  const domain::Authority& authority() const { return authority_; }
  std::string sealing_public() const { return sealing_.public_key; }
  const sync::SealingKey& sealing() const { return sealing_; }

  // The next key of the server; from now on only that one signs.
  void ReplaceKey();
  // The server comes back with an empty disk but its old key file: a new history, and the first
  // `entries` of its control log.
  void Restore(size_t entries);

  FakeClock clock;
  bool strict = false;
  // Number of the key that signs receipts; 0: the newest. Whoever has an old one may try.
  uint32_t receipt_key = 0;
  // Kept aside as NOT_PERMITTED where it says so.
  std::function<bool(const sync::Change&)> forbidden;
  // Last word on an answer before it leaves; for servers that lie.
  std::function<void(const std::string& method, std::string& answer)> tamper;
  std::map<std::string, std::string> files;  // whole or in part, by raw hash
  uint64_t file_bytes_taken = 0;
  std::vector<std::string> calls;
  std::vector<trust::v1::ControlEntry> control;
  std::map<std::string, std::string> owners;  // devices, by space and replica

 private:
  struct Refusal {
    int code = 0;
    std::string reason;
    std::map<std::string, std::string> metadata;
  };
  Refusal CheckCall(const v1::OutgoingCall& call);
  Refusal CheckExchange(const v1::OutgoingCall& call, const trust::v1::DeviceRule& device) const;
  absl::StatusOr<std::string> Exchange(const std::string& request);
  absl::StatusOr<std::string> Enrol(const std::string& request);
  absl::StatusOr<std::string> RotateKey(const std::string& request);
  absl::StatusOr<std::string> ConfirmDelivery(const std::string& request);
  absl::StatusOr<std::string> AnswerBlob(const std::string& method, const std::string& request);
  absl::StatusOr<sync::ControlAnswer> LookUp(const sync::ControlPosition& asker,
                                             absl::Span<const trust::v1::ControlEntry> offered);
  void SignOwnHead(sync::Store& store);
  void OpenDatabase();

  std::string name_;
  SeededRandom random_;
  uint32_t KeyNumber() const { return static_cast<uint32_t>(keys_.size()); }
  std::vector<sync::KeyPair> keys_;
  sync::SealingKey sealing_;
  sync::ControlChain chain_;
  domain::Authority authority_;
  struct Code {
    std::string person;
    std::string used_by;  // public key
    std::string device;
  };
  std::map<std::string, Code> codes_;
  std::set<std::string> signatures_;
  std::string caller_;  // device of the call in work
  std::unique_ptr<sync::Database> db_;
  std::map<std::string, std::unique_ptr<sync::Store>> spaces_;
};

std::string FreshPath(const std::string& name);

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
