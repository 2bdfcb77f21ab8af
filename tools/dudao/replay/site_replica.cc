#include "replay/site_replica.h"

#include <algorithm>
#include <utility>

#include "field_edit.h"
#include "server_link.h"

namespace dudao::command {
namespace {

using client::v1::EditRequest;
using client::v1::FieldEdit;
using client::v1::FieldValue;
using nlohmann::json;

FieldValue ValueOf(const json& value) {
  FieldValue out;
  if (value.is_string()) {
    out.set_text(value.get<std::string>());
  } else if (value.is_number_integer()) {
    out.set_integer(value.get<int64_t>());
  } else if (value.is_number()) {
    out.set_number(value.get<double>());
  }
  return out;
}

void AddSet(EditRequest& request, const std::string& path, const json& value) {
  FieldEdit& edit = *request.add_edits();
  edit.set_path(path);
  *edit.mutable_set() = ValueOf(value);
}

std::pair<std::string, std::string> SplitLast(const std::string& field) {
  const size_t dot = field.rfind('.');
  return {field.substr(0, dot), field.substr(dot + 1)};
}

std::string CheckPath(const std::string& field) {
  const auto [item, name] = SplitLast(field);
  return "checks[" + item + "]." + name;
}

std::string FindingPath(const std::string& field) {
  const auto [id, name] = SplitLast(field);
  return "findings[" + id + "]." + name;
}

// "chk.c07.result" -> "checks[c07].result".
std::string PathOfConflict(const std::string& field) {
  const size_t dot = field.find('.');
  const std::string section = field.substr(0, dot);
  const std::string name = field.substr(dot + 1);
  if (section == "chk") return CheckPath(name);
  if (section == "find") return FindingPath(name);
  return name;
}

void AddFinding(EditRequest& request, const WorkStep& step) {
  FieldEdit& add = *request.add_edits();
  add.set_path("findings[" + step.field + "]");
  add.mutable_add();
  for (const auto& [name, value] : step.value.items()) {
    AddSet(request, "findings[" + step.field + "]." + name, value);
  }
}

// Byte position of the character `index`, or the end.
size_t ByteOf(const std::string& text, size_t index) {
  size_t at = 0;
  for (; at < text.size() && index > 0; --index) {
    ++at;
    while (at < text.size() && (text[at] & '\xC0') == '\x80') ++at;
  }
  return at;
}

}  // namespace

class SiteReplica::CountingCarrier final : public Carrier {
 public:
  CountingCarrier(Carrier& below, WireCount* wire) : below_(below), wire_(wire) {}

  void Carry(const client::v1::OutgoingCall& call, client::v1::DeliverRequest& outcome) override {
    below_.Carry(call, outcome);
    bytes_ += call.request().size() + outcome.response().size();
    if (wire_ == nullptr) return;
    wire_->Up(call.request());
    wire_->Down(outcome.response());
  }
  uint64_t bytes() const { return bytes_; }

 private:
  Carrier& below_;
  WireCount* wire_;
  uint64_t bytes_ = 0;
};

SiteReplica::SiteReplica(std::unique_ptr<CommandClock> clock, std::unique_ptr<Tablet> tablet)
    : clock_(std::move(clock)), tablet_(std::move(tablet)) {
  link_ = std::make_unique<ServerLink>(tablet_->profile().server);
}

absl::StatusOr<std::unique_ptr<SiteReplica>> SiteReplica::Open(const std::string& database) {
  auto profile = LoadProfile(database);
  if (!profile.ok()) return profile.status();
  auto clock = std::make_unique<CommandClock>();
  auto tablet = Tablet::Open(database, *profile, *clock);
  if (!tablet.ok()) return tablet.status();
  return std::unique_ptr<SiteReplica>(new SiteReplica(std::move(clock), *std::move(tablet)));
}

absl::Status SiteReplica::Splice(const WorkStep& step, EditRequest& request) {
  client::v1::GetRecordRequest get;
  *get.mutable_record() = request.record();
  const auto got = tablet_->core().GetRecord(get);
  if (!got.ok()) return got.status();
  bench::v1::SiteVisit visit;
  if (!visit.ParseFromString(got->message())) return absl::DataLossError("a visit cannot be read");
  std::string notes = visit.notes();
  const size_t from = ByteOf(notes, step.position);
  if (step.kind == WorkKind::kTextInsert) {
    notes.insert(from, step.value.get<std::string>());
  } else {
    notes.erase(from, ByteOf(notes.substr(from), step.length));
  }
  AddSet(request, "notes", notes);
  return absl::OkStatus();
}

absl::Status SiteReplica::Compile(const WorkStep& step, EditRequest& request) {
  FieldEdit edit;
  edit.set_path(step.field);
  switch (step.kind) {
    case WorkKind::kCreate:
      for (const auto& [name, value] : step.value.items()) AddSet(request, name, value);
      return absl::OkStatus();
    case WorkKind::kSet:
      AddSet(request, step.field, step.value);
      return absl::OkStatus();
    case WorkKind::kCheckSet:
      AddSet(request, CheckPath(step.field), step.value);
      return absl::OkStatus();
    case WorkKind::kFindingAdd:
      AddFinding(request, step);
      return absl::OkStatus();
    case WorkKind::kFindingSet:
      AddSet(request, FindingPath(step.field), step.value);
      return absl::OkStatus();
    case WorkKind::kSetAdd:
      *edit.mutable_add()->mutable_value() = ValueOf(step.value);
      break;
    case WorkKind::kSetRemove:
      *edit.mutable_remove()->mutable_value() = ValueOf(step.value);
      break;
    case WorkKind::kCounter:
      edit.set_increment(step.value.get<int64_t>());
      break;
    case WorkKind::kTextInsert:
    case WorkKind::kTextDelete:
      return Splice(step, request);
    case WorkKind::kSync:
      return absl::InternalError("a sync is no edit");
  }
  *request.add_edits() = edit;
  return absl::OkStatus();
}

absl::Status SiteReplica::Apply(const WorkStep& step) {
  EditRequest request;
  request.mutable_record()->set_space(kBenchSpace);
  request.mutable_record()->set_type_id(kSiteVisitType);
  request.mutable_record()->set_key(step.visit);
  if (const absl::Status compiled = Compile(step, request); !compiled.ok()) return compiled;
  return tablet_->core().Edit(request).status();
}

absl::Status SiteReplica::Sync(WireCount* wire) {
  CountingCarrier carrier(link_->carrier(), wire);
  client::v1::BeginSyncRequest request;
  request.add_spaces(kBenchSpace);
  const auto outcome = RunSync(tablet_->core(), request, carrier);
  last_bytes_ = carrier.bytes();
  if (!outcome.ok()) return outcome.status();
  if (outcome->finished.ok()) return absl::OkStatus();
  for (const auto& space : outcome->finished.spaces()) {
    if (!space.ok()) return absl::UnavailableError(space.reason() + " " + space.message());
  }
  return absl::UnavailableError("the sync did not end well");
}

absl::StatusOr<SiteContents> SiteReplica::Read() {
  SiteContents contents;
  client::v1::ListRecordsRequest request;
  request.set_space(kBenchSpace);
  request.set_type_id(kSiteVisitType);
  request.set_page_size(1000);
  do {
    const auto page = tablet_->core().ListRecords(request);
    if (!page.ok()) return page.status();
    for (const auto& row : page->records()) {
      bench::v1::SiteVisit visit;
      if (!visit.ParseFromString(row.message()))
        return absl::DataLossError("a visit cannot be read");
      contents[row.record().key()] = SiteContent(visit);
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return contents;
}

absl::StatusOr<FoundValues> SiteReplica::FindValues(const std::string& visit,
                                                    const std::string& field) {
  FoundValues found;
  const std::string path = PathOfConflict(field);
  client::v1::GetRecordRequest get;
  get.mutable_record()->set_space(kBenchSpace);
  get.mutable_record()->set_type_id(kSiteVisitType);
  get.mutable_record()->set_key(visit);
  const auto got = tablet_->core().GetRecord(get);
  if (!got.ok()) return got.status();
  for (const auto& conflict : got->conflicts()) {
    if (conflict.path() != path) continue;
    for (const auto& value : conflict.values())
      found.competing.push_back(ValueToJson(value.value()));
  }
  client::v1::ListHistoryRequest request;
  *request.mutable_record() = get.record();
  request.set_path(path);
  request.set_page_size(1000);
  do {
    const auto page = tablet_->core().ListHistory(request);
    if (!page.ok()) return page.status();
    for (const auto& entry : page->entries()) found.past.push_back(ValueToJson(entry.value()));
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return found;
}

}  // namespace dudao::command
