// The parts of a server that judge uploads, put together without network, and tablets that speak to
// them.
//
// One Office a test, in a folder of the test's name; Reopen closes it and opens the folder again.
// A Device has a key, a person and a replica in one space. Not thread-safe.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access_log.h"
#include "aside_desk.h"
#include "blob_store.h"
#include "control_log.h"
#include "delivery.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/store/store.h"
#include "dudao/sync/trust/suite.h"
#include "dudao/sync/v1/sync.pb.h"
#include "exchange.h"
#include "log.h"
#include "own_heads.h"
#include "package_import.h"
#include "privacy_desk.h"
#include "projection.h"
#include "registry.h"
#include "review_desk.h"
#include "server_db.h"
#include "server_key.h"
#include "spaces.h"
#include "token.h"
#include "verdicts.h"
#include "write_back.h"

namespace dudao::server {

inline constexpr int64_t kTestNow = 1790000000000;  // 2026-09-21, 22:13 in the county
inline constexpr char kTeamSpace[] = "team-d1-2026";
inline constexpr char kOtherSpace[] = "team-d2-2026";

// A test folder of the running test's name, emptied.
std::string FreshFolder(const std::string& suffix);

class Office {
 public:
  // People: admin; zhao (reviewer); ld (leader); alice, bob (team D1); lead1 (lead of D1); carol,
  // lead2 (D2). Spaces: office (shared) and one of each team.
  Office();
  ~Office();

  void Reopen();
  // Closes, so that files may be copied.
  void Close();
  void Open();

  Call As(const std::string& person) const;
  Call AsDevice(const std::string& device_id) const;
  // A device of this person; its key follows from its id.
  void Enrol(const std::string& device_id, const std::string& person_id);
  void SetDevice(const std::string& device_id, trust::v1::DeviceState state);
  void SetPerson(const std::string& person_id, records::v1::PersonRole role,
                 const std::string& team_id, bool active = true);

  // A save of the server itself, in its own replica.
  void Commit(const std::string& space, const std::string& author, const std::string& key,
              const records::v1::Visit& visit);
  std::string Digest(const std::string& space = kTeamSpace);
  // The shown message of a visit; empty where there is none.
  records::v1::Visit Show(const std::string& key, const std::string& space = kTeamSpace);
  std::vector<sync::QuarantineEntry> Aside(const std::string& space = kTeamSpace);
  // How many rows of the access log have this event.
  int AccessRows(const std::string& event);
  std::vector<admin::v1::AccessRow> Access();

  struct Parts {
    std::unique_ptr<Log> log;
    std::unique_ptr<ServerDb> db;
    std::unique_ptr<ServerKey> key;
    std::unique_ptr<ControlLog> control;
    std::unique_ptr<AccessLog> access;
    std::unique_ptr<Registry> registry;
    std::unique_ptr<Spaces> spaces;
    std::unique_ptr<Projection> projection;
    std::unique_ptr<BlobStore> blobs;
    std::unique_ptr<TokenSigner> tokens;
    std::unique_ptr<OwnHeads> heads;
    std::unique_ptr<Verdicts> verdicts;
    std::unique_ptr<Revisions> revisions;
    std::unique_ptr<WriteBack> after;
    std::unique_ptr<Exchange> exchange;
    std::unique_ptr<AsideDesk> aside;
    std::unique_ptr<Delivery> delivery;
    std::unique_ptr<PrivacyDesk> privacy;
    std::unique_ptr<PackageImport> packages;
    std::unique_ptr<ReviewDesk> review;
  };
  Parts& operator*() { return parts_; }
  Parts* operator->() { return &parts_; }
  const std::string& folder() const { return folder_; }

 private:
  void Append(const trust::v1::ControlBody& body);

  const std::string folder_;
  std::string token_ = std::string(16, 't');
  Counters counters_;
  Parts parts_;
};

class Device {
 public:
  // Enrols itself unless the office knows it.
  Device(Office& office, std::string device_id, std::string person_id, uint8_t number,
         std::string space = kTeamSpace);

  void Save(std::vector<sync::Operation> ops);
  void Save(const std::string& key, const records::v1::Visit& visit);
  // A save in the name of another author.
  void SaveAs(const std::string& author, const std::string& key, const records::v1::Visit& visit);

  // Until both are equal; the first error otherwise. `change`, if any, alters each request first.
  using Alter = std::function<void(sync::v1::ExchangeRequest& request)>;
  absl::Status Sync(const Alter& alter = nullptr);
  // The next request, as it would be sent.
  sync::v1::ExchangeRequest Request();
  absl::StatusOr<sync::v1::ExchangeResponse> Send(const sync::v1::ExchangeRequest& request);

  absl::StatusOr<sync::HeadProof> Prove(sync::HeadProof proof) const;
  const std::string& id() const { return id_; }
  const sync::KeyPair& key() const { return key_; }
  sync::Store& store() { return *store_; }
  std::string Digest();
  const sync::ExchangeTotals& totals() const { return totals_; }

 private:
  sync::ExchangeOptions Options();

  Office& office_;
  const std::string id_;
  const std::string person_;
  const std::string space_;
  const sync::KeyPair key_;
  int64_t clock_ms_;
  std::unique_ptr<sync::Database> db_;
  std::unique_ptr<sync::Store> store_;
  sync::ExchangeTotals totals_;
};

sync::KeyPair KeyOf(const std::string& device_id);
records::v1::Visit VisitWith(const std::string& temp_no, const std::string& note);

}  // namespace dudao::server
