// `dudao verify`, `dudao backup`, `dudao restore`, `dudao export-audit`.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "command_table.h"
#include "dudao/server/archive.h"
#include "failure.h"

namespace dudao::command {
namespace {

constexpr std::chrono::milliseconds kBetweenTerminal(200);
constexpr std::chrono::seconds kBetweenLines(5);
constexpr size_t kKeyBytes = 32;

// "team-d2-2026 12000/40000" on stderr: a line that is rewritten on a terminal, else one now and
// then.
class Meter {
 public:
  Meter() : terminal_(isatty(STDERR_FILENO) == 1), drawn_(std::chrono::steady_clock::now()) {}
  ~Meter() {
    if (terminal_ && shown_) std::fputs("\r\033[K", stderr);
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  server::ArchiveProgress Callback() {
    return [this](std::string_view what, uint64_t done, uint64_t all) { Draw(what, done, all); };
  }

 private:
  void Draw(std::string_view what, uint64_t done, uint64_t all) {
    const auto now = std::chrono::steady_clock::now();
    if (now - drawn_ < (terminal_ ? kBetweenTerminal : kBetweenLines)) return;
    drawn_ = now;
    shown_ = true;
    const std::string line =
        all == 0 ? std::string(what) : absl::StrCat(std::string(what), " ", done, "/", all);
    std::fputs((terminal_ ? "\r\033[K" + line : line + "\n").c_str(), stderr);
    std::fflush(stderr);
  }

  const bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point drawn_;
};

Exit Fail(Invocation& run, const absl::Status& status) {
  const server::ArchiveTrouble trouble = server::ExplainTrouble(status);
  return run.console.Fail(WithTexts(status, {trouble.reason, trouble.zh, trouble.en}));
}

const std::pair<const char*, Text> kCountNames[] = {{"spaces", Text::kCountSpaces},
                                                    {"changes", Text::kCountChanges},
                                                    {"replicas", Text::kCountReplicas},
                                                    {"proofs", Text::kCountProofs},
                                                    {"receipts", Text::kCountReceipts},
                                                    {"kept_aside", Text::kCountKeptAside},
                                                    {"verdicts", Text::kCountVerdicts},
                                                    {"records", Text::kCountRecords},
                                                    {"decisions", Text::kCountDecisions},
                                                    {"control_entries", Text::kCountControl},
                                                    {"blobs", Text::kCountBlobs},
                                                    {"accesses", Text::kCountAccesses},
                                                    {"lost_receipts", Text::kCountLostReceipts}};

void TellCounts(Console& console, const server::VerifyReport& report) {
  for (const auto& [name, text] : kCountNames) {
    for (const auto& [counted, value] : report.counts) {
      if (counted != name) continue;
      if (value == 0 && text == Text::kCountLostReceipts) continue;
      console.Say(text, {std::to_string(value)});
    }
  }
}

nlohmann::json ReportJson(const server::VerifyReport& report) {
  nlohmann::json out = {
      {"ok", !report.first.has_value()}, {"anchored", report.anchored}, {"in_use", report.in_use}};
  for (const auto& [name, value] : report.counts) out["counts"][name] = value;
  if (report.first) {
    const server::Difference& first = *report.first;
    out["first"] = {{"reason", first.reason}, {"space", first.space},   {"replica", first.replica},
                    {"number", first.number}, {"message_zh", first.zh}, {"message_en", first.en},
                    {"detail", first.detail}};
  }
  return out;
}

// --- verify -----------------------------------------------------------------------------------

struct VerifyArguments {
  server::VerifyOptions options;
  std::string key_file;
};

// 32 bytes, or 64 hex digits.
absl::StatusOr<std::string> ReadKey(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  std::string key = content.str();
  if (in && key.size() == kKeyBytes) return key;
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (in && key.size() == 2 * kKeyBytes &&
      key.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
    return absl::HexStringToBytes(key);
  }
  return absl::InvalidArgumentError(absl::StrCat("ARCHIVE_KEY_INVALID: ", path));
}

Exit RunVerify(Invocation& run, VerifyArguments arguments) {
  if (!arguments.key_file.empty()) {
    const auto key = ReadKey(arguments.key_file);
    if (!key.ok()) return Fail(run, key.status());
    arguments.options.file_key = *key;
  }
  absl::StatusOr<server::VerifyReport> report;
  {
    Meter meter;
    arguments.options.progress = meter.Callback();
    report = server::Verify(arguments.options);
  }
  if (!report.ok()) return Fail(run, report.status());
  TellCounts(run.console, *report);
  run.console.Emit(ReportJson(*report));
  if (report->first) {
    const server::Difference& first = *report->first;
    run.console.Say(Text::kVerifyDiffers, {first.zh, first.en, first.reason, first.detail});
    return Exit::kFailure;
  }
  if (!report->anchored) run.console.Say(Text::kVerifyNoAnchor);
  run.console.Say(Text::kVerifyHolds);
  return Exit::kOk;
}

void AddVerify(CommandTable& table) {
  CLI::App* sub = table.Add(table.root(), "verify", Text::kAboutVerify,
                            "  dudao verify --data /var/lib/dudao\n"
                            "  dudao verify --data /srv/backup/20260921T090000Z\n"
                            "  dudao verify --tablet tablet.db --key tablet.key");
  auto arguments = std::make_shared<VerifyArguments>();
  auto* data =
      sub->add_option("--data", arguments->options.folder, table.Words(Text::kOptionVerifyData));
  auto* tablet =
      sub->add_option("--tablet", arguments->options.file, table.Words(Text::kOptionVerifyTablet));
  data->excludes(tablet);
  sub->add_option("--key", arguments->key_file, table.Words(Text::kOptionVerifyKey))->needs(tablet);
  sub->add_option("--anchor", arguments->options.anchor_file, table.Words(Text::kOptionAnchor));
  sub->require_option(1, 0);
  table.OnRun(sub, [arguments](Invocation& run) { return RunVerify(run, *arguments); });
}

// --- backup and restore -----------------------------------------------------------------------

Exit RunBackup(Invocation& run, server::BackupOptions options) {
  absl::StatusOr<server::BackupReport> report;
  {
    Meter meter;
    options.progress = meter.Callback();
    options.now_ms = run.clock.WallMs();
    report = server::Backup(options);
  }
  if (!report.ok()) return Fail(run, report.status());
  run.console.Say(Text::kBackupDone,
                  {report->folder, HumanBytes(report->bytes), std::to_string(report->blobs),
                   std::to_string(report->blobs_added)});
  if (report->cleaned > 0) run.console.Say(Text::kBackupCleaned, {std::to_string(report->cleaned)});
  if (report->removed > 0) run.console.Say(Text::kBackupRemoved, {std::to_string(report->removed)});
  run.console.Emit({{"backup", report->folder},
                    {"files", report->files},
                    {"bytes", report->bytes},
                    {"blobs", report->blobs},
                    {"blobs_added", report->blobs_added},
                    {"blobs_damaged", report->blobs_damaged},
                    {"removed", report->removed},
                    {"cleaned", report->cleaned},
                    {"marked", report->marked}});
  if (report->blobs_damaged == 0) return Exit::kOk;
  return run.console.Fail(Text::kBackupDamaged, {std::to_string(report->blobs_damaged)});
}

void AddBackup(CommandTable& table) {
  CLI::App* sub = table.Add(table.root(), "backup", Text::kAboutBackup,
                            "  dudao backup --data /var/lib/dudao --to /srv/backup --keep 30");
  auto options = std::make_shared<server::BackupOptions>();
  sub->add_option("--data", options->data_dir, table.Words(Text::kOptionDataDir))->required();
  sub->add_option("--to", options->target, table.Words(Text::kOptionBackupTo))->required();
  sub->add_option("--keep", options->keep, table.Words(Text::kOptionBackupKeep));
  table.OnRun(sub, [options](Invocation& run) { return RunBackup(run, *options); });
}

Exit RunRestore(Invocation& run, server::RestoreOptions options) {
  absl::StatusOr<server::RestoreReport> report;
  {
    Meter meter;
    options.progress = meter.Callback();
    options.now_ms = run.clock.WallMs();
    report = server::Restore(options);
  }
  if (!report.ok()) return Fail(run, report.status());
  TellCounts(run.console, report->verified);
  if (report->blobs_wanted > 0) {
    run.console.Say(Text::kRestoreWanted, {std::to_string(report->blobs_wanted)});
  }
  run.console.Say(Text::kRestoreDone, {report->backup, options.data_dir});
  run.console.Say(Text::kRestoreKey, {std::to_string(report->server_key)});
  nlohmann::json out = ReportJson(report->verified);
  out["backup"] = report->backup;
  out["data_dir"] = options.data_dir;
  out["server_key"] = report->server_key;
  out["blobs_wanted"] = report->blobs_wanted;
  run.console.Emit(out);
  return Exit::kOk;
}

void AddRestore(CommandTable& table) {
  CLI::App* sub = table.Add(table.root(), "restore", Text::kAboutRestore,
                            "  dudao restore --from backup/20260921T090000Z --data /var/lib/dudao");
  auto options = std::make_shared<server::RestoreOptions>();
  sub->add_option("--from", options->backup, table.Words(Text::kOptionRestoreFrom))->required();
  sub->add_option("--data", options->data_dir, table.Words(Text::kOptionDataDir))->required();
  sub->add_option("--server-key", options->server_key, table.Words(Text::kOptionRestoreServerKey));
  table.OnRun(sub, [options](Invocation& run) { return RunRestore(run, *options); });
}

// --- audit ------------------------------------------------------------------------------------

Exit RunExport(Invocation& run, server::ExportOptions options) {
  absl::Status done;
  {
    Meter meter;
    options.progress = meter.Callback();
    options.now_ms = run.clock.WallMs();
    done = server::ExportAudit(options);
  }
  if (!done.ok()) return Fail(run, done);
  run.console.Say(Text::kExportDone, {options.target});
  run.console.Emit({{"audit", options.target}});
  return Exit::kOk;
}

void AddExport(CommandTable& table) {
  CLI::App* sub = table.Add(table.root(), "export-audit", Text::kAboutExportAudit,
                            "  dudao export-audit --data /var/lib/dudao --to audit.zip");
  auto options = std::make_shared<server::ExportOptions>();
  sub->add_option("--data", options->data_dir, table.Words(Text::kOptionDataDir))->required();
  sub->add_option("--to", options->target, table.Words(Text::kOptionExportTo))->required();
  table.OnRun(sub, [options](Invocation& run) { return RunExport(run, *options); });
}

}  // namespace

void AddArchiveCommands(CommandTable& table) {
  AddVerify(table);
  AddBackup(table);
  AddRestore(table);
  AddExport(table);
}

}  // namespace dudao::command
