// A tablet: a client core over its own database file, with a profile (who, which team, which
// server) beside it.
//
// Offline by nature: no channel exists except while Sync runs. Used by one thread.
// The profile is FILE.profile.json; the marker that tells a copied database from the original is
// FILE.token.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "command_clock.h"
#include "dudao/client/client.h"
#include "dudao/records/v1/visit.pb.h"
#include "sync_loop.h"

namespace dudao::command {

inline constexpr uint32_t kVisitType = 10;

struct TabletProfile {
  std::string server;  // host:port
  std::string person_id;
  std::string secret;
  std::string team_id;
  std::string role = "inspector";
  std::string device_name;
  int tablet_index = 0;
  std::string office_space;
  std::string team_space;
};

absl::StatusOr<TabletProfile> LoadProfile(const std::string& database);
absl::Status SaveProfile(const std::string& database, const TabletProfile& profile);

class Tablet {
 public:
  // Creates the database if absent. `clock` outlives the tablet.
  static absl::StatusOr<std::unique_ptr<Tablet>> Open(const std::string& database,
                                                      const TabletProfile& profile,
                                                      client::Clock& clock);
  ~Tablet();

  client::Client& core() { return *core_; }
  const TabletProfile& profile() const { return profile_; }

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
  Tablet(TabletProfile profile, std::unique_ptr<Seams> seams, std::unique_ptr<client::Client> core);

  TabletProfile profile_;
  std::unique_ptr<Seams> seams_;
  std::unique_ptr<client::Client> core_;
};

}  // namespace dudao::command
