#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "anchor.h"
#include "archive_files.h"
#include "audit_check.inc"
#include "audit_folder.h"
#include "dudao/server/archive.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/trust/statements.h"
#include "files.h"
#include "reason.h"
#include "zip_writer.h"

namespace dudao::server {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;
using trust::v1::ControlBody;
using trust::v1::ControlEntry;

constexpr int kFormat = 1;
// A server at work may add to the control log between its reading and that of a space.
constexpr int kTriesMost = 4;

std::string Hex(std::string_view bytes) {
  return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
}

// One JSON object a line.
class Lines {
 public:
  explicit Lines(const std::string& path) : out_(path, std::ios::binary | std::ios::trunc) {}
  absl::Status Add(const json& row) {
    out_ << row.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    return out_ ? absl::OkStatus() : FileError(ENOSPC, "export");
  }
  absl::Status Done() {
    out_.flush();
    return out_ ? absl::OkStatus() : FileError(ENOSPC, "export");
  }

 private:
  std::ofstream out_;
};

class AuditExport {
 public:
  AuditExport(std::string data, std::string folder, const ExportOptions& options)
      : data_(std::move(data)), folder_(std::move(folder)), options_(options) {}

  absl::Status Run();

 private:
  absl::Status WriteControl();
  absl::Status AddEntry(const ControlEntry& entry);
  absl::Status WriteSpaces();
  absl::Status WriteBlobs();
  absl::Status WriteAbout();
  sync::AuditVisitor Visitor();
  absl::StatusOr<Lines*> LinesOf(std::string_view space, const char* name);
  absl::Status Decide(json row) { return decisions_->Add(row); }

  const std::string data_;
  const std::string folder_;
  const ExportOptions& options_;
  std::unique_ptr<Lines> control_;
  std::unique_ptr<Lines> decisions_;
  std::map<std::string, std::unique_ptr<Lines>> lines_;
  std::map<std::string, std::map<std::string, bool>> own_;
};

absl::Status AuditExport::Run() {
  DUDAO_TRY(MakeFolder(folder_ + "/spaces"));
  decisions_ = std::make_unique<Lines>(folder_ + "/decisions.jsonl");
  // Spaces before the control log: all that they name is then in it.
  DUDAO_TRY(WriteSpaces());
  DUDAO_TRY(WriteControl());
  DUDAO_TRY(WriteBlobs());
  DUDAO_TRY(WriteAbout());
  for (auto& [name, lines] : lines_) DUDAO_TRY(lines->Done());
  DUDAO_TRY(decisions_->Done());
  DUDAO_TRY(WriteFile(folder_ + "/README.txt", kAuditReadme));
  return WriteFile(folder_ + "/check_audit.py", kAuditCheck);
}

absl::StatusOr<Lines*> AuditExport::LinesOf(std::string_view space, const char* name) {
  const std::string path = absl::StrCat("spaces/", std::string(space), "/", name, ".jsonl");
  std::unique_ptr<Lines>& lines = lines_[path];
  if (lines == nullptr) {
    DUDAO_TRY(MakeFolder(fs::path(absl::StrCat(folder_, "/", path)).parent_path()));
    lines = std::make_unique<Lines>(absl::StrCat(folder_, "/", path));
  }
  return lines.get();
}

sync::AuditVisitor AuditExport::Visitor() {
  sync::AuditVisitor visitor;
  visitor.change = [this](std::string_view space, const sync::Change& change,
                          const sync::Hash& chain) -> absl::Status {
    DUDAO_ASSIGN(Lines * lines, LinesOf(space, "changes"));
    const bool office = own_[std::string(space)].contains(change.replica.Hex());
    if (office) {
      DUDAO_TRY(Decide({{"kind", "change"},
                        {"space", std::string(space)},
                        {"replica", change.replica.Hex()},
                        {"seq", change.seq},
                        {"author", change.author},
                        {"time_ms", change.time.ms}}));
    }
    return lines->Add({{"replica", change.replica.Hex()},
                       {"seq", change.seq},
                       {"author", change.author},
                       {"time_ms", change.time.ms},
                       {"office", office},
                       {"chain", sync::HashHex(chain)},
                       {"canonical", Hex(sync::CanonicalChange(space, change))}});
  };
  visitor.proof = [this](std::string_view space,
                         const trust::v1::HeadProof& proof) -> absl::Status {
    DUDAO_ASSIGN(Lines * lines, LinesOf(space, "proofs"));
    return lines->Add({{"suite", proof.suite()},
                       {"signer", proof.signer()},
                       {"key", proof.key()},
                       {"replica", Hex(proof.replica())},
                       {"seq", proof.seq()},
                       {"hash", Hex(proof.hash())},
                       {"receipt_position", proof.receipt_position()},
                       {"receipt_hash", Hex(proof.receipt_hash())},
                       {"signature", Hex(proof.signature())}});
  };
  visitor.receipt = [this](std::string_view space,
                           const trust::v1::Receipt& receipt) -> absl::Status {
    DUDAO_ASSIGN(Lines * lines, LinesOf(space, "receipts"));
    return lines->Add({{"suite", receipt.suite()},
                       {"key", receipt.key()},
                       {"position", receipt.position()},
                       {"time_ms", receipt.time_ms()},
                       {"replica", Hex(receipt.replica())},
                       {"seq", receipt.seq()},
                       {"hash", Hex(receipt.hash())},
                       {"previous", Hex(receipt.previous())},
                       {"control_position", receipt.control_position()},
                       {"signature", Hex(receipt.signature())}});
  };
  visitor.kept_aside = [this](std::string_view space, const sync::Dot& dot, const sync::Hash& hash,
                              std::string_view reason, std::string_view detail, bool in_log,
                              sync::AuditVerdict state,
                              std::string_view canonical) -> absl::Status {
    DUDAO_ASSIGN(Lines * lines, LinesOf(space, "kept_aside"));
    static constexpr const char* kStates[] = {"pending", "released", "refused"};
    return lines->Add({{"replica", dot.replica.Hex()},
                       {"seq", dot.seq},
                       {"hash", sync::HashHex(hash)},
                       {"reason", std::string(reason)},
                       {"detail", std::string(detail)},
                       {"in_log", in_log},
                       {"state", kStates[static_cast<size_t>(state)]},
                       {"canonical", Hex(canonical)}});
  };
  return visitor;
}

absl::Status AuditExport::WriteSpaces() {
  {
    DUDAO_ASSIGN(const auto db, OpenToRead(data_ + "/server.db"));
    DUDAO_ASSIGN(auto rows, db->Prepare("SELECT space, replica FROM own_replica"));
    while (true) {
      DUDAO_ASSIGN(const bool row, rows.Step());
      if (!row) break;
      own_[std::string(rows.Text(0))][Hex(rows.Blob(1))] = true;
    }
  }
  DUDAO_ASSIGN(const std::vector<std::string> names, SpaceFiles(data_));
  for (const std::string& name : names) {
    for (const char* file : {"changes", "proofs", "receipts", "kept_aside"}) {
      DUDAO_TRY(LinesOf(name, file).status());
    }
  }
  FolderAudit audit(data_, data_ + "/blobs", options_.progress);
  audit.set_moving(InUse(data_));
  const absl::Status checked = audit.Run(Visitor());
  if (!audit.first()) return checked;
  const Difference difference = Explain(*audit.first());
  return Error(absl::StatusCode::kDataLoss, "ARCHIVE_DIFFERS",
               absl::StrCat(difference.reason, ": ", difference.zh, " / ", difference.en));
}

absl::Status AuditExport::WriteControl() {
  control_ = std::make_unique<Lines>(folder_ + "/control.jsonl");
  Lines access(folder_ + "/access.jsonl");
  DUDAO_ASSIGN(const auto db, OpenToRead(data_ + "/server.db"));
  ControlAudit control;
  std::optional<sync::AuditBreak> found;
  DUDAO_TRY(control.Read(
      *db, [this](const ControlEntry& entry) { return AddEntry(entry); },
      [&](const admin::v1::AccessRow& row, std::string_view hash) {
        return access.Add({{"position", row.position()},
                           {"time_ms", row.time_ms()},
                           {"actor", row.actor()},
                           {"event", row.event()},
                           {"subject", row.subject()},
                           {"hash", Hex(hash)}});
      },
      found));
  DUDAO_TRY(access.Done());
  return control_->Done();
}

absl::Status AuditExport::AddEntry(const ControlEntry& entry) {
  ControlBody body;
  body.ParseFromString(entry.body());
  if (body.has_verdict()) {
    const auto& verdict = body.verdict();
    DUDAO_TRY(Decide({{"kind", "verdict"},
                      {"control_position", entry.position()},
                      {"author", entry.actor()},
                      {"time_ms", entry.time_ms()},
                      {"space", verdict.space()},
                      {"replica", Hex(verdict.replica())},
                      {"seq", verdict.seq()},
                      {"hash", Hex(verdict.change_hash())},
                      {"released", verdict.released()},
                      {"reason", verdict.reason()}}));
  }
  return control_->Add({{"position", entry.position()},
                        {"time_ms", entry.time_ms()},
                        {"actor", entry.actor()},
                        {"body", Hex(entry.body())},
                        {"body_text", body.ShortDebugString()},
                        {"previous", Hex(entry.previous())},
                        {"suite", entry.suite()},
                        {"key", entry.key()},
                        {"signature", Hex(entry.signature())},
                        {"hash", Hex(sync::ControlHash(entry))}});
}

absl::Status AuditExport::WriteBlobs() {
  Lines blobs(folder_ + "/blobs.jsonl");
  DUDAO_ASSIGN(const auto db, OpenToRead(data_ + "/blobs/blobs.db"));
  DUDAO_ASSIGN(auto rows, db->Prepare("SELECT sha256, total, media_type, group_concat(space) "
                                      "FROM blob WHERE complete = 1 GROUP BY sha256"));
  while (true) {
    DUDAO_ASSIGN(const bool row, rows.Step());
    if (!row) return blobs.Done();
    DUDAO_TRY(blobs.Add({{"sha256", Hex(rows.Blob(0))},
                         {"bytes", rows.Int(1)},
                         {"media_type", std::string(rows.Text(2))},
                         {"spaces", std::string(rows.Text(3))}}));
  }
}

absl::Status AuditExport::WriteAbout() {
  DUDAO_ASSIGN(const std::vector<std::string> names, SpaceFiles(data_));
  DUDAO_ASSIGN(const std::vector<Restored> restored, ReadRestored(data_));
  json after = json::object();
  for (const Restored& line : restored) after[line.space].push_back(line.receipt_position);
  const json about = {{"format", kFormat},
                      {"made_ms", options_.now_ms},
                      {"spaces", names},
                      {"restored", std::move(after)}};
  return WriteFile(folder_ + "/about.json", about.dump(1) + "\n");
}

}  // namespace

absl::Status ExportAudit(const ExportOptions& options) {
  const std::string data = NormalFolder(options.data_dir);
  const std::string target = NormalFolder(options.target);
  if (!fs::exists(data + "/server.db")) {
    return Error(absl::StatusCode::kNotFound, "ARCHIVE_NO_SERVER", data);
  }
  const bool zip = absl::EndsWith(target, ".zip");
  if (!zip && fs::exists(target) && !fs::is_empty(target)) {
    return Error(absl::StatusCode::kFailedPrecondition, "EXPORT_NOT_EMPTY", target);
  }
  const std::string partial = target + (zip ? ".files" : ".partial");
  absl::Status done;
  for (int tries = 1; tries <= kTriesMost; ++tries) {
    DUDAO_TRY(RemoveTree(partial));
    done = AuditExport(data, partial, options).Run();
    if (done.code() != absl::StatusCode::kDataLoss || !InUse(data)) break;
  }
  if (done.ok() && zip) done = ZipFolder(partial, target);
  if (done.ok() && !zip) {
    std::error_code error;
    fs::remove(target, error);
    return RenameDurably(partial, target);
  }
  static_cast<void>(RemoveTree(partial));
  return done;
}

}  // namespace dudao::server
