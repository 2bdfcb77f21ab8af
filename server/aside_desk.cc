#include "aside_desk.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/schema/record_types.h"
#include "dudao/sync/trust/statements.h"
#include "paging.h"
#include "privacy_desk.h"
#include "reason.h"
#include "record_view.h"
#include "upload_rules.h"
#include "utf8.h"

namespace dudao::server {
namespace {

using domain::Authority;
using review::v1::KeptAside;

constexpr int kRowsUsual = 50;
constexpr int kRowsMost = 500;
constexpr int kWritesMost = 20;
constexpr size_t kPageBytesMax = 4 << 20;
constexpr size_t kTextBytesMax = 2000;

// A lead sees what people of the own team wrote, and whatever lies in the team's own space.
bool MaySee(const Authority& authority, const Principal& principal, std::string_view space,
            std::string_view author) {
  if (IsOffice(principal.role)) return true;
  if (principal.role != records::v1::PERSON_ROLE_LEAD || principal.team_id.empty()) return false;
  const trust::v1::SpaceRule* rule = authority.Space(space);
  if (rule != nullptr && rule->team_id() == principal.team_id) return true;
  const trust::v1::PersonRule* person = authority.Person(author);
  return person != nullptr && person->team_id() == principal.team_id;
}

const trust::v1::Verdict* VerdictOn(const Authority& authority, std::string_view space,
                                    const sync::QuarantineEntry& entry) {
  return authority.VerdictOn(space, entry.what.dot.replica.AsBytes(), entry.what.dot.seq,
                             entry.change_hash);
}

// Who signed a change: the newest proof of its replica that reaches it.
std::string SignerOf(const std::vector<sync::HeadProof>& proofs, const sync::Dot& dot) {
  for (const sync::HeadProof& proof : proofs) {
    const bool covers = proof.replica() == dot.replica.AsBytes() && proof.seq() >= dot.seq;
    if (covers && proof.signer() != sync::kServerSigner) return proof.signer();
  }
  return {};
}

void FillWrites(const std::string& encoded, KeptAside& row) {
  const auto change = sync::DecodeChange(encoded);
  if (!change.ok()) return;
  for (const sync::Operation& op : change->ops) {
    if (row.writes_size() == kWritesMost) return;
    review::v1::KeptAsideWrite& write = *row.add_writes();
    write.set_type_id(op.record.type);
    write.set_key(op.record.key);
    write.set_path(Utf8(sync::PathText(op.record.type, op.path)));
    write.set_text(Utf8(MaskedText(op).substr(0, kTextBytesMax)));
  }
}

void FillVerdict(const Authority& authority, const trust::v1::Verdict* verdict, KeptAside& row) {
  row.set_state(review::v1::KEPT_ASIDE_STATE_PENDING);
  if (verdict == nullptr) return;
  row.set_state(verdict->released() ? review::v1::KEPT_ASIDE_STATE_RELEASED
                                    : review::v1::KEPT_ASIDE_STATE_REFUSED);
  row.set_decided_by(authority.JudgeOf(*verdict));
  row.set_decision_reason(Utf8(verdict->reason()));
}

KeptAside RowOf(const sync::QuarantineEntry& entry) {
  KeptAside row;
  row.set_replica(std::string(entry.what.dot.replica.AsBytes()));
  row.set_seq(entry.what.dot.seq);
  row.set_change_hash(entry.change_hash);
  row.set_reason(Utf8(entry.what.reason));
  const ReasonText text = QuarantineText(entry.what.reason);
  row.set_text_zh(Utf8(text.zh));
  row.set_text_en(Utf8(text.en));
  row.set_author(Utf8(entry.what.author));
  row.set_time_ms(entry.what.time.ms);
  FillWrites(entry.change, row);
  return row;
}

// What can never be merged stays aside, whoever wants it otherwise.
absl::Status CheckReleasable(const Principal& judge, const sync::QuarantineEntry& entry) {
  const auto change = sync::DecodeChange(entry.change);
  if (entry.what.reason == sync::kMalformedChange || !change.ok() ||
      !sync::CheckChange(*change).ok())
    return Error(absl::StatusCode::kFailedPrecondition, "CHANGE_NOT_RELEASABLE");
  if (HoldsOfficeWrite(*change) && !IsOffice(judge.role))
    return Error(absl::StatusCode::kPermissionDenied, "ROLE_FORBIDDEN");
  return absl::OkStatus();
}

}  // namespace

// Nothing ever leaves the quarantine, so a position in it stays what it was.
absl::StatusOr<review::v1::ListKeptAsideResponse> AsideDesk::ListKeptAside(
    const Call& call, const review::v1::ListKeptAsideRequest& request) {
  const std::string bound = PageOf(request, call.principal.person_id);
  DUDAO_ASSIGN(const std::string position, tokens_.Position(bound, request.page_token()));
  size_t at = 0;
  if (!position.empty() && !absl::SimpleAtoi(position, &at))
    return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID");
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  const auto size = PageSize(request.page_size(), kRowsUsual, kRowsMost);
  review::v1::ListKeptAsideResponse response;
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const bool carried_out, verdicts_.CatchUp(*space));
  if (carried_out) after_.Written(*space);
  const std::shared_ptr<const Authority> authority = control_.Snapshot();
  DUDAO_ASSIGN(const auto entries, space->store().Quarantine());
  DUDAO_ASSIGN(const auto proofs, space->store().Proofs());
  for (; at < entries.size(); ++at) {
    const sync::QuarantineEntry& entry = entries[at];
    if (!MaySee(*authority, call.principal, space->name(), entry.what.author)) continue;
    const trust::v1::Verdict* verdict = VerdictOn(*authority, space->name(), entry);
    if (verdict != nullptr && !request.include_decided()) continue;
    if (response.rows_size() == size || response.ByteSizeLong() > kPageBytesMax) {
      response.set_next_page_token(tokens_.PageToken(bound, absl::StrCat(at)));
      return response;
    }
    KeptAside& row = *response.add_rows();
    row = RowOf(entry);
    FillVerdict(*authority, verdict, row);
    row.set_device_id(entry.in_log ? SignerOf(proofs, entry.what.dot)
                                   : heads_.OwnerOf(space->name(), entry.from.AsBytes()));
  }
  return response;
}

absl::StatusOr<review::v1::JudgeChangeResponse> AsideDesk::JudgeChange(
    const Call& call, const review::v1::JudgeChangeRequest& request) {
  DUDAO_TRY(CheckWords(request.reason(), "reason"));
  DUDAO_ASSIGN(Space * space, spaces_.Get(request.space()));
  absl::MutexLock lock(&space->mutex());
  DUDAO_ASSIGN(const auto entries, space->store().Quarantine());
  const auto entry = std::find_if(entries.begin(), entries.end(), [&](const auto& one) {
    return one.what.dot.seq == request.seq() &&
           one.what.dot.replica.AsBytes() == request.replica() &&
           one.change_hash == request.change_hash();
  });
  trust::v1::ControlBody body;
  trust::v1::Verdict& verdict = *body.mutable_verdict();
  verdict.set_space(space->name());
  verdict.set_replica(request.replica());
  verdict.set_seq(request.seq());
  verdict.set_change_hash(request.change_hash());
  verdict.set_released(request.release());
  verdict.set_reason(request.reason());
  const auto decide = [&](const Authority& now) -> absl::StatusOr<std::vector<ControlLog::Body>> {
    const bool seen =
        entry != entries.end() && MaySee(now, call.principal, space->name(), entry->what.author);
    if (!seen) return Error(absl::StatusCode::kNotFound, "CHANGE_NOT_ASIDE");
    if (entry->what.author == call.principal.person_id)
      return Error(absl::StatusCode::kPermissionDenied, "OWN_CHANGE");
    if (VerdictOn(now, space->name(), *entry) != nullptr)
      return Error(absl::StatusCode::kAborted, "ALREADY_JUDGED");
    if (request.release()) DUDAO_TRY(CheckReleasable(call.principal, *entry));
    return std::vector<ControlLog::Body>{body};
  };
  DUDAO_ASSIGN(const auto appended,
               control_.Decide(decide, call.principal.person_id, call.wall_ms));
  review::v1::JudgeChangeResponse response;
  response.set_control_position(appended.back().position());
  // From here on the decision stands. What fails now is done when the space is next used.
  const auto carried_out = verdicts_.CatchUp(*space);
  if (carried_out.ok()) after_.Written(*space);
  return response;
}

}  // namespace dudao::server
