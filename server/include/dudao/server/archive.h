// What is done with a server's folder from outside: verify, back up, restore, export for an audit.
//
// Works on files alone; verify, backup and export run beside a server at work (another process) and
// change nothing in its folder. Not synchronised; each call does its work on the caller's thread
// and tells how far it is. Errors: RESOURCE_EXHAUSTED a disk is full (what was there before is as
// it was), FAILED_PRECONDITION the target is not empty or a file has another layout, DATA_LOSS a
// backup is incomplete or damaged, UNAVAILABLE files cannot be read; ExplainTrouble has the texts.
// Durability: a backup or restore that returned OK survives power loss; one that was killed leaves
// the state before or after it, never a half that anything takes for whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dudao::server {

// `what`: a space, or a file of the folder. `all` is 0 where it is not known.
using ArchiveProgress = std::function<void(std::string_view what, uint64_t done, uint64_t all)>;

// --- verify -----------------------------------------------------------------------------------

struct VerifyOptions {
  // A data folder or a backup.
  std::string folder;
  // Instead: the database of one tablet, or of one space of a server, without the control log.
  std::string file;
  std::string file_key;  // 32 bytes; empty for a plain file
  // How far everything once was. Empty: <folder>.anchor where there is one.
  std::string anchor_file;
  ArchiveProgress progress;
};

// The first thing that does not hold.
struct Difference {
  std::string reason;   // stable, UPPER_SNAKE_CASE
  std::string space;    // empty where it is about no space
  std::string replica;  // hex; empty where it is about no replica
  uint64_t number = 0;  // of a change, receipt or entry; 0 where it is about none
  std::string zh;       // what it means
  std::string en;
  std::string detail;  // English, for developers
};

struct VerifyReport {
  // In this order: spaces, segments, changes, replicas, proofs, receipts, kept_aside, verdicts,
  // records, control_entries, decisions (changes that the office wrote), blobs, blob_bytes,
  // accesses, lost_receipts (named by devices, lost by a restore).
  std::vector<std::pair<std::string, uint64_t>> counts;
  std::optional<Difference> first;
  // An anchor was compared, so that the newest entries cannot have been cut off before it.
  bool anchored = false;
  // A server is at work on the folder.
  bool in_use = false;
};

// A difference is in the report; errors are those of reading.
absl::StatusOr<VerifyReport> Verify(const VerifyOptions& options);

// --- backup and restore -----------------------------------------------------------------------

struct BackupOptions {
  std::string data_dir;
  // Holds all backups: one folder each by time, and `blobs` for all of them.
  std::string target;
  // Older ones beyond this many are removed after success. 0: none are.
  size_t keep = 0;
  int64_t now_ms = 0;
  ArchiveProgress progress;
};

struct BackupReport {
  std::string folder;  // of this backup
  uint64_t files = 0;
  uint64_t bytes = 0;        // of them, without blobs
  uint64_t blobs = 0;        // that the backup refers to
  uint64_t blobs_added = 0;  // that the target did not have
  // Files that were missing or not what their hash says. All else is in the backup.
  uint64_t blobs_damaged = 0;
  uint64_t removed = 0;  // backups beyond `keep`
  uint64_t cleaned = 0;  // left over by backups that did not end
  // <data_dir>.backup says so, from which the server tells the age of its last backup. False too
  // where a file was damaged.
  bool marked = false;
};

absl::StatusOr<BackupReport> Backup(const BackupOptions& options);

struct RestoreOptions {
  // One backup, or the folder of all of them: then the newest.
  std::string backup;
  // Must be absent or empty.
  std::string data_dir;
  // The server.key to go on with, where the key was replaced after the backup; empty for its own.
  std::string server_key;
  int64_t now_ms = 0;
  ArchiveProgress progress;
};

struct RestoreReport {
  std::string backup;
  // Number of the newest key in server.key.
  uint32_t server_key = 0;
  // Files that were damaged when the backup was made: tablets send them again if they can.
  uint64_t blobs_wanted = 0;
  VerifyReport verified;
};

// DATA_LOSS with the difference in the message where the backup does not hold; FAILED_PRECONDITION
// (SERVER_KEY_UNFIT) where options.server_key is not a later one of the same server.
absl::StatusOr<RestoreReport> Restore(const RestoreOptions& options);

// --- audit ------------------------------------------------------------------------------------

struct ExportOptions {
  std::string data_dir;
  // A folder that is absent or empty, or a file that ends in .zip.
  std::string target;
  int64_t now_ms = 0;
  ArchiveProgress progress;
};

// Everything that somebody else needs to check the history without us, and a program that does it.
// DATA_LOSS with the difference in the message for a folder that does not hold itself.
absl::Status ExportAudit(const ExportOptions& options);

// --- errors -----------------------------------------------------------------------------------

// What an error of these functions says to people.
struct ArchiveTrouble {
  std::string reason;  // UPPER_SNAKE_CASE
  std::string zh;
  std::string en;
};
ArchiveTrouble ExplainTrouble(const absl::Status& status);

}  // namespace dudao::server
