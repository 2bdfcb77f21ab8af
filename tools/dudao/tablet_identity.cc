// `tablet init`, `enrol`, `identity`, `rotate-key`, `pin`, `delivery`, `free-space`,
// `export-package`, `aside`: who the tablet is and what it can prove.
#include <fstream>
#include <memory>

#include "absl/status/status.h"
#include "certificate.h"
#include "field_edit.h"
#include "invitation.h"
#include "password.h"
#include "private_file.h"
#include "tablet_commands.h"

namespace dudao::command {
namespace {

using nlohmann::json;

std::string InLanguage(const Console& console, const std::string& zh, const std::string& en) {
  if (console.language() == Language::kChinese) return zh;
  return console.language() == Language::kEnglish ? en : zh + "\n" + en;
}

struct EnrolArguments {
  std::string invitation;
  std::string server;
  std::string name;
  ServerTrust trust;
};

// The profile that is there, with what the arguments say on top.
absl::StatusOr<TabletProfile> ProfileFor(const std::string& database,
                                         const EnrolArguments& arguments,
                                         const Invitation& invitation) {
  TabletProfile profile;
  if (auto kept = LoadProfile(database); kept.ok()) profile = *std::move(kept);
  if (!arguments.name.empty()) profile.device_name = arguments.name;
  if (profile.device_name.empty()) profile.device_name = "terminal";
  profile.office_space = kOfficeSpace;
  const std::string target = arguments.server.empty() ? invitation.server : arguments.server;
  if (target.empty()) return profile;
  ServerTrust trust = arguments.trust;
  if (trust.fingerprint.empty() && trust.certificate_file.empty())
    trust.fingerprint = invitation.certificate;
  auto address = TrustedAddress(target, trust);
  if (!address.ok()) return address.status();
  profile.server = *std::move(address);
  return profile;
}

Exit Init(Invocation& run, const std::string& database, const EnrolArguments& arguments) {
  const auto profile = ProfileFor(database, arguments, {});
  if (!profile.ok()) return run.console.Fail(profile.status());
  const auto tablet = Tablet::Open(database, *profile, run.clock);
  if (!tablet.ok()) return run.console.Fail(tablet.status());
  if (const absl::Status saved = SaveProfile(database, *profile); !saved.ok())
    return run.console.Fail(saved);
  run.console.Say(Text::kTabletMade, {database});
  run.console.Emit({{"tablet", database}, {"server", profile->server.target}});
  return Exit::kOk;
}

absl::Status EnrolTablet(Invocation& run, const std::string& database,
                         const EnrolArguments& arguments) {
  const auto invitation = ParseInvitation(arguments.invitation);
  if (!invitation.ok()) return invitation.status();
  const auto profile = ProfileFor(database, arguments, *invitation);
  if (!profile.ok()) return profile.status();
  if (profile->server.target.empty())
    return absl::InvalidArgumentError("SERVER_NEEDED: say where the server is with --server");
  const auto tablet = Tablet::Open(database, *profile, run.clock);
  if (!tablet.ok()) return tablet.status();
  if (const absl::Status saved = SaveProfile(database, *profile); !saved.ok()) return saved;
  if (const absl::Status done = (*tablet)->Enrol(invitation->code); !done.ok()) return done;
  const auto identity = (*tablet)->Identity();
  if (!identity.ok()) return identity.status();
  const std::string& expected = invitation->server_fingerprint;
  if (!expected.empty() && expected != identity->server_fingerprint()) {
    return absl::PermissionDeniedError(
        "SERVER_CERTIFICATE_WRONG: the server's key is not the one that the code names");
  }
  const TabletProfile& now = (*tablet)->profile();
  run.console.Say(Text::kTabletReady,
                  {database, now.person_id, now.team_id, identity->server_fingerprint()});
  run.console.Emit({{"tablet", database},
                    {"device", identity->device_id()},
                    {"person", now.person_id},
                    {"team", now.team_id},
                    {"team_space", now.team_space},
                    {"tablet_index", now.tablet_index},
                    {"server_fingerprint", identity->server_fingerprint()}});
  return absl::OkStatus();
}

void AddEnrol(CommandTable& table, CLI::App& parent, const std::string& database) {
  auto arguments = std::make_shared<EnrolArguments>();
  const auto with_server = [&](CLI::App* sub) {
    sub->add_option("--server", arguments->server, table.Words(Text::kOptionServer));
    sub->add_option("--name", arguments->name, table.Words(Text::kOptionDevice));
    AddTrustOptions(table, *sub, arguments->trust);
  };
  CLI::App* init = table.Add(parent, "init", Text::kAboutTabletInit,
                             "  dudao tablet --tablet li.db init --server 127.0.0.1:7447");
  with_server(init);
  table.OnRun(init,
              [&database, arguments](Invocation& run) { return Init(run, database, *arguments); });
  CLI::App* enrol =
      table.Add(parent, "enrol", Text::kAboutTabletEnrol,
                "  dudao tablet --tablet li.db enrol 'dudao://enrol?s=10.0.0.5:7447&c=...'\n"
                "  dudao tablet --tablet li.db enrol ABCD-EFGH-JKMN --server 127.0.0.1:7447");
  enrol->add_option("CODE", arguments->invitation, table.Words(Text::kOptionInvitation))
      ->required();
  with_server(enrol);
  table.OnRun(enrol, [&database, arguments](Invocation& run) {
    const absl::Status done = EnrolTablet(run, database, *arguments);
    return done.ok() ? Exit::kOk : run.console.Fail(done);
  });
}

absl::Status TellIdentity(Invocation& run, Tablet& tablet) {
  const auto identity = tablet.Identity();
  if (!identity.ok()) return identity.status();
  run.console.Say(identity->enrolled() ? Text::kIdentityLine : Text::kWhyNotEnrolled,
                  {identity->device_id(), identity->person_id(), identity->team_id(),
                   EnumForPeople(trust::v1::DeviceState_Name(identity->state())),
                   std::to_string(identity->control_position()), identity->server_fingerprint()});
  for (const auto& event : identity->events()) {
    run.console.Line("  ! " + LocalMoment(event.time_ms()) + "  " +
                     InLanguage(run.console, event.text_zh(), event.text_en()));
  }
  json out = MessageToJson(*identity);
  out["enrolled"] = identity->enrolled();
  out["key"] = identity->key();
  out["key_changing"] = identity->key_changing();
  out["has_pin"] = identity->has_pin();
  out["state"] = trust::v1::DeviceState_Name(identity->state());
  run.console.Emit(out);
  return absl::OkStatus();
}

// The key, then a sync: from then on nothing of the old one is needed.
absl::Status RotateKey(Invocation& run, Tablet& tablet) {
  if (const absl::Status rotated = tablet.RotateKey(); !rotated.ok()) return rotated;
  const auto synced = tablet.Sync({}, false);
  if (!synced.ok()) return synced.status();
  const auto identity = tablet.Identity();
  if (!identity.ok()) return identity.status();
  run.console.Say(Text::kKeyRotated, {std::to_string(identity->key())});
  run.console.Emit({{"device", identity->device_id()},
                    {"key", identity->key()},
                    {"synced", synced->finished.ok()}});
  return absl::OkStatus();
}

struct PinArguments {
  std::string new_file;
  bool remove = false;
  uint32_t tries = 0;
  std::string old_file;
};

absl::Status SetPin(Invocation& run, Tablet& tablet, const PinArguments& arguments) {
  const auto identity = tablet.Identity();
  if (!identity.ok()) return identity.status();
  client::v1::SetPinRequest request;
  request.set_tries_max(arguments.tries);
  if (identity->has_pin()) {
    const auto before = TakePassword(run.console, arguments.old_file, Text::kPromptPin);
    if (!before.ok()) return before.status();
    request.set_old_pin(*before);
  }
  if (!arguments.remove) {
    const auto fresh = TakePassword(run.console, arguments.new_file, Text::kPromptNewPin);
    if (!fresh.ok()) return fresh.status();
    request.set_new_pin(*fresh);
  }
  if (const auto set = tablet.core().SetPin(request); !set.ok()) return set.status();
  run.console.Say(arguments.remove ? Text::kPinRemoved : Text::kPinSet);
  run.console.Emit({{"pin", !arguments.remove}});
  return absl::OkStatus();
}

// The space named, or the team's.
std::string SpaceOr(const Tablet& tablet, const std::string& space) {
  return space.empty() ? tablet.profile().team_space : space;
}

absl::Status TellDelivery(Invocation& run, Tablet& tablet, const std::string& space) {
  client::v1::GetDeliveryReportRequest request;
  request.set_space(SpaceOr(tablet, space));
  const auto report = tablet.core().GetDeliveryReport(request);
  if (!report.ok()) return report.status();
  run.console.Line(InLanguage(run.console, report->text_zh(), report->text_en()));
  run.console.Emit({{"space", request.space()},
                    {"records", report->records()},
                    {"records_held", report->records_held()},
                    {"files", report->files()},
                    {"files_held", report->files_held()},
                    {"unsent_changes", report->unsent_changes()},
                    {"equal", report->equal()},
                    {"server_time_ms", report->server_time_ms()},
                    {"receipt_position", report->receipt_position()},
                    {"receipts", report->receipts_size()},
                    {"text_zh", report->text_zh()},
                    {"text_en", report->text_en()}});
  return absl::OkStatus();
}

absl::Status FreeSpace(Invocation& run, Tablet& tablet, const std::string& space) {
  client::v1::FreeSpaceRequest request;
  request.set_space(SpaceOr(tablet, space));
  const auto freed = tablet.core().FreeSpace(request);
  if (!freed.ok()) return freed.status();
  run.console.Say(Text::kSpaceFreed, {std::to_string(freed->files()), HumanBytes(freed->bytes())});
  run.console.Emit({{"files", freed->files()}, {"bytes", freed->bytes()}});
  return absl::OkStatus();
}

struct ExportArguments {
  std::string file;
  bool all = false;
  bool without_files = false;
};

absl::Status Export(Invocation& run, Tablet& tablet, const ExportArguments& arguments) {
  client::v1::ExportPackageRequest request;
  request.set_include_files(!arguments.without_files);
  request.set_include_delivered(arguments.all);
  const auto made = tablet.core().ExportPackage(request);
  if (!made.ok()) return made.status();
  if (const absl::Status kept = WritePrivate(arguments.file, made->package()); !kept.ok())
    return kept;
  run.console.Say(Text::kPackageMade,
                  {arguments.file, std::to_string(made->changes()), std::to_string(made->files())});
  run.console.Emit(
      {{"file", arguments.file}, {"changes", made->changes()}, {"files", made->files()}});
  return absl::OkStatus();
}

absl::Status TellAside(Invocation& run, Tablet& tablet) {
  const auto status = tablet.core().GetStatus({});
  if (!status.ok()) return status.status();
  size_t count = 0;
  for (const auto& space : status->spaces()) {
    for (const auto& aside : space.set_aside()) {
      ++count;
      run.console.Line("  ! " + space.space() + "  " + aside.reason() + "  " +
                       EnumForPeople(client::v1::SetAsideState_Name(aside.state())) + "  " +
                       InLanguage(run.console, aside.text_zh(), aside.text_en()));
      for (const std::string& write : aside.writes()) run.console.Line("      " + write);
      json out = MessageToJson(aside);
      out["space"] = space.space();
      out["state"] = client::v1::SetAsideState_Name(aside.state());
      run.console.Emit(out);
    }
  }
  run.console.Say(Text::kAsideCount, {std::to_string(count)});
  return absl::OkStatus();
}

CLI::App* AddPlain(CommandTable& table, CLI::App& parent, const std::string& database,
                   const char* name, Text about, const std::string& example,
                   const std::function<absl::Status(Invocation&, Tablet&)>& work) {
  CLI::App* sub = table.Add(parent, name, about, example);
  table.OnRun(sub, [&database, work](Invocation& run) {
    return WithTablet(run, database, [&](Tablet& tablet) { return work(run, tablet); });
  });
  return sub;
}

void AddProofs(CommandTable& table, CLI::App& parent, const std::string& database) {
  auto space = std::make_shared<std::string>();
  CLI::App* delivery =
      AddPlain(table, parent, database, "delivery", Text::kAboutTabletDelivery,
               "  dudao tablet --tablet li.db delivery",
               [space](Invocation& run, Tablet& t) { return TellDelivery(run, t, *space); });
  CLI::App* free =
      AddPlain(table, parent, database, "free-space", Text::kAboutTabletFreeSpace,
               "  dudao tablet --tablet li.db free-space",
               [space](Invocation& run, Tablet& t) { return FreeSpace(run, t, *space); });
  for (CLI::App* sub : {delivery, free})
    sub->add_option("--space", *space, table.Words(Text::kOptionSpaceName));
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* package =
      AddPlain(table, parent, database, "export-package", Text::kAboutTabletExport,
               "  dudao tablet --tablet li.db export-package li.package",
               [arguments](Invocation& run, Tablet& t) { return Export(run, t, *arguments); });
  package->add_option("FILE", arguments->file, table.Words(Text::kOptionFile))->required();
  package->add_flag("--all", arguments->all, table.Words(Text::kOptionDeliveredToo));
  package->add_flag("--no-files", arguments->without_files, table.Words(Text::kOptionNoFiles));
}

void AddPin(CommandTable& table, CLI::App& parent, const std::string& database) {
  auto arguments = std::make_shared<PinArguments>();
  CLI::App* pin =
      AddPlain(table, parent, database, "pin", Text::kAboutTabletPin,
               "  dudao tablet --tablet li.db pin\n  dudao tablet --tablet li.db pin --remove",
               [arguments](Invocation& run, Tablet& t) { return SetPin(run, t, *arguments); });
  pin->add_option("--old-pin-file", arguments->old_file, table.Words(Text::kOptionPinFile));
  pin->add_option("--new-pin-file", arguments->new_file, table.Words(Text::kOptionNewPinFile));
  pin->add_option("--tries", arguments->tries, table.Words(Text::kOptionPinTries))
      ->check(CLI::Range(3, 100));
  pin->add_flag("--remove", arguments->remove, table.Words(Text::kOptionPinRemove));
}

}  // namespace

void AddIdentityCommands(CommandTable& table, CLI::App& parent, const std::string& database) {
  AddEnrol(table, parent, database);
  AddPlain(table, parent, database, "identity", Text::kAboutTabletIdentity,
           "  dudao tablet --tablet li.db identity", TellIdentity);
  AddPlain(table, parent, database, "rotate-key", Text::kAboutTabletRotateKey,
           "  dudao tablet --tablet li.db rotate-key", RotateKey);
  AddPin(table, parent, database);
  AddProofs(table, parent, database);
  AddPlain(table, parent, database, "aside", Text::kAboutTabletAside,
           "  dudao tablet --tablet li.db aside", TellAside);
}

}  // namespace dudao::command
