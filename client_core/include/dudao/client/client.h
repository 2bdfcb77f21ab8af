// The client core: what a tablet links.
//
// Keeps all spaces, drafts and files of one tablet in one database file; opens forms, edits,
// queries, settles conflicts, and syncs without IO of its own (dudao.client.v1.ClientService says
// what each method does). A typed method per rpc for C++ hosts; Call for everybody else, also
// through the C ABI (c_api.h). Threading: one call at a time, from any thread; the host serialises.
// No thread and no clock of its own. Ownership: borrows the seams, which outlive it. Durability:
// what a method did has survived power loss when it returns OK; after an error nothing of it is
// stored. Errors: reason.h lists the reasons. RESOURCE_EXHAUSTED: free space and repeat;
// UNAVAILABLE: repeat; DATA_LOSS: restore; KEY_DESTROYED: hand the tablet to the office.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/client/seams.h"
#include "dudao/client/v1/client.pb.h"
#include "dudao/records/v1/reference.pb.h"

namespace dudao::client {

struct Options {
  // The database file; created if absent.
  std::string database_path;
  // Unlocks the key vault, where a PIN is set.
  std::string pin;
  // Who works here until the tablet is enrolled (tests, trials without a server); at most 64 bytes.
  // Once enrolled these four come from the server's control log.
  std::string person_id;
  std::string device_name;
  int tablet_index = 0;
  records::v1::PersonRole role = records::v1::PERSON_ROLE_INSPECTOR;
  // Space with people, places and forms.
  std::string office_space = "office";
  std::string app_version = "dudao";
  // Most pages of 4 KiB that the database may have; 0 for no limit but the disk.
  int64_t database_pages_max = 0;
  Seams seams;
};

// Every rpc of dudao.client.v1.ClientService.
// The formatter never settles on a layout for this list.
// clang-format off
#define DUDAO_CLIENT_METHODS(X) \
  X(OpenRecord) \
  X(CreateRecord) \
  X(EditForm) \
  X(GetForm) \
  X(SaveForm) \
  X(DiscardForm) \
  X(CloseForm) \
  X(ListDrafts) \
  X(Edit) \
  X(GetRecord) \
  X(ListRecords) \
  X(ListConflicts) \
  X(ResolveConflict) \
  X(ListHistory) \
  X(DeleteRecord) \
  X(StageAttachment) \
  X(AddAttachment) \
  X(GetAttachment) \
  X(RequestAttachment) \
  X(ListTransfers) \
  X(NewVisit) \
  X(CheckVisit) \
  X(SubmitVisit) \
  X(AddSupplement) \
  X(SearchPlaces) \
  X(GetMonthBoard) \
  X(GetHome) \
  X(ListVisits) \
  X(GetVisitView) \
  X(AddFinding) \
  X(AddLookBack) \
  X(GetSigningText) \
  X(SignVisit) \
  X(RefuseSignature) \
  X(ListTasks) \
  X(CompleteTask) \
  X(ListLookBacks) \
  X(PlanVisits) \
  X(BeginSync) \
  X(Poll) \
  X(Deliver) \
  X(CancelSync) \
  X(BeginEnrol) \
  X(BeginRotateKey) \
  X(GetIdentity) \
  X(SetPin) \
  X(GetDeliveryReport) \
  X(FreeSpace) \
  X(ExportPackage) \
  X(GetStatus) \
  X(GetStateDigest)
// clang-format on

class Core;

class Client {
 public:
  static absl::StatusOr<std::unique_ptr<Client>> Open(const Options& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

#define DUDAO_DECLARE(Method) \
  absl::StatusOr<v1::Method##Response> Method(const v1::Method##Request& request);
  DUDAO_CLIENT_METHODS(DUDAO_DECLARE)
#undef DUDAO_DECLARE

  // `method` is an rpc's name; `request` and `response` are protobuf bytes. UNIMPLEMENTED for an
  // unknown method.
  absl::Status Call(std::string_view method, std::string_view request, std::string* response);

 private:
  explicit Client(std::unique_ptr<Core> core);
  void CloseIfDestroyed();

  std::unique_ptr<Core> core_;  // null once the key is destroyed
  absl::Status closed_;         // the answer to every call from then on
};

}  // namespace dudao::client
