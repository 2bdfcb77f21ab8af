// Who this tablet is and what it can prove: its key, the server it belongs to, its events.
//
// Before an enrolment the host says who works here, and nothing is signed. Afterwards the control
// log says it. Keeps everything in the tablet's database; signs calls and heads, checks what the
// server signed. Does not: talk to anybody (enrolment.h, sync_session.h), or destroy anything
// (key_vault.h). Not synchronised; borrows database and seams. Errors: those of the storage;
// UNAUTHENTICATED for what does not hold, with a reason of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control_log.h"
#include "dudao/client/client.h"
#include "dudao/client/v1/device.pb.h"
#include "dudao/client/v1/sync.pb.h"
#include "dudao/identity/v1/identity.pb.h"
#include "dudao/sync/crdt/ids.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"
#include "dudao/sync/trust/suite.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::client {

class Trust {
 public:
  Trust(sync::Database& db, const Options& options);

  absl::Status Load();

  bool enrolled() const { return !identity_.device_id().empty(); }
  const v1::DeviceIdentity& identity() const { return identity_; }
  ControlLog& control() { return control_; }
  const ControlLog& control() const { return control_; }
  const domain::Authority& authority() const { return control_.authority(); }

  // By the newest entry of the control log; before an enrolment as the host said.
  std::string person_id() const;
  std::optional<records::v1::PersonRole> role() const;  // nothing before an enrolment
  std::string team_id() const;
  int tablet_index() const;
  // What evidence and visits name; the device's name before an enrolment.
  std::string device_id() const;
  std::string device_name() const;
  trust::v1::DeviceState state() const;
  // The device or its person was handed over: it delivers what it holds and receives nothing.
  bool retired() const;
  std::vector<std::string> spaces() const;

  // The key to enrol with, kept before it is used: the same one for the same code, so that an
  // answer that was lost costs nothing.
  absl::StatusOr<v1::PendingEnrolment> Prepare(std::string_view code, sync::Suite suite);
  // Keeps what an enrolment gave, all or nothing. UNAUTHENTICATED (ENROLMENT_REFUSED) where the
  // answer does not hold.
  absl::Status Adopt(const v1::PendingEnrolment& pending, std::string_view device_name,
                     const identity::v1::EnrolResponse& answer);

  // Both keys of a rotation that has begun, kept before the new one is used; the same ones until it
  // is settled.
  absl::StatusOr<v1::KeyChange> PrepareKeyChange(sync::Suite suite);
  const std::optional<v1::KeyChange>& key_change() const { return key_change_; }
  // Which key of the change counts, durably: the new one under this number, or the old one.
  absl::Status UseNewKey(uint32_t number);
  absl::Status UseOldKey();
  // Forgets the old key once the control log that is held names the new one.
  absl::Status SettleKeyChange();

  // Adds who calls and the signature; nothing before an enrolment. No two calls get the same.
  absl::Status SignCall(v1::OutgoingCall& call);
  // The same with one key of a change that has begun.
  absl::Status SignCallWith(bool new_key, v1::OutgoingCall& call);
  absl::Status Sign(trust::v1::Package& package) const;
  absl::StatusOr<trust::v1::HeadProof> Prove(std::string_view space, trust::v1::HeadProof proof);
  absl::Status CheckProof(std::string_view space, const trust::v1::HeadProof& proof) const;
  absl::Status CheckReceipt(std::string_view space, const trust::v1::Receipt& receipt) const;
  // Tells the store what was decided on changes of its space, unless it knows.
  absl::Status ApplyVerdicts(sync::Store& store);
  // By the ControlEntry in base64url that an error's metadata carries, and the announcements of
  // newer keys of the server beside it.
  absl::StatusOr<bool> ProvesRevocation(const v1::CallError& error) const;

  // Server time less device time. Signatures use the newest; saves carry the one that was kept.
  void NoteServerTime(int64_t server_ms);
  // What the server says of our clock where it refuses a call.
  void TakeClockHints(const v1::CallError& error);
  // The server has seen a signature before: the next one is of another moment.
  void NoteReplay();
  int64_t clock_offset_ms() const { return kept_offset_ms_; }
  absl::Status KeepClockOffset();

  // Durable; the oldest beyond 200 are forgotten. One that was the last already is not repeated.
  absl::Status AddEvent(std::string_view reason, std::string_view space);
  absl::Status FillEvents(google::protobuf::RepeatedPtrField<v1::TrustEvent>* out);

 private:
  absl::Status MakeKey();
  absl::Status LoadKeyChange();
  absl::Status SignCallAs(const sync::KeyPair& key, uint32_t number, v1::OutgoingCall& call);
  absl::Status KeepKey(uint32_t number, sync::Suite suite, const std::string& seed);
  const trust::v1::DeviceRule* Rule() const;
  const trust::v1::PersonRule* Person() const;

  sync::Database& db_;
  const Options& options_;
  v1::DeviceIdentity identity_;
  sync::KeyPair key_;
  std::optional<v1::KeyChange> key_change_;
  ControlLog control_;
  int64_t last_call_ms_ = 0;
  int64_t call_offset_ms_ = 0;
  int64_t kept_offset_ms_ = 0;
};

}  // namespace dudao::client
