// `dudao person ...`: who may do what.
#include <memory>

#include "absl/status/status.h"
#include "field_edit.h"
#include "office_commands.h"
#include "tablet_commands.h"

namespace dudao::command {
namespace {

using nlohmann::json;

struct PersonArguments {
  std::string person;
  std::string name;
  std::string role;
  std::string team;
  std::string department;
  std::string successor;
  std::string reason;
  bool left = false;
  bool back = false;
  bool no_team = false;
};
using Arguments = std::shared_ptr<PersonArguments>;

absl::StatusOr<records::v1::PersonRole> RoleNamed(const std::string& text) {
  const auto* field = records::v1::Person::descriptor()->FindFieldByName("role");
  const auto value = ParseValue(*field, text);
  if (!value.ok()) return value.status();
  records::v1::PersonRole role = records::v1::PERSON_ROLE_UNSPECIFIED;
  records::v1::PersonRole_Parse(value->enum_name(), &role);
  return role;
}

absl::StatusOr<admin::v1::PersonRow> FindPerson(Office& office, const std::string& person) {
  admin::v1::PersonRow found;
  const absl::Status listed = ForEachRow(
      admin::v1::ListPeopleRequest(),
      [&](const auto& request) { return office.ListPeople(request); },
      [&](const admin::v1::PersonRow& row) {
        if (row.person_id() == person) found = row;
        return absl::OkStatus();
      });
  if (!listed.ok()) return listed;
  return found;
}

absl::Status Set(Invocation& run, Office& office, const PersonArguments& arguments) {
  const auto before = FindPerson(office, arguments.person);
  if (!before.ok()) return before.status();
  const bool is_new = before->person_id().empty();
  admin::v1::SetPersonRequest request;
  request.set_person_id(arguments.person);
  request.set_name(arguments.name);
  request.set_home_department(arguments.department);
  request.set_role(before->role());
  request.set_team_id(before->team_id());
  request.set_active((is_new || before->active() || arguments.back) && !arguments.left);
  if (!arguments.role.empty()) {
    const auto role = RoleNamed(arguments.role);
    if (!role.ok()) return role.status();
    request.set_role(*role);
  }
  if (!arguments.team.empty()) request.set_team_id(arguments.team);
  if (arguments.no_team) request.clear_team_id();
  const auto set = office.SetPerson(request);
  if (!set.ok()) return set.status();
  run.console.Say(set->changed() ? Text::kPersonSet : Text::kPersonSame, {arguments.person});
  run.console.Emit({{"person", arguments.person}, {"changed", set->changed()}});
  return absl::OkStatus();
}

absl::Status List(Invocation& run, Office& office) {
  return ForEachRow(
      admin::v1::ListPeopleRequest(),
      [&](const auto& request) { return office.ListPeople(request); },
      [&](const admin::v1::PersonRow& row) {
        const std::string seen =
            row.last_sign_in_ms() == 0 ? "-" : LocalMoment(row.last_sign_in_ms());
        run.console.Line(row.person_id() + "  " + row.name() + "  " +
                         EnumForPeople(records::v1::PersonRole_Name(row.role())) + "  " +
                         (row.team_id().empty() ? "-" : row.team_id()) + "  " +
                         (row.active() ? "✓" : "✗") + "  " + seen + "  " +
                         std::to_string(row.device_ids_size()));
        json out = MessageToJson(row);
        out["active"] = row.active();
        out["has_password"] = row.has_password();
        out["device_ids"] =
            std::vector<std::string>(row.device_ids().begin(), row.device_ids().end());
        run.console.Emit(out);
        return absl::OkStatus();
      });
}

absl::Status HandOver(Invocation& run, Office& office, const PersonArguments& arguments) {
  admin::v1::HandOverPersonRequest request;
  request.set_person_id(arguments.person);
  request.set_successor_id(arguments.successor);
  request.set_reason(arguments.reason);
  const auto done = office.HandOverPerson(request);
  if (!done.ok()) return done.status();
  run.console.Say(Text::kHandedOver,
                  {arguments.person, std::to_string(done->visits_kept()),
                   std::to_string(done->drafts()), std::to_string(done->devices_retired_size())});
  run.console.Emit({{"person", arguments.person},
                    {"visits_kept", done->visits_kept()},
                    {"drafts", done->drafts()},
                    {"devices_retired", std::vector<std::string>(done->devices_retired().begin(),
                                                                 done->devices_retired().end())}});
  return absl::OkStatus();
}

absl::Status ResetPassword(Invocation& run, Office& office, const PersonArguments& arguments) {
  admin::v1::ResetPasswordRequest request;
  request.set_person_id(arguments.person);
  const auto reset = office.ResetPassword(request);
  if (!reset.ok()) return reset.status();
  run.console.Say(Text::kPasswordReset, {arguments.person, reset->password()});
  run.console.Emit({{"person", arguments.person}, {"password", reset->password()}});
  return absl::OkStatus();
}

CLI::App* AddPerson(CommandTable& table, CLI::App& parent, const char* name, Text about,
                    const std::string& examples, const Arguments& arguments,
                    absl::Status (*work)(Invocation&, Office&, const PersonArguments&)) {
  CLI::App* sub = AddOffice(
      table, parent, name, about, examples,
      [arguments, work](Invocation& run, Office& office) { return work(run, office, *arguments); });
  sub->add_option("PERSON", arguments->person, table.Words(Text::kOptionPerson))->required();
  return sub;
}

}  // namespace

void AddPeopleCommands(CommandTable& table) {
  CLI::App* person = table.Add(table.root(), "person", Text::kAboutPerson,
                               "  dudao person list\n"
                               "  dudao person set p24 --name 冯督六 --role inspector --team D2\n"
                               "  dudao person hand-over p08 --to p24 --reason 岗位调整\n"
                               "  dudao person reset-password p21");
  person->require_subcommand(1);
  auto arguments = std::make_shared<PersonArguments>();
  AddOffice(table, *person, "list", Text::kAboutPersonList, "  dudao person list", List);
  CLI::App* set = AddPerson(table, *person, "set", Text::kAboutPersonSet,
                            "  dudao person set p24 --name 冯督六 --role inspector --team D2\n"
                            "  dudao person set p08 --left",
                            arguments, Set);
  set->add_option("--name", arguments->name, table.Words(Text::kOptionPersonName));
  set->add_option("--role", arguments->role, table.Words(Text::kOptionPersonRole));
  set->add_option("--team", arguments->team, table.Words(Text::kOptionTeam));
  set->add_flag("--no-team", arguments->no_team, table.Words(Text::kOptionNoTeam));
  set->add_option("--department", arguments->department, table.Words(Text::kOptionDepartment));
  CLI::Option* left = set->add_flag("--left", arguments->left, table.Words(Text::kOptionLeft));
  set->add_flag("--back", arguments->back, table.Words(Text::kOptionBack))->excludes(left);
  CLI::App* over =
      AddPerson(table, *person, "hand-over", Text::kAboutHandOver,
                "  dudao person hand-over p08 --to p24 --reason 岗位调整", arguments, HandOver);
  over->add_option("--to", arguments->successor, table.Words(Text::kOptionSuccessor));
  over->add_option("--reason", arguments->reason, table.Words(Text::kOptionWhy))->required();
  AddPerson(table, *person, "reset-password", Text::kAboutResetPassword,
            "  dudao person reset-password p21", arguments, ResetPassword);
}

}  // namespace dudao::command
