// `dudao replay`.
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "command_table.h"
#include "replay/replay.h"

namespace dudao::command {
namespace {

// The figures that a person wants to see first.
void Tell(Console& console, const nlohmann::json& line) {
  const auto number = [&](const char* name) {
    return std::to_string(static_cast<int64_t>(line.at(name).get<double>()));
  };
  const auto yes = [](bool value) { return std::string(value ? "✓" : "✗"); };
  console.Say(Text::kReplaySpeed, {number("edits_per_s"), number("server_edits_per_s"),
                                   line.at("sync_ms_p50").dump(), number("bootstrap_ms")});
  console.Say(Text::kReplayEqual, {yes(line.at("converged")), yes(line.at("server_same_as_r1")),
                                   yes(line.at("bootstrap_same"))});
  const auto& retained = line.at("retained");
  console.Say(Text::kReplayKept,
              {retained.at("by_conflict_api").dump(), retained.at("values").dump()});
  console.Say(Text::kReplayVerify, {line.at("verify").dump()});
}

Exit RunReplay(Invocation& run, ReplayOptions options) {
  const bool temporary = options.directory.empty();
  if (temporary) {
    options.directory =
        (std::filesystem::temp_directory_path() / ("dudao-replay-" + std::to_string(getpid())))
            .string();
  }
  const auto line = Replay(run.console, options);
  if (temporary) std::filesystem::remove_all(options.directory);
  if (!line.ok()) return run.console.Fail(line.status());
  Tell(run.console, *line);
  run.console.Emit(*line);
  for (const char* must : {"converged", "server_same_as_r1", "bootstrap_same"}) {
    if (!line->at(must).get<bool>()) return Exit::kFailure;
  }
  return Exit::kOk;
}

}  // namespace

void AddReplayCommand(CommandTable& table) {
  CLI::App* sub = table.Add(table.root(), "replay", Text::kAboutReplay,
                            "  node tests/bench/peers/gen.mjs --size S --seed 1 --out w.jsonl\n  "
                            "dudao replay w.jsonl --json");
  auto options = std::make_shared<ReplayOptions>();
  sub->add_option("FILE", options->workload, table.Words(Text::kOptionWorkload))->required();
  sub->add_option("--dir", options->directory, table.Words(Text::kOptionReplayDir));
  table.OnRun(sub, [options](Invocation& run) { return RunReplay(run, *options); });
}

}  // namespace dudao::command
