#include "tablet.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "dudao/client/system_seams.h"
#include "private_file.h"

namespace dudao::command {
namespace {

using nlohmann::json;

constexpr char kAppVersion[] = "dudao-command/0.1";

std::string ProfilePath(const std::string& database) { return database + ".profile.json"; }

json ProfileToJson(const TabletProfile& profile) {
  return {{"server", profile.server.target},
          {"certificate", profile.server.certificate},
          {"person", profile.person_id},
          {"team", profile.team_id},
          {"role", profile.role},
          {"device", profile.device_name},
          {"tablet_index", profile.tablet_index},
          {"office_space", profile.office_space},
          {"team_space", profile.team_space}};
}

// The first space that is not the office's.
std::string TeamSpaceAmong(const client::v1::GetIdentityResponse& identity,
                           const std::string& office_space) {
  for (const std::string& space : identity.spaces()) {
    if (space != office_space) return space;
  }
  return "";
}

absl::Status NotEnrolled(const std::string& database) {
  return absl::FailedPreconditionError("NOT_ENROLLED: " + database);
}

// How an enrolment or a rotation ended.
absl::Status EndOf(const absl::StatusOr<SyncOutcome>& outcome) {
  if (!outcome.ok()) return outcome.status();
  if (outcome->finished.ok()) return absl::OkStatus();
  if (outcome->finished.spaces().empty()) return absl::UnavailableError("cut short");
  const auto& why = outcome->finished.spaces(0);
  const std::string reason = why.reason().empty() ? "" : why.reason() + ": ";
  return {static_cast<absl::StatusCode>(why.code()), reason + why.message()};
}

}  // namespace

struct Tablet::Seams {
  client::SystemRandom random;
  client::TokenFile incarnation;
  client::TokenFile vault;
};

absl::StatusOr<TabletProfile> LoadProfile(const std::string& database) {
  std::ifstream in(ProfilePath(database));
  const json read = json::parse(in, nullptr, false);
  if (!read.is_object()) return NotEnrolled(database);
  TabletProfile profile;
  profile.server = {read.value("server", ""), read.value("certificate", "")};
  profile.person_id = read.value("person", "");
  profile.team_id = read.value("team", "");
  profile.role = read.value("role", "inspector");
  profile.device_name = read.value("device", "");
  profile.tablet_index = read.value("tablet_index", 0);
  profile.office_space = read.value("office_space", "");
  profile.team_space = read.value("team_space", "");
  return profile;
}

absl::Status SaveProfile(const std::string& database, const TabletProfile& profile) {
  return WritePrivate(ProfilePath(database), ProfileToJson(profile).dump(2) + "\n");
}

absl::StatusOr<std::unique_ptr<Tablet>> Tablet::Open(const std::string& database,
                                                     const TabletProfile& profile,
                                                     client::Clock& clock, const std::string& pin) {
  std::unique_ptr<Seams> seams(new Seams{client::SystemRandom(),
                                         client::TokenFile(database + ".token"),
                                         client::TokenFile(database + ".keys")});
  client::Options options;
  options.database_path = database;
  options.device_name = profile.device_name;
  options.office_space = profile.office_space;
  options.app_version = kAppVersion;
  options.pin = pin;
  options.seams.clock = &clock;
  options.seams.random = &seams->random;
  options.seams.incarnation = &seams->incarnation;
  options.seams.vault = &seams->vault;
  auto core = client::Client::Open(options);
  if (!core.ok()) return core.status();
  return std::unique_ptr<Tablet>(new Tablet(database, profile, std::move(seams), *std::move(core)));
}

Tablet::Tablet(std::string database, TabletProfile profile, std::unique_ptr<Seams> seams,
               std::unique_ptr<client::Client> core)
    : database_(std::move(database)),
      profile_(std::move(profile)),
      seams_(std::move(seams)),
      core_(std::move(core)) {}

Tablet::~Tablet() = default;

absl::Status Tablet::RotateKey() {
  if (const auto begun = core_->BeginRotateKey({}); !begun.ok()) return begun.status();
  ServerLink link(profile_.server);
  return EndOf(RunToEnd(*core_, link.carrier()));
}

absl::StatusOr<client::v1::GetIdentityResponse> Tablet::Identity() {
  return core_->GetIdentity({});
}

absl::Status Tablet::Enrol(const std::string& code) {
  ServerLink link(profile_.server);
  return Enrol(code, link.carrier());
}

absl::Status Tablet::Enrol(const std::string& code, Carrier& carrier) {
  client::v1::BeginEnrolRequest request;
  request.set_code(code);
  request.set_device_name(profile_.device_name);
  if (const auto begun = core_->BeginEnrol(request); !begun.ok()) return begun.status();
  if (const absl::Status done = EndOf(RunToEnd(*core_, carrier)); !done.ok()) return done;
  const auto identity = Identity();
  if (!identity.ok()) return identity.status();
  profile_.person_id = identity->person_id();
  profile_.team_id = identity->team_id();
  profile_.role = identity->role() == records::v1::PERSON_ROLE_LEAD ? "lead" : "inspector";
  profile_.tablet_index = static_cast<int>(identity->tablet_index());
  profile_.team_space = TeamSpaceAmong(*identity, profile_.office_space);
  return SaveProfile(database_, profile_);
}

absl::StatusOr<SyncOutcome> Tablet::Sync(const std::vector<std::string>& spaces, bool blobs,
                                         const SyncWatcher& watcher) {
  client::v1::BeginSyncRequest request;
  for (const std::string& space : spaces) request.add_spaces(space);
  if (spaces.empty()) {
    const auto identity = Identity();
    if (!identity.ok()) return identity.status();
    if (!identity->enrolled()) return NotEnrolled(database_);
    *request.mutable_spaces() = identity->spaces();
  }
  request.set_include_blobs(blobs);
  ServerLink link(profile_.server);
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
