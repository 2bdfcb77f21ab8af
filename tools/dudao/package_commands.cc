// `dudao package import` and `rescue`: what a tablet could not deliver itself.
#include <algorithm>
#include <memory>

#include "dudao/client/system_seams.h"
#include "field_edit.h"
#include "import_files.h"
#include "office_commands.h"
#include "package_upload.h"
#include "private_file.h"
#include "rescue.h"

namespace dudao::command {

absl::StatusOr<admin::v1::ImportPackageResponse> UploadPackage(Office& office,
                                                               const std::string& package) {
  constexpr size_t kPartBytes = 4 << 20;
  constexpr size_t kNameBytes = 16;
  admin::v1::ImportPackageRequest request;
  if (package.size() > kPartBytes)
    request.set_upload(Hex(client::SystemRandom().Bytes(kNameBytes)));
  size_t offset = 0;
  while (true) {
    const size_t size = std::min(kPartBytes, package.size() - offset);
    request.set_package(package.substr(offset, size));
    request.set_offset(offset);
    offset += size;
    request.set_last(offset == package.size());
    auto response = office.ImportPackage(request);
    if (!response.ok() || request.last()) return response;
  }
}

namespace {

absl::Status Import(Invocation& run, Office& office, const std::string& file) {
  const auto package = ReadWholeFile(file);
  if (!package.ok()) return package.status();
  const auto taken = UploadPackage(office, *package);
  if (!taken.ok()) return taken.status();
  run.console.Say(
      Text::kPackageImported,
      {taken->device_id(), std::to_string(taken->applied()), std::to_string(taken->duplicate()),
       std::to_string(taken->set_aside()), std::to_string(taken->files())});
  run.console.Emit({{"device", taken->device_id()},
                    {"applied", taken->applied()},
                    {"duplicate", taken->duplicate()},
                    {"set_aside", taken->set_aside()},
                    {"files", taken->files()}});
  return absl::OkStatus();
}

struct RescueArguments {
  std::string database;
  std::string data_dir;
  std::string out;
};

Exit RunRescue(Invocation& run, const RescueArguments& arguments) {
  const auto rescued = RescuePackage(arguments.database, arguments.data_dir, run.clock);
  if (!rescued.ok()) return run.console.Fail(rescued.status());
  if (const absl::Status kept = WritePrivate(arguments.out, rescued->package()); !kept.ok())
    return run.console.Fail(kept);
  run.console.Say(Text::kPackageMade, {arguments.out, std::to_string(rescued->changes()),
                                       std::to_string(rescued->files())});
  run.console.Emit(
      {{"file", arguments.out}, {"changes", rescued->changes()}, {"files", rescued->files()}});
  return Exit::kOk;
}

void AddRescue(CommandTable& table, CLI::App& package) {
  CLI::App* rescue = table.Add(package, "rescue", Text::kAboutPackageRescue,
                               "  dudao package rescue li.db --data-dir /var/lib/dudao --out "
                               "li.package\n  dudao package import li.package");
  auto arguments = std::make_shared<RescueArguments>();
  rescue->add_option("FILE", arguments->database, table.Words(Text::kOptionRescueFile))->required();
  rescue->add_option("--data-dir", arguments->data_dir, table.Words(Text::kOptionDataDir))
      ->required();
  rescue->add_option("--out", arguments->out, table.Words(Text::kOptionOut))->required();
  table.OnRun(rescue, [arguments](Invocation& run) { return RunRescue(run, *arguments); });
}

}  // namespace

void AddPackageCommands(CommandTable& table) {
  CLI::App* package =
      table.Add(table.root(), "package", Text::kAboutPackage, "  dudao package import li.package");
  package->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  CLI::App* import = AddOffice(
      table, *package, "import", Text::kAboutPackageImport, "  dudao package import li.package",
      [file](Invocation& run, Office& office) { return Import(run, office, *file); });
  import->add_option("FILE", *file, table.Words(Text::kOptionFile))->required();
  AddRescue(table, *package);
}

}  // namespace dudao::command
