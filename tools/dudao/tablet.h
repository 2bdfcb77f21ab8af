// A tablet: a client core over its own encrypted database file, with a profile (which server, and
// what the enrolment said) beside it.
//
// Offline by nature: no channel exists except while Enrol or Sync runs. Used by one thread.
// The profile is FILE.profile.json; the key of the database is in FILE.keys; the marker that tells
// a copied database from the original is FILE.token.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "command_clock.h"
#include "dudao/client/client.h"
#include "dudao/records/v1/visit.pb.h"
#include "server_link.h"
#include "sync_loop.h"

namespace dudao::command {

inline constexpr uint32_t kVisitType = 10;

struct TabletProfile {
  ServerAddress server;
  std::string device_name;
  // As the enrolment said; empty before.
  std::string person_id;
  std::string team_id;
  std::string role = "inspector";
  int tablet_index = 0;
  std::string office_space;
  std::string team_space;
};

absl::StatusOr<TabletProfile> LoadProfile(const std::string& database);
absl::Status SaveProfile(const std::string& database, const TabletProfile& profile);

class Tablet {
 public:
  // Creates the database if absent. `clock` outlives the tablet; `pin` is empty where none is set.
  static absl::StatusOr<std::unique_ptr<Tablet>> Open(const std::string& database,
                                                      const TabletProfile& profile,
                                                      client::Clock& clock,
                                                      const std::string& pin = "");
  ~Tablet();

  client::Client& core() { return *core_; }
  const TabletProfile& profile() const { return profile_; }

  // Trades a one-time code for an identity, and writes what it says into the profile. Errors:
  // PERMISSION_DENIED (ENROLMENT_CODE_WRONG), UNAVAILABLE; a repeat with the same code is fine.
  absl::Status Enrol(const std::string& code);
  // The same over whatever carries the calls.
  absl::Status Enrol(const std::string& code, Carrier& carrier);
  // Replaces the tablet's key. Errors: UNAUTHENTICATED, UNAVAILABLE; the next sync goes on with it.
  absl::Status RotateKey();
  absl::StatusOr<client::v1::GetIdentityResponse> Identity();

  // The tablet's spaces, or `spaces`, over a channel that exists only meanwhile.
  absl::StatusOr<SyncOutcome> Sync(const std::vector<std::string>& spaces = {}, bool blobs = true,
                                   const SyncWatcher& watcher = nullptr);

  client::v1::RecordRef VisitRef(const std::string& key) const;
  // NOT_FOUND where there is no such visit.
  absl::StatusOr<records::v1::Visit> ReadVisit(const std::string& key);
  absl::StatusOr<std::string> Digest(const std::string& space);
  std::string RandomBytes(size_t count);

 private:
  struct Seams;
  Tablet(std::string database, TabletProfile profile, std::unique_ptr<Seams> seams,
         std::unique_ptr<client::Client> core);

  std::string database_;
  TabletProfile profile_;
  std::unique_ptr<Seams> seams_;
  std::unique_ptr<client::Client> core_;
};

}  // namespace dudao::command
