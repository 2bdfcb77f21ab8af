// `dudao aside`, `control`, `access`, `package import`: what was kept aside, who decided what, who
// looked.
#include <memory>

#include "absl/status/status.h"
#include "dudao/trust/v1/trust.pb.h"
#include "field_edit.h"
#include "import_files.h"
#include "office_commands.h"
#include "package_upload.h"
#include "spaces.h"
#include "tablet_commands.h"

namespace dudao::command {
namespace {

using nlohmann::json;

struct AsideArguments {
  std::string space;
  std::string team;
  std::string named;
  std::string reason;
  bool all = false;
};
using Arguments = std::shared_ptr<AsideArguments>;

// What a person calls a change: SPACE/REPLICA/NUMBER.
std::string NameOf(const std::string& space, const review::v1::KeptAside& row) {
  return space + "/" + Hex(row.replica()) + "/" + std::to_string(row.seq());
}

// The space named, the team's, or all that the caller may see.
absl::StatusOr<std::vector<std::string>> SpacesMeant(Office& office,
                                                     const AsideArguments& arguments) {
  if (!arguments.space.empty()) return std::vector<std::string>{arguments.space};
  if (!arguments.team.empty()) return std::vector<std::string>{TeamSpaceOf(arguments.team)};
  const auto self = office.GetSelf({});
  if (!self.ok()) return self.status();
  if (!self->team_id().empty()) return std::vector<std::string>{TeamSpaceOf(self->team_id())};
  const auto spaces = office.ListSpaces({});
  if (absl::IsPermissionDenied(spaces.status()))
    return absl::InvalidArgumentError("TEAM_NEEDED: say which team with --team");
  if (!spaces.ok()) return spaces.status();
  std::vector<std::string> names;
  for (const auto& space : spaces->spaces()) names.push_back(space.space());
  return names;
}

json AsideToJson(const std::string& space, const review::v1::KeptAside& row) {
  json writes = json::array();
  for (const auto& write : row.writes()) {
    writes.push_back({{"type", write.type_id()},
                      {"key", KeyForPeople(write.key())},
                      {"path", write.path()},
                      {"text", write.text()}});
  }
  return {{"change", NameOf(space, row)},
          {"space", space},
          {"reason", row.reason()},
          {"text_zh", row.text_zh()},
          {"text_en", row.text_en()},
          {"author", row.author()},
          {"device", row.device_id()},
          {"time_ms", row.time_ms()},
          {"state", review::v1::KeptAsideState_Name(row.state())},
          {"decided_by", row.decided_by()},
          {"decision_reason", row.decision_reason()},
          {"writes", writes}};
}

void TellAside(Console& console, const std::string& space, const review::v1::KeptAside& row) {
  console.Line(NameOf(space, row));
  console.Say(Text::kAsideLine,
              {row.author(), LocalMoment(row.time_ms()), row.reason(), row.text_zh(), row.text_en(),
               EnumForPeople(review::v1::KeptAsideState_Name(row.state()))});
  for (const auto& write : row.writes()) console.Line("    " + write.path() + " = " + write.text());
  if (!row.decided_by().empty())
    console.Say(Text::kAsideDecided, {row.decided_by(), row.decision_reason()});
}

absl::Status EachAside(Office& office, const std::string& space, bool decided_too,
                       const std::function<absl::Status(const review::v1::KeptAside&)>& each) {
  review::v1::ListKeptAsideRequest request;
  request.set_space(space);
  request.set_include_decided(decided_too);
  return ForEachRow(
      request, [&](const auto& page) { return office.ListKeptAside(page); }, each);
}

absl::Status ListAside(Invocation& run, Office& office, const AsideArguments& arguments) {
  const auto spaces = SpacesMeant(office, arguments);
  if (!spaces.ok()) return spaces.status();
  size_t count = 0;
  for (const std::string& space : *spaces) {
    const absl::Status listed = EachAside(office, space, arguments.all, [&](const auto& row) {
      ++count;
      TellAside(run.console, space, row);
      run.console.Emit(AsideToJson(space, row));
      return absl::OkStatus();
    });
    if (!listed.ok()) return listed;
  }
  run.console.Say(Text::kAsideCount, {std::to_string(count)});
  return absl::OkStatus();
}

absl::StatusOr<review::v1::JudgeChangeRequest> FindAside(Office& office, const std::string& named) {
  const std::string space = named.substr(0, named.find('/'));
  review::v1::JudgeChangeRequest found;
  const absl::Status listed = EachAside(office, space, true, [&](const auto& row) {
    if (NameOf(space, row) != named) return absl::OkStatus();
    found.set_space(space);
    found.set_replica(row.replica());
    found.set_seq(row.seq());
    found.set_change_hash(row.change_hash());
    return absl::OkStatus();
  });
  if (!listed.ok()) return listed;
  if (found.space().empty())
    return absl::NotFoundError("CHANGE_NOT_ASIDE: " + named + " is not kept aside");
  return found;
}

absl::Status Judge(Invocation& run, Office& office, const AsideArguments& arguments, bool release) {
  auto request = FindAside(office, arguments.named);
  if (!request.ok()) return request.status();
  request->set_release(release);
  request->set_reason(arguments.reason);
  const auto judged = office.JudgeChange(*request);
  if (!judged.ok()) return judged.status();
  run.console.Say(release ? Text::kReleased : Text::kRefused, {arguments.named});
  run.console.Emit({{"change", arguments.named},
                    {"released", release},
                    {"control_position", judged->control_position()}});
  return absl::OkStatus();
}

void AddAside(CommandTable& table) {
  CLI::App* aside = table.Add(table.root(), "aside", Text::kAboutAside,
                              "  dudao aside list --team D2\n"
                              "  dudao aside release team-d2-2026/REPLICA/7 --reason 情况属实\n"
                              "  dudao aside refuse team-d2-2026/REPLICA/7 --reason 与事实不符");
  aside->require_subcommand(1);
  auto arguments = std::make_shared<AsideArguments>();
  CLI::App* list = AddOffice(
      table, *aside, "list", Text::kAboutAsideList, "  dudao aside list --team D2 --all",
      [arguments](Invocation& run, Office& office) { return ListAside(run, office, *arguments); });
  list->add_option("--team", arguments->team, table.Words(Text::kOptionTeam));
  list->add_option("--space", arguments->space, table.Words(Text::kOptionSpaceName));
  list->add_flag("--all", arguments->all, table.Words(Text::kOptionDecidedToo));
  const auto add_verdict = [&](const char* name, Text about, bool release) {
    CLI::App* sub = AddOffice(
        table, *aside, name, about,
        std::string("  dudao aside ") + name + " team-d2-2026/REPLICA/7 --reason 情况说明",
        [arguments, release](Invocation& run, Office& office) {
          return Judge(run, office, *arguments, release);
        });
    sub->add_option("CHANGE", arguments->named, table.Words(Text::kOptionChange))->required();
    sub->add_option("--reason", arguments->reason, table.Words(Text::kOptionWhy))->required();
  };
  add_verdict("release", Text::kAboutAsideRelease, true);
  add_verdict("refuse", Text::kAboutAsideRefuse, false);
}

json EntryToJson(const trust::v1::ControlEntry& entry) {
  json out = {{"position", entry.position()}, {"time_ms", entry.time_ms()},
              {"actor", entry.actor()},       {"previous", Hex(entry.previous())},
              {"key", entry.key()},           {"signature", Hex(entry.signature())}};
  trust::v1::ControlBody body;
  out["body"] = body.ParseFromString(entry.body()) ? MessageToJson(body) : json(Hex(entry.body()));
  return out;
}

absl::Status ListControl(Invocation& run, Office& office) {
  admin::v1::ListControlRequest request;
  request.set_page_size(500);
  while (true) {
    const auto page = office.ListControl(request);
    if (!page.ok()) return page.status();
    for (const auto& entry : page->entries()) {
      const json out = EntryToJson(entry);
      run.console.Line(std::to_string(entry.position()) + "  " + LocalMoment(entry.time_ms()) +
                       "  " + entry.actor() + "  " + out.at("body").dump());
      run.console.Emit(out);
      request.set_after(entry.position());
    }
    if (!page->more() || page->entries().empty()) return absl::OkStatus();
  }
}

absl::Status ListAccess(Invocation& run, Office& office) {
  return ForEachRow(
      admin::v1::ListAccessRequest(), [&](const auto& page) { return office.ListAccess(page); },
      [&](const admin::v1::AccessRow& row) {
        run.console.Line(std::to_string(row.position()) + "  " + LocalMoment(row.time_ms()) + "  " +
                         row.actor() + "  " + row.event() + "  " + row.subject());
        run.console.Emit({{"position", row.position()},
                          {"time_ms", row.time_ms()},
                          {"actor", row.actor()},
                          {"event", row.event()},
                          {"subject", row.subject()}});
        return absl::OkStatus();
      });
}

void AddRetention(CommandTable& table) {
  auto years = std::make_shared<int>(5);
  CLI::App* sub = AddOffice(
      table, table.root(), "retention", Text::kAboutRetention, "  dudao retention --years 5",
      [years](Invocation& run, Office& office) {
        admin::v1::ListRetentionRequest request;
        request.set_years(*years);
        const auto due = office.ListRetention(request);
        if (!due.ok()) return due.status();
        for (const admin::v1::RetentionVisit& visit : due->visits()) {
          run.console.Line(visit.visit_date() + "  " + visit.temp_no() + "  " + visit.space());
          run.console.Emit({{"space", visit.space()},
                            {"key", Hex(visit.key())},
                            {"temp_no", visit.temp_no()},
                            {"visit_date", visit.visit_date()}});
        }
        run.console.Say(Text::kRetentionDue, {due->before(), std::to_string(due->visits_size()),
                                              std::to_string(due->files_size())});
        run.console.Emit({{"before", due->before()},
                          {"visits", due->visits_size()},
                          {"files", due->files_size()}});
        return absl::OkStatus();
      });
  sub->add_option("--years", *years, table.Words(Text::kOptionYears))->check(CLI::Range(1, 100));
}

void AddLists(CommandTable& table) {
  CLI::App* control = table.Add(table.root(), "control", Text::kAboutControl,
                                "  dudao control list\n  dudao --json control list");
  control->require_subcommand(1);
  AddOffice(table, *control, "list", Text::kAboutControlList, "  dudao control list", ListControl);
  CLI::App* access = table.Add(table.root(), "access", Text::kAboutAccess, "  dudao access list");
  access->require_subcommand(1);
  AddOffice(table, *access, "list", Text::kAboutAccessList, "  dudao access list", ListAccess);
}

}  // namespace

void AddTrustCommands(CommandTable& table) {
  AddAside(table);
  AddLists(table);
  AddRetention(table);
}

}  // namespace dudao::command
