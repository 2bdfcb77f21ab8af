#include "office_commands.h"

#include <utility>

namespace dudao::command {

Exit WithOffice(Invocation& run, const OfficeWork& work) {
  const auto office = OpenOffice(run.session_file);
  if (!office.ok()) return run.console.Fail(office.status());
  const absl::Status done = work(run, **office);
  return done.ok() ? Exit::kOk : run.console.Fail(done);
}

CLI::App* AddOffice(CommandTable& table, CLI::App& parent, const char* name, Text about,
                    const std::string& examples, OfficeWork work) {
  CLI::App* sub = table.Add(parent, name, about, examples);
  table.OnRun(sub, [work = std::move(work)](Invocation& run) { return WithOffice(run, work); });
  return sub;
}

}  // namespace dudao::command
