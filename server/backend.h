// Everything behind the dispatcher, opened in order from one folder, and the methods that lead to
// it.
//
// One object a server; lives as long as calls are served. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access_log.h"
#include "admin_desk.h"
#include "aside_desk.h"
#include "blob_store.h"
#include "call_auth.h"
#include "call_guard.h"
#include "control_log.h"
#include "counters.h"
#include "delivery.h"
#include "device_desk.h"
#include "devices.h"
#include "dispatcher.h"
#include "document_desk.h"
#include "dudao/server/server.h"
#include "exchange.h"
#include "identity_desk.h"
#include "imports.h"
#include "leader_visits.h"
#include "ledger_desk.h"
#include "log.h"
#include "log_desk.h"
#include "notice_numbers.h"
#include "own_heads.h"
#include "package_import.h"
#include "people.h"
#include "people_desk.h"
#include "privacy_desk.h"
#include "projection.h"
#include "rectification_desk.h"
#include "registry.h"
#include "review_desk.h"
#include "server_db.h"
#include "server_key.h"
#include "sessions.h"
#include "spaces.h"
#include "token.h"
#include "verdicts.h"
#include "write_back.h"

namespace dudao::server {

class Backend {
 public:
  // Opens all spaces, and brings the projection up to date. REQUIRES: options.wall_ms.
  static absl::StatusOr<std::unique_ptr<Backend>> Open(const Options& options);

  Dispatcher& dispatcher() { return *dispatcher_; }
  Log& log() { return *log_; }
  CallGuard& guard() { return *guard_; }
  AdminDesk& admin() { return *admin_; }
  DeviceDesk& devices() { return *device_desk_; }
  PeopleDesk& people() { return *people_desk_; }
  Spaces& spaces() { return *spaces_; }
  Projection& projection() { return *projection_; }
  ControlLog& control() { return *control_; }
  Sessions& sessions() { return *sessions_; }
  AccessLog& access() { return *access_; }
  CallAuth& auth() { return *auth_; }
  Revisions& revisions() { return *revisions_; }
  const Counters& counters() const { return counters_; }

  // Sizes and counts, for whoever watches.
  void Figures(MetricsText& text);

  // Forgets the projection and reads all stores again.
  absl::Status RebuildProjection();

 private:
  Backend() = default;
  absl::Status OpenTrust(const Options& options);
  absl::Status OpenStorage(const Options& options);
  void MakeDesks(const Options& options);
  absl::Status OpenSpaces();
  void TellDisk(DiskLevel level, DiskSpace space);
  void AddIdentityMethods();
  void AddFieldMethods();
  void AddReviewMethods();
  void AddAdminMethods();

  Counters counters_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<ServerDb> db_;
  std::unique_ptr<ServerKey> key_;
  std::unique_ptr<ControlLog> control_;
  std::unique_ptr<AccessLog> access_;
  std::unique_ptr<People> people_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<Devices> devices_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Spaces> spaces_;
  std::unique_ptr<OwnHeads> heads_;
  std::unique_ptr<Verdicts> verdicts_;
  std::unique_ptr<Projection> projection_;
  std::unique_ptr<BlobStore> blobs_;
  std::unique_ptr<TokenSigner> tokens_;
  std::unique_ptr<Revisions> revisions_;
  std::unique_ptr<WriteBack> after_;
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<Delivery> delivery_;
  std::unique_ptr<ReviewDesk> review_;
  std::unique_ptr<LeaderVisits> leaders_;
  std::unique_ptr<NoticeNumbers> notices_;
  std::unique_ptr<RectificationDesk> findings_;
  std::unique_ptr<LedgerDesk> ledger_;
  std::unique_ptr<DocumentDesk> documents_;
  std::unique_ptr<AsideDesk> aside_;
  std::unique_ptr<PrivacyDesk> privacy_;
  std::unique_ptr<Imports> imports_;
  std::unique_ptr<PackageImport> packages_;
  std::unique_ptr<AdminDesk> admin_;
  std::unique_ptr<IdentityDesk> identity_;
  std::unique_ptr<DeviceDesk> device_desk_;
  std::unique_ptr<PeopleDesk> people_desk_;
  std::unique_ptr<LogDesk> logs_;
  std::unique_ptr<CallAuth> auth_;
  std::unique_ptr<CallGuard> guard_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace dudao::server
