#include "audit_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "anchor.h"
#include "archive_files.h"
#include "blob_files.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace fs = std::filesystem;
namespace {

// Against a server at work a difference must show again with a newer control log.
constexpr int kTriesMost = 4;

void Add(sync::AuditCounts& sum, const sync::AuditCounts& more) {
  sum.spaces += more.spaces;
  sum.segments += more.segments;
  sum.changes += more.changes;
  sum.replicas += more.replicas;
  sum.proofs += more.proofs;
  sum.receipts += more.receipts;
  sum.kept_aside += more.kept_aside;
  sum.records += more.records;
  sum.own_changes += more.own_changes;
  sum.lost_receipts += more.lost_receipts;
}

// Files that lie under the blob folder with a hash for a name.
std::set<std::string> BlobFiles(const std::string& folder) {
  std::set<std::string> hashes;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(folder, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool hash = name.size() == 64 && name.find_first_not_of("0123456789abcdef") == name.npos;
    if (hash && it->is_regular_file(error)) hashes.insert(name);
  }
  return hashes;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SpaceFiles(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder + "/spaces", error)) {
    if (entry.path().extension() == ".db") names.push_back(entry.path().stem().string());
  }
  if (error) return FileError(error.value(), "spaces");
  std::sort(names.begin(), names.end());
  return names;
}

bool InUse(const std::string& folder) {
  const int fd = open((folder + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool taken = flock(fd, LOCK_SH | LOCK_NB) != 0;
  close(fd);
  return taken;
}

absl::Status FolderAudit::Differs(sync::AuditBreak found) {
  const std::string reason = found.reason;
  if (!first_) first_ = std::move(found);
  return absl::DataLossError(reason);
}

absl::Status FolderAudit::Run(const sync::AuditVisitor& visitor) {
  DUDAO_TRY(ReadControl());
  DUDAO_ASSIGN(const std::vector<Restored> restored, ReadRestored(folder_));
  for (const Restored& line : restored) restored_.emplace(line.space, line.receipt_position);
  DUDAO_ASSIGN(const std::vector<std::string> names, SpaceFiles(folder_));
  for (const auto& [name, replicas] : own_) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    return Differs({"SPACE_MISSING", name, "", 0, "its file is not there"});
  }
  for (const std::string& name : names) DUDAO_TRY(CheckSpace(name, visitor));
  DUDAO_TRY(CheckUnseenVerdicts());
  return CheckBlobs();
}

absl::Status FolderAudit::ReadControl() {
  DUDAO_ASSIGN(const auto db, OpenToRead(folder_ + "/server.db"));
  control_ = std::make_unique<ControlAudit>();
  DUDAO_TRY(control_->Read(*db, {}, {}, first_));
  own_.clear();
  DUDAO_ASSIGN(auto rows, db->Prepare("SELECT space, replica FROM own_replica"));
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    own_[std::string(rows.Text(0))].insert(std::string(rows.Blob(1)));
  }
}

std::vector<uint64_t> FolderAudit::RestoredAfter(std::string_view space) const {
  std::vector<uint64_t> positions;
  const auto [begin, end] = restored_.equal_range(std::string(space));
  for (auto it = begin; it != end; ++it) positions.push_back(it->second);
  return positions;
}

absl::StatusOr<sync::AuditOutcome> FolderAudit::AuditFile(const std::string& name,
                                                          const sync::AuditVisitor& visitor) {
  DUDAO_ASSIGN(const auto db, OpenToRead(absl::StrCat(folder_, "/spaces/", name, ".db")));
  sync::AuditOptions options;
  options.is_server = true;
  options.control_position = control_->chain().position();
  options.key_of = [this](std::string_view signer, uint32_t number) {
    return control_->KeyOf(signer, number);
  };
  options.usable_at = [this](std::string_view signer, uint32_t number, uint64_t position) {
    return control_->UsableAt(signer, number, position);
  };
  options.server_key_at = [this](uint64_t position) { return control_->chain().KeyAt(position); };
  options.verdict_on = [this](std::string_view space, const sync::ReplicaId& replica, uint64_t seq,
                              std::string_view hash) {
    return control_->VerdictOn(space, replica, seq, hash);
  };
  options.is_own = [this](std::string_view space, const sync::ReplicaId& replica) {
    const auto own = own_.find(std::string(space));
    return own != own_.end() && own->second.contains(std::string(replica.AsBytes()));
  };
  options.restored_after = [this](std::string_view space) { return RestoredAfter(space); };
  options.progress = progress_;
  options.visitor = visitor;
  return sync::AuditStore(*db, options);
}

absl::Status FolderAudit::CheckSpace(const std::string& name, const sync::AuditVisitor& visitor) {
  for (int tries = 1;; ++tries) {
    DUDAO_ASSIGN(sync::AuditOutcome outcome, AuditFile(name, visitor));
    if (!outcome.first) {
      const auto space = outcome.spaces.find(name);
      if (outcome.spaces.size() != 1 || space == outcome.spaces.end()) {
        outcome.first = sync::AuditBreak{"SPACE_WRONG", name, "", 0, "the file is another space"};
      } else if (!control_->HasSpace(name)) {
        outcome.first = sync::AuditBreak{"SPACE_UNKNOWN", name, "", 0, "not in the control log"};
      } else if (!own_[name].contains(std::string(space->second.self.AsBytes()))) {
        outcome.first = sync::AuditBreak{"REPLICA_WRONG", name, space->second.self.Hex(), 0,
                                         "not a replica of this server"};
      }
    }
    if (!outcome.first) {
      Add(counts_, outcome.counts);
      return absl::OkStatus();
    }
    if (!moving_ || tries == kTriesMost || visitor.change) return Differs(*outcome.first);
    DUDAO_TRY(ReadControl());
  }
}

// Somebody decided on a change that nobody holds any more.
absl::Status FolderAudit::CheckUnseenVerdicts() {
  if (control_->verdicts_unseen().empty() || moving_ || !restored_.empty()) return absl::OkStatus();
  return Differs({"VERDICT_ON_NOTHING", "", "", control_->verdicts_unseen().begin()->second,
                  "the change that it decides on is not kept aside"});
}

absl::Status FolderAudit::CheckBlobs() {
  const std::set<std::string> files = BlobFiles(blobs_);
  const bool shared = blobs_ != folder_ + "/blobs";
  DUDAO_ASSIGN(const auto db, OpenToRead(folder_ + "/blobs/blobs.db"));
  if (const absl::Status pages = db->CheckIntegrity(); !pages.ok())
    return Differs({"FILE_DAMAGED", "", "", 0, std::string(pages.message())});
  DUDAO_ASSIGN(auto rows, db->Prepare("SELECT sha256, total, complete, space, "
                                      "(SELECT count(*) FROM blob) FROM blob ORDER BY sha256"));
  std::set<std::string> known;
  std::set<std::string> checked;
  uint64_t done = 0;
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) break;
    if (progress_ && done++ % 64 == 0) progress_("blobs", done, static_cast<uint64_t>(rows.Int(4)));
    const std::string hash = absl::BytesToHexString(std::string(rows.Blob(0)));
    const bool fits = rows.Blob(0).size() == sizeof(sync::Hash) && rows.Int(1) >= 0 &&
                      (rows.Int(2) == 0 || rows.Int(2) == 1);
    if (!fits) return Differs({"BLOB_WRONG", "", "", 0, absl::StrCat("row of ", hash)});
    if (!control_->HasSpace(rows.Text(3)) && !moving_) {
      return Differs({"BLOB_WRONG", std::string(rows.Text(3)), "", 0,
                      absl::StrCat("file ", hash, " of a space that is not known")});
    }
    known.insert(hash);
    if (rows.Int(2) == 0) continue;
    if (checked.insert(hash).second) {
      DUDAO_TRY(CheckBlob(hash, rows.Int(1)));
    } else if (FileBytes(absl::StrCat(blobs_, "/", hash.substr(0, 2), "/", hash.substr(2, 2), "/",
                                      hash)) != rows.Int(1)) {
      return Differs({"BLOB_WRONG", std::string(rows.Text(3)), "", 0,
                      absl::StrCat("file ", hash, " has another size")});
    }
  }
  for (const std::string& hash : files) {
    if (shared || known.contains(hash)) continue;
    return Differs({"BLOB_UNKNOWN_FILE", "", "", 0, absl::StrCat("nobody sent file ", hash)});
  }
  return absl::OkStatus();
}

absl::Status FolderAudit::CheckBlob(const std::string& hash, int64_t bytes) {
  const std::string path =
      absl::StrCat(blobs_, "/", hash.substr(0, 2), "/", hash.substr(2, 2), "/", hash);
  if (!fs::exists(path)) {
    return Differs({"BLOB_MISSING", "", "", 0, absl::StrCat("file ", hash, " is not there")});
  }
  DUDAO_ASSIGN(const std::string found, HashOfFile(path));
  if (absl::BytesToHexString(found) != hash || FileBytes(path) != bytes) {
    return Differs({"BLOB_WRONG", "", "", 0, absl::StrCat("file ", hash, " has other content")});
  }
  ++blob_count_;
  blob_bytes_ += static_cast<uint64_t>(bytes);
  return absl::OkStatus();
}

std::vector<std::pair<std::string, uint64_t>> FolderAudit::Counts() const {
  const uint64_t verdicts = control_ == nullptr ? 0 : control_->verdicts();
  const uint64_t entries = control_ == nullptr ? 0 : control_->chain().position();
  const uint64_t accesses = control_ == nullptr ? 0 : control_->accesses();
  return {{"spaces", counts_.spaces},
          {"segments", counts_.segments},
          {"changes", counts_.changes},
          {"replicas", counts_.replicas},
          {"proofs", counts_.proofs},
          {"receipts", counts_.receipts},
          {"kept_aside", counts_.kept_aside},
          {"verdicts", verdicts},
          {"records", counts_.records},
          {"control_entries", entries},
          {"blobs", blob_count_},
          {"blob_bytes", blob_bytes_},
          {"accesses", accesses},
          {"lost_receipts", counts_.lost_receipts}};
}

}  // namespace dudao::server
