// `dudao setup`: a server's data folder and its first administrator, offline.
#include <memory>

#include "command_table.h"
#include "dudao/server/server.h"
#include "password.h"

namespace dudao::command {
namespace {

struct SetupArguments {
  std::string data_dir;
  std::string admin;
  std::string name;
  std::string password_file;
};

Exit RunSetup(Invocation& run, const SetupArguments& arguments) {
  server::FirstAdministrator admin;
  admin.person_id = arguments.admin;
  admin.name = arguments.name;
  if (!arguments.password_file.empty()) {
    const auto given = TakePassword(run.console, arguments.password_file, Text::kPromptPassword);
    if (!given.ok()) return run.console.Fail(given.status());
    admin.password = *given;
  }
  const auto made = server::SetUp(arguments.data_dir, admin, run.clock.WallMs());
  if (!made.ok()) return run.console.Fail(made.status());
  run.console.Say(Text::kSetUp, {arguments.data_dir, arguments.admin});
  nlohmann::json out = {{"data_dir", arguments.data_dir}, {"admin", arguments.admin}};
  if (arguments.password_file.empty()) {
    run.console.Say(Text::kFirstPassword, {arguments.admin, *made});
    out["password"] = *made;
  }
  run.console.Emit(out);
  return Exit::kOk;
}

}  // namespace

void AddSetupCommand(CommandTable& table) {
  CLI::App* sub = table.Add(
      table.root(), "setup", Text::kAboutSetup,
      "  dudao setup --data-dir /var/lib/dudao --admin admin --name 系统管理员\n"
      "  dudao setup --data-dir run --admin admin --name 系统管理员 --password-file admin.txt");
  auto arguments = std::make_shared<SetupArguments>();
  sub->add_option("--data-dir", arguments->data_dir, table.Words(Text::kOptionDataDir))->required();
  sub->add_option("--admin", arguments->admin, table.Words(Text::kOptionAdmin))->required();
  sub->add_option("--name", arguments->name, table.Words(Text::kOptionAdminName))->required();
  sub->add_option("--password-file", arguments->password_file,
                  table.Words(Text::kOptionSetupPassword));
  table.OnRun(sub, [arguments](Invocation& run) { return RunSetup(run, *arguments); });
}

}  // namespace dudao::command
