// Checks a whole folder, a server's or a backup: control log, spaces, files, anchor. Private to
// Verify, Restore and ExportAudit.
//
// Not synchronised. A difference is in the report. Errors are those of reading.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control_audit.h"
#include "dudao/server/archive.h"
#include "dudao/sync/store/audit.h"

namespace dudao::server {

// Texts for a difference, in both languages.
Difference Explain(const sync::AuditBreak& found);

class FolderAudit {
 public:
  // `blobs`: where the files lie; a backup shares them with others.
  FolderAudit(std::string folder, std::string blobs, ArchiveProgress progress)
      : folder_(std::move(folder)), blobs_(std::move(blobs)), progress_(std::move(progress)) {}

  // A server is at work, or the folder is a backup taken beside one: the control log may know more
  // than the spaces.
  void set_moving(bool moving) { moving_ = moving; }

  // Stops at the first difference. `visitor` sees the spaces.
  absl::Status Run(const sync::AuditVisitor& visitor = {});

  const std::optional<sync::AuditBreak>& first() const { return first_; }
  const ControlAudit& control() const { return *control_; }
  std::vector<std::pair<std::string, uint64_t>> Counts() const;

 private:
  absl::Status Differs(sync::AuditBreak found);
  absl::Status ReadControl();
  absl::Status ReadOwnReplicas();
  absl::Status CheckSpace(const std::string& name, const sync::AuditVisitor& visitor);
  absl::StatusOr<sync::AuditOutcome> AuditFile(const std::string& name,
                                               const sync::AuditVisitor& visitor);
  absl::Status CheckUnseenVerdicts();
  absl::Status CheckBlobs();
  absl::Status CheckBlob(const std::string& hash, int64_t bytes);
  std::vector<uint64_t> RestoredAfter(std::string_view space) const;

  const std::string folder_;
  const std::string blobs_;
  const ArchiveProgress progress_;
  bool moving_ = false;
  std::unique_ptr<ControlAudit> control_;
  std::map<std::string, std::set<std::string>> own_;  // replica ids by space
  std::multimap<std::string, uint64_t> restored_;
  sync::AuditCounts counts_;
  uint64_t blob_count_ = 0;
  uint64_t blob_bytes_ = 0;
  std::optional<sync::AuditBreak> first_;
};

// Names of the spaces that have a file in the folder, in order.
absl::StatusOr<std::vector<std::string>> SpaceFiles(const std::string& folder);
// True while a server holds the folder.
bool InUse(const std::string& folder);

}  // namespace dudao::server
