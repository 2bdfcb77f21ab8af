// How far a server's folder once was, kept outside the folder: whoever cuts off the newest changes
// together with their receipts, or puts an older copy in place, is found out by it.
//
// A small text file, <data_dir>.anchor, replaced in one step; one line each for the control log,
// the access log, the files, and each space. Any thread; reads the folder's databases through
// connections of its own, beside a server at work. Errors: those of files and databases; DATA_LOSS
// (ANCHOR_DAMAGED) for a file that is none. Durability: what Write returned survives power loss.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/sync/store/audit.h"

namespace dudao::server {

struct Anchor {
  struct Point {
    uint64_t position = 0;
    std::string hash;  // 32 bytes; empty at position 0
    friend bool operator==(const Point&, const Point&) = default;
  };
  struct Space {
    Point receipt;
    uint64_t kept_aside = 0;
  };
  int64_t time_ms = 0;
  Point control;
  Point access;
  uint64_t blobs = 0;
  std::map<std::string, Space> spaces;
};

std::string AnchorPath(const std::string& data_dir);
// Nothing where there is no file.
absl::StatusOr<std::optional<Anchor>> ReadAnchor(const std::string& path);
// How far the folder is now.
absl::StatusOr<Anchor> MakeAnchor(const std::string& data_dir, int64_t now_ms);
absl::Status WriteAnchor(const std::string& path, const Anchor& anchor);

// Where the folder lacks something that was there when the anchor was written, or holds something
// else in its place; nothing where all of it is there.
absl::StatusOr<std::optional<sync::AuditBreak>> Behind(const std::string& data_dir,
                                                       const Anchor& anchor);

// A server whose folder was put back to an earlier state notes where each space went on:
// <data_dir>/restored, one line each. Devices have signed that there were receipts after these.
struct Restored {
  int64_t time_ms = 0;
  std::string space;
  uint64_t receipt_position = 0;
};
absl::StatusOr<std::vector<Restored>> ReadRestored(const std::string& data_dir);
// Adds a line for each space as it is now.
absl::Status NoteRestored(const std::string& data_dir, int64_t now_ms);

}  // namespace dudao::server
