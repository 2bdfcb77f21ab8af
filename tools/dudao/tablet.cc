#include "tablet.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "dudao/client/system_seams.h"
#include "server_link.h"

namespace dudao::command {
namespace {

using nlohmann::json;

constexpr char kAppVersion[] = "dudao-command/0.1";

std::string ProfilePath(const std::string& database) { return database + ".profile.json"; }

json ProfileToJson(const TabletProfile& profile) {
  return {{"server", profile.server},
          {"person", profile.person_id},
          {"secret", profile.secret},
          {"team", profile.team_id},
          {"role", profile.role},
          {"device", profile.device_name},
          {"tablet_index", profile.tablet_index},
          {"office_space", profile.office_space},
          {"team_space", profile.team_space}};
}

records::v1::PersonRole RoleOf(const std::string& role) {
  return role == "lead" ? records::v1::PERSON_ROLE_LEAD : records::v1::PERSON_ROLE_INSPECTOR;
}

}  // namespace

struct Tablet::Seams {
  client::SystemRandom random;
  client::TokenFile incarnation;
};

absl::StatusOr<TabletProfile> LoadProfile(const std::string& database) {
  std::ifstream in(ProfilePath(database));
  const json read = json::parse(in, nullptr, false);
  if (!read.is_object()) {
    return absl::NotFoundError("no tablet at " + database + "; run `dudao tablet --tablet " +
                               database + " init` first");
  }
  TabletProfile profile;
  profile.server = read.value("server", "");
  profile.person_id = read.value("person", "");
  profile.secret = read.value("secret", "");
  profile.team_id = read.value("team", "");
  profile.role = read.value("role", "inspector");
  profile.device_name = read.value("device", "");
  profile.tablet_index = read.value("tablet_index", 0);
  profile.office_space = read.value("office_space", "");
  profile.team_space = read.value("team_space", "");
  return profile;
}

absl::Status SaveProfile(const std::string& database, const TabletProfile& profile) {
  const std::string fresh = ProfilePath(database) + ".new";
  std::error_code error;
  {
    std::ofstream out(fresh);
    out << ProfileToJson(profile).dump(2) << '\n';
    if (!out.flush()) return absl::UnavailableError("cannot write " + fresh);
  }
  std::filesystem::permissions(
      fresh, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
  std::filesystem::rename(fresh, ProfilePath(database), error);
  if (error)
    return absl::UnavailableError("cannot write " + ProfilePath(database) + ": " + error.message());
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Tablet>> Tablet::Open(const std::string& database,
                                                     const TabletProfile& profile,
                                                     client::Clock& clock) {
  std::unique_ptr<Seams> seams(
      new Seams{client::SystemRandom(), client::TokenFile(database + ".token")});
  client::Options options;
  options.database_path = database;
  options.person_id = profile.person_id;
  options.device_name = profile.device_name;
  options.tablet_index = profile.tablet_index;
  options.role = RoleOf(profile.role);
  options.office_space = profile.office_space;
  options.app_version = kAppVersion;
  options.seams.clock = &clock;
  options.seams.random = &seams->random;
  options.seams.incarnation = &seams->incarnation;
  auto core = client::Client::Open(options);
  if (!core.ok()) return core.status();
  return std::unique_ptr<Tablet>(new Tablet(profile, std::move(seams), *std::move(core)));
}

Tablet::Tablet(TabletProfile profile, std::unique_ptr<Seams> seams,
               std::unique_ptr<client::Client> core)
    : profile_(std::move(profile)), seams_(std::move(seams)), core_(std::move(core)) {}

Tablet::~Tablet() = default;

absl::StatusOr<SyncOutcome> Tablet::Sync(const std::vector<std::string>& spaces, bool blobs,
                                         const SyncWatcher& watcher) {
  ServerLink link(profile_.server, {profile_.person_id, profile_.secret, profile_.device_name});
  client::v1::BeginSyncRequest request;
  if (spaces.empty()) {
    request.add_spaces(profile_.office_space);
    if (!profile_.team_space.empty()) request.add_spaces(profile_.team_space);
  }
  for (const std::string& space : spaces) request.add_spaces(space);
  request.set_include_blobs(blobs);
  return RunSync(*core_, request, link.carrier(), watcher);
}

client::v1::RecordRef Tablet::VisitRef(const std::string& key) const {
  client::v1::RecordRef ref;
  ref.set_space(profile_.team_space);
  ref.set_type_id(kVisitType);
  ref.set_key(key);
  return ref;
}

absl::StatusOr<records::v1::Visit> Tablet::ReadVisit(const std::string& key) {
  client::v1::GetRecordRequest request;
  *request.mutable_record() = VisitRef(key);
  const auto got = core_->GetRecord(request);
  if (!got.ok()) return got.status();
  if (!got->exists()) return absl::NotFoundError("no such visit");
  records::v1::Visit visit;
  if (!visit.ParseFromString(got->message()))
    return absl::DataLossError("the visit cannot be read");
  return visit;
}

std::string Tablet::RandomBytes(size_t count) { return seams_->random.Bytes(count); }

absl::StatusOr<std::string> Tablet::Digest(const std::string& space) {
  client::v1::GetStateDigestRequest request;
  request.set_space(space);
  const auto got = core_->GetStateDigest(request);
  if (!got.ok()) return got.status();
  return got->digest();
}

}  // namespace dudao::command
