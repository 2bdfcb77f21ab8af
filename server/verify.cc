#include <filesystem>

#include "absl/strings/str_cat.h"
#include "anchor.h"
#include "audit_folder.h"
#include "backup.h"
#include "dudao/server/archive.h"
#include "dudao/sync/crdt/status_macros.h"
#include "manifest.h"
#include "reason.h"

namespace dudao::server {
namespace fs = std::filesystem;
namespace {

absl::StatusOr<VerifyReport> VerifyFile(const VerifyOptions& options) {
  sync::DatabaseOptions how;
  how.read_only = true;
  how.key = options.file_key;
  if (!fs::exists(options.file)) {
    return Error(absl::StatusCode::kNotFound, "ARCHIVE_FILE_MISSING", options.file);
  }
  DUDAO_ASSIGN(const auto db, sync::Database::Open(options.file, how));
  sync::AuditOptions audit;
  audit.progress = options.progress;
  DUDAO_ASSIGN(const sync::AuditOutcome outcome, sync::AuditStore(*db, audit));
  VerifyReport report;
  const sync::AuditCounts& counts = outcome.counts;
  report.counts = {{"spaces", counts.spaces},         {"segments", counts.segments},
                   {"changes", counts.changes},       {"replicas", counts.replicas},
                   {"proofs", counts.proofs},         {"receipts", counts.receipts},
                   {"kept_aside", counts.kept_aside}, {"records", counts.records}};
  if (outcome.first) report.first = Explain(*outcome.first);
  return report;
}

// What an anchor knows must still be there.
absl::Status CompareAnchor(const std::string& folder, const std::string& path,
                           VerifyReport& report) {
  absl::StatusOr<std::optional<Anchor>> anchor = ReadAnchor(path);
  if (anchor.status().code() == absl::StatusCode::kDataLoss) {
    report.first = Explain({"ANCHOR_DAMAGED", "", "", 0, path});
    return absl::OkStatus();
  }
  DUDAO_TRY(anchor.status());
  if (!*anchor) return absl::OkStatus();
  report.anchored = true;
  DUDAO_ASSIGN(const auto behind, Behind(folder, **anchor));
  if (behind) report.first = Explain(*behind);
  return absl::OkStatus();
}

}  // namespace

ArchiveTrouble ExplainTrouble(const absl::Status& status) {
  const std::string message(status.message());
  ArchiveTrouble trouble{ReasonOf(status), ChineseOf(status), EnglishOf(status)};
  // What stands behind the text: which file, which difference.
  const std::string detail = message.starts_with(trouble.en) ? message.substr(trouble.en.size())
                                                             : absl::StrCat(" (", message, ")");
  if (message == trouble.en) return trouble;
  absl::StrAppend(&trouble.zh, detail);
  absl::StrAppend(&trouble.en, detail);
  return trouble;
}

absl::StatusOr<VerifyReport> Verify(const VerifyOptions& options) {
  if (!options.file.empty()) return VerifyFile(options);
  VerifyReport report;
  std::string blobs = options.folder + "/blobs";
  const bool backup = HasManifest(options.folder);
  if (backup) {
    blobs = SharedBlobs(options.folder);
    DUDAO_ASSIGN(const Manifest manifest, ReadManifest(options.folder));
    DUDAO_ASSIGN(const auto wrong, CheckFiles(options.folder, manifest));
    if (wrong) report.first = Explain(*wrong);
    if (!report.first) {
      report.anchored = true;
      DUDAO_ASSIGN(const auto behind, Behind(options.folder, manifest.reached));
      if (behind) report.first = Explain(*behind);
    }
  }
  report.in_use = !backup && InUse(options.folder);
  FolderAudit audit(options.folder, blobs, options.progress);
  audit.set_moving(backup || report.in_use);
  if (!report.first) {
    const absl::Status checked = audit.Run();
    if (audit.first()) {
      report.first = Explain(*audit.first());
    } else {
      DUDAO_TRY(checked);
    }
  }
  report.counts = audit.Counts();
  if (report.first || backup) return report;
  const std::string anchor =
      options.anchor_file.empty() ? AnchorPath(options.folder) : options.anchor_file;
  DUDAO_TRY(CompareAnchor(options.folder, anchor, report));
  return report;
}

}  // namespace dudao::server
