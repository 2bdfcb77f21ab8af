// `dudao server-key rotate`: a new key for the server, offline.
#include <memory>

#include "command_table.h"
#include "dudao/server/archive.h"
#include "dudao/server/rotation.h"
#include "failure.h"

namespace dudao::command {
namespace {

Exit Rotate(Invocation& run, const std::string& data_dir) {
  const auto rotated = server::RotateServerKey(data_dir, run.clock.WallMs());
  if (!rotated.ok()) {
    const server::ArchiveTrouble trouble = server::ExplainTrouble(rotated.status());
    return run.console.Fail(WithTexts(rotated.status(), {trouble.reason, trouble.zh, trouble.en}));
  }
  run.console.Say(rotated->finished ? Text::kServerKeyFinished : Text::kServerKeyRotated,
                  {std::to_string(rotated->number), rotated->fingerprint, data_dir});
  run.console.Emit({{"data_dir", data_dir},
                    {"key", rotated->number},
                    {"position", rotated->position},
                    {"fingerprint", rotated->fingerprint},
                    {"finished", rotated->finished}});
  return Exit::kOk;
}

}  // namespace

void AddServerKeyCommands(CommandTable& table) {
  CLI::App* keys = table.Add(table.root(), "server-key", Text::kAboutServerKey,
                             "  dudao server-key rotate --data /var/lib/dudao/data");
  keys->require_subcommand(1);
  CLI::App* sub = table.Add(*keys, "rotate", Text::kAboutServerKeyRotate,
                            "  dudao server-key rotate --data /var/lib/dudao/data");
  auto data_dir = std::make_shared<std::string>();
  sub->add_option("--data", *data_dir, table.Words(Text::kOptionDataDir))->required();
  table.OnRun(sub, [data_dir](Invocation& run) { return Rotate(run, *data_dir); });
}

}  // namespace dudao::command
