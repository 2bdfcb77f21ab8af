#include "anchor.h"

#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/trust/statements.h"
#include "files.h"
#include "reason.h"

namespace dudao::server {
namespace {

constexpr char kFirstLine[] = "dudao-anchor 1";
constexpr char kNone[] = "-";
constexpr size_t kHashBytes = 32;

absl::StatusOr<std::unique_ptr<sync::Database>> OpenToRead(const std::string& path) {
  sync::DatabaseOptions options;
  options.read_only = true;
  return sync::Database::Open(path, options);
}

std::string Hex(const std::string& bytes) {
  return bytes.empty() ? kNone : absl::BytesToHexString(bytes);
}

std::string Words(std::string_view name, const Anchor::Point& point) {
  return absl::StrCat(std::string(name), " ", point.position, " ", Hex(point.hash));
}

absl::Status Damaged(const std::string& path) {
  return Error(absl::StatusCode::kDataLoss, "ANCHOR_DAMAGED", path);
}

bool ParsePoint(const std::string& position, const std::string& hash, Anchor::Point& point) {
  if (!absl::SimpleAtoi(position, &point.position)) return false;
  point.hash = hash == kNone ? "" : absl::HexStringToBytes(hash);
  return point.hash.empty() || point.hash.size() == kHashBytes;
}

bool ParseLine(const std::vector<std::string>& words, Anchor& anchor) {
  if (words.size() == 2 && words[0] == "time") return absl::SimpleAtoi(words[1], &anchor.time_ms);
  if (words.size() == 2 && words[0] == "blobs") return absl::SimpleAtoi(words[1], &anchor.blobs);
  if (words.size() == 3 && words[0] == "control")
    return ParsePoint(words[1], words[2], anchor.control);
  if (words.size() == 3 && words[0] == "access")
    return ParsePoint(words[1], words[2], anchor.access);
  if (words.size() != 5 || words[0] != "space") return false;
  Anchor::Space& space = anchor.spaces[words[1]];
  return ParsePoint(words[2], words[3], space.receipt) &&
         absl::SimpleAtoi(words[4], &space.kept_aside);
}

// The newest row, or the one at `position`.
absl::StatusOr<Anchor::Point> ReceiptAt(sync::Database& db, const std::string& space,
                                        std::optional<uint64_t> position) {
  DUDAO_ASSIGN(auto row,
               db.Prepare(position ? "SELECT r.position, r.body FROM receipt r JOIN space s ON "
                                     "r.space = s.ix WHERE s.id = ?1 AND r.position = ?2"
                                   : "SELECT r.position, r.body FROM receipt r JOIN space s ON "
                                     "r.space = s.ix WHERE s.id = ?1 "
                                     "ORDER BY r.position DESC LIMIT 1"));
  row.BindBlob(1, space);
  if (position) row.BindInt(2, static_cast<int64_t>(*position));
  DUDAO_ASSIGN(const bool found, row.Step());
  if (!found) return Anchor::Point{};
  trust::v1::Receipt receipt;
  receipt.ParseFromString(std::string(row.Blob(1)));
  return Anchor::Point{static_cast<uint64_t>(row.Int(0)), sync::ReceiptHash(space, receipt)};
}

absl::StatusOr<Anchor::Point> PointAt(sync::Database& db, const std::string& table,
                                      std::optional<uint64_t> position) {
  DUDAO_ASSIGN(auto row, db.Prepare(absl::StrCat("SELECT position, hash FROM ", table,
                                                 position ? " WHERE position = ?1"
                                                          : " ORDER BY position DESC LIMIT 1")));
  if (position) row.BindInt(1, static_cast<int64_t>(*position));
  DUDAO_ASSIGN(const bool found, row.Step());
  if (!found) return Anchor::Point{};
  return Anchor::Point{static_cast<uint64_t>(row.Int(0)), std::string(row.Blob(1))};
}

absl::StatusOr<uint64_t> Count(sync::Database& db, std::string_view sql) {
  DUDAO_ASSIGN(auto row, db.Prepare(sql));
  DUDAO_TRY(row.Step().status());
  return static_cast<uint64_t>(row.Int(0));
}

constexpr std::string_view kCountBlobs =
    "SELECT count(DISTINCT sha256) FROM blob WHERE complete = 1";
constexpr std::string_view kCountAside = "SELECT count(*) FROM quarantine";

absl::StatusOr<std::vector<std::string>> SpacesIn(const std::string& data_dir) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(data_dir + "/spaces", error)) {
    if (entry.path().extension() == ".db") names.push_back(entry.path().stem().string());
  }
  if (error) return FileError(error.value(), "spaces");
  return names;
}

sync::AuditBreak CutOff(const char* reason, const std::string& space, uint64_t position,
                        uint64_t found) {
  return {reason, space, "", position,
          absl::StrCat("the anchor knows ", position, "; here it is ", found,
                       found == position ? " with another content" : "")};
}

}  // namespace

std::string AnchorPath(const std::string& data_dir) { return data_dir + ".anchor"; }

absl::StatusOr<std::optional<Anchor>> ReadAnchor(const std::string& path) {
  DUDAO_ASSIGN(const std::string text, ReadFile(path));
  if (text.empty()) return std::optional<Anchor>();
  const size_t check = text.rfind("check ");
  if (check == std::string::npos ||
      text.substr(check) !=
          absl::StrCat("check ", sync::HashHex(sync::Sha256(text.substr(0, check))), "\n")) {
    return Damaged(path);
  }
  Anchor anchor;
  bool first = true;
  for (absl::string_view line : absl::StrSplit(text.substr(0, check), '\n', absl::SkipEmpty())) {
    if (first ? line != kFirstLine : !ParseLine(absl::StrSplit(line, ' '), anchor))
      return Damaged(path);
    first = false;
  }
  return std::optional<Anchor>(std::move(anchor));
}

absl::StatusOr<Anchor> MakeAnchor(const std::string& data_dir, int64_t now_ms) {
  Anchor anchor;
  anchor.time_ms = now_ms;
  DUDAO_ASSIGN(const std::vector<std::string> spaces, SpacesIn(data_dir));
  for (const std::string& name : spaces) {
    DUDAO_ASSIGN(const auto db, OpenToRead(absl::StrCat(data_dir, "/spaces/", name, ".db")));
    Anchor::Space& space = anchor.spaces[name];
    DUDAO_ASSIGN(space.receipt, ReceiptAt(*db, name, std::nullopt));
    DUDAO_ASSIGN(space.kept_aside, Count(*db, kCountAside));
  }
  DUDAO_ASSIGN(const auto blobs, OpenToRead(data_dir + "/blobs/blobs.db"));
  DUDAO_ASSIGN(anchor.blobs, Count(*blobs, kCountBlobs));
  DUDAO_ASSIGN(const auto server, OpenToRead(data_dir + "/server.db"));
  DUDAO_ASSIGN(anchor.control, PointAt(*server, "control", std::nullopt));
  DUDAO_ASSIGN(anchor.access, PointAt(*server, "access", std::nullopt));
  return anchor;
}

absl::Status WriteAnchor(const std::string& path, const Anchor& anchor) {
  std::string text =
      absl::StrCat(kFirstLine, "\ntime ", anchor.time_ms, "\nblobs ", anchor.blobs, "\n",
                   Words("control", anchor.control), "\n", Words("access", anchor.access), "\n");
  for (const auto& [name, space] : anchor.spaces) {
    absl::StrAppend(&text, Words("space " + name, space.receipt), " ", space.kept_aside, "\n");
  }
  absl::StrAppend(&text, "check ", sync::HashHex(sync::Sha256(text)), "\n");
  return WriteFile(path, text);
}

absl::StatusOr<std::optional<sync::AuditBreak>> Behind(const std::string& data_dir,
                                                       const Anchor& anchor) {
  for (const auto& [name, space] : anchor.spaces) {
    const std::string path = absl::StrCat(data_dir, "/spaces/", name, ".db");
    if (!std::filesystem::exists(path)) return CutOff("SPACE_MISSING", name, 0, 0);
    DUDAO_ASSIGN(const auto db, OpenToRead(path));
    if (space.receipt.position > 0) {
      DUDAO_ASSIGN(const auto held, ReceiptAt(*db, name, space.receipt.position));
      if (held != space.receipt)
        return CutOff("RECEIPTS_CUT_OFF", name, space.receipt.position, held.position);
    }
    DUDAO_ASSIGN(const uint64_t aside, Count(*db, kCountAside));
    if (aside < space.kept_aside)
      return CutOff("KEPT_ASIDE_CUT_OFF", name, space.kept_aside, aside);
  }
  DUDAO_ASSIGN(const auto blobs, OpenToRead(data_dir + "/blobs/blobs.db"));
  DUDAO_ASSIGN(const uint64_t count, Count(*blobs, kCountBlobs));
  if (count < anchor.blobs) return CutOff("BLOBS_CUT_OFF", "", anchor.blobs, count);
  DUDAO_ASSIGN(const auto server, OpenToRead(data_dir + "/server.db"));
  const std::pair<const char*, const Anchor::Point*> logs[] = {{"control", &anchor.control},
                                                               {"access", &anchor.access}};
  for (const auto& [table, point] : logs) {
    if (point->position == 0) continue;
    DUDAO_ASSIGN(const auto held, PointAt(*server, table, point->position));
    if (held == *point) continue;
    const bool control = point == &anchor.control;
    return CutOff(control ? "CONTROL_LOG_CUT_OFF" : "ACCESS_LOG_CUT_OFF", "", point->position,
                  held.position);
  }
  return std::optional<sync::AuditBreak>();
}

absl::StatusOr<std::vector<Restored>> ReadRestored(const std::string& data_dir) {
  DUDAO_ASSIGN(const std::string text, ReadFile(data_dir + "/restored"));
  std::vector<Restored> all;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    Restored& restored = all.emplace_back();
    const bool fits = words.size() == 3 && absl::SimpleAtoi(words[0], &restored.time_ms) &&
                      absl::SimpleAtoi(words[2], &restored.receipt_position);
    if (!fits) return Error(absl::StatusCode::kDataLoss, "STORAGE_DAMAGED", "restored");
    restored.space = words[1];
  }
  return all;
}

absl::Status NoteRestored(const std::string& data_dir, int64_t now_ms) {
  const std::string path = data_dir + "/restored";
  DUDAO_ASSIGN(std::string text, ReadFile(path));
  DUDAO_ASSIGN(const Anchor now, MakeAnchor(data_dir, now_ms));
  for (const auto& [name, space] : now.spaces) {
    absl::StrAppend(&text, now_ms, " ", name, " ", space.receipt.position, "\n");
  }
  return WriteFile(path, text);
}

}  // namespace dudao::server
