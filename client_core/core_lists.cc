// What the tablet's pages share, and the list of visits.
#include <algorithm>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core.h"
#include "dudao/client/reason.h"
#include "dudao/domain/civil.h"
#include "dudao/domain/text.h"
#include "dudao/domain/visit_quota.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "paging.h"
#include "record_types.h"
#include "space_sync.h"
#include "texts.h"

namespace dudao::client {
namespace {

using records::v1::Visit;
using records::v1::VisitState;

constexpr int kQuotaDefault = 2;
// More places than the county has: a search in visits looks at all that fit.
constexpr size_t kPlacesAll = 10'000;

// Place of a visit in the list: day, number, space, key. The last two make it one order everywhere.
using Place = std::tuple<std::string, std::string, std::string, std::string>;

struct Found {
  const v1::VisitNote* note = nullptr;
  const std::string* key = nullptr;
  size_t space = 0;
  Place place;
};

std::string TokenOf(const Place& place) {
  std::string position;
  sync::PutBytes(position, std::get<0>(place));
  sync::PutBytes(position, std::get<1>(place));
  sync::PutBytes(position, std::get<2>(place));
  sync::PutBytes(position, std::get<3>(place));
  return PageToken(position);
}

absl::StatusOr<std::optional<Place>> PlaceIn(const std::string& token) {
  if (token.empty()) return std::nullopt;
  DUDAO_ASSIGN(const std::string position, PageStart(token));
  sync::Reader in(position);
  Place place;
  for (std::string* part :
       {&std::get<0>(place), &std::get<1>(place), &std::get<2>(place), &std::get<3>(place)}) {
    *part = std::string(in.Bytes(position.size()));
  }
  if (!in.ok() || !in.done()) return Error(absl::StatusCode::kInvalidArgument, kPageTokenInvalid);
  return std::optional<Place>(std::move(place));
}

// What ListVisits asks for.
class VisitFilter {
 public:
  VisitFilter(const v1::ListVisitsRequest& request, const domain::PlaceIndex& places)
      : request_(request), text_(absl::AsciiStrToLower(request.text())) {
    absl::StripAsciiWhitespace(&text_);
    for (const int state : request.states()) states_.insert(state);
    for (const records::v1::Place* place : places.Search(text_, kPlacesAll))
      units_.insert(place->code());
  }

  bool Fits(const v1::VisitNote& note) const {
    if (states_.empty() ? note.state() == records::v1::VISIT_STATE_DELETED
                        : !states_.contains(note.state())) {
      return false;
    }
    if (request_.only_conflicts() && note.conflicts() == 0) return false;
    if (!absl::StartsWith(note.unit_code(), request_.unit_code())) return false;
    return text_.empty() || absl::StrContains(note.text(), text_) ||
           units_.contains(note.unit_code());
  }

 private:
  const v1::ListVisitsRequest& request_;
  std::string text_;
  std::set<int> states_;
  std::set<std::string, std::less<>> units_;
};

}  // namespace

absl::StatusOr<std::string> Core::UseReference(const std::string& office_space) {
  const std::string& office = office_space.empty() ? options_.office_space : office_space;
  DUDAO_ASSIGN(sync::Store * store, spaces_.FindKnown(office));
  DUDAO_TRY(reference_.Refresh(office, store));
  return office;
}

std::vector<std::string> Core::TeamSpaces(const std::string& wanted) {
  if (!wanted.empty()) return {wanted};
  std::vector<std::string> spaces;
  for (const auto& [space, store] : spaces_.all()) {
    const trust::v1::SpaceRule* rule = trust_.authority().Space(space);
    const bool own = rule == nullptr ? !trust_.enrolled() && space != options_.office_space
                                     : !rule->shared() && rule->team_id() == trust_.team_id();
    if (own) spaces.push_back(space);
  }
  return spaces;
}

absl::StatusOr<std::vector<Core::IndexedSpace>> Core::Indexed(const std::string& wanted) {
  std::vector<IndexedSpace> indexed;
  for (const std::string& space : TeamSpaces(wanted)) {
    DUDAO_ASSIGN(sync::Store * store, spaces_.FindKnown(space));
    if (store == nullptr) continue;
    DUDAO_ASSIGN(const SpaceIndex* index, index_.At(space, *store));
    DUDAO_ASSIGN(sync::PeerState server, store->LoadPeer(kSyncPeer));
    indexed.push_back({space, store, index, std::move(server.known)});
  }
  return indexed;
}

absl::StatusOr<Core::Subject> Core::SubjectOf(const v1::RecordRef& record) {
  Subject subject;
  DUDAO_ASSIGN(subject.target, Resolve(record));
  DUDAO_ASSIGN(subject.visit, LoadVisit(subject.target));
  DUDAO_ASSIGN(Loaded loaded, Load(subject.target));
  subject.record = std::move(loaded.record);
  return subject;
}

absl::StatusOr<Core::Subject> Core::SubjectOf(const std::string& form_id) {
  Subject subject;
  DUDAO_ASSIGN(subject.form, forms_.Find(form_id));
  DUDAO_ASSIGN(sync::Store * store, spaces_.Get(subject.form->space));
  subject.target = {store, subject.form->space, subject.form->record};
  if (subject.target.id.type != kVisitType)
    return Error(absl::StatusCode::kInvalidArgument, kTypeUnknown, "not a visit");
  subject.record = subject.form->Shown();
  if (!subject.record.exists() || !subject.visit.ParseFromString(subject.record.Materialise()))
    return Error(absl::StatusCode::kNotFound, kRecordNotFound);
  return subject;
}

int Core::QuotaOf(const std::string& team_id) const {
  const records::v1::Team* team = reference_.FindTeam(team_id);
  const bool told = team != nullptr && team->has_monthly_quota();
  return told ? static_cast<int>(team->monthly_quota()) : kQuotaDefault;
}

absl::Status Core::FillMonth(const std::vector<IndexedSpace>& spaces, absl::CivilMonth month,
                             v1::MonthLine* out) {
  const std::string text = domain::FormatDay(absl::CivilDay(month)).substr(0, 7);
  out->set_month(text);
  const std::string team_id = trust_.team_id();
  std::vector<Visit> visits;
  for (const IndexedSpace& at : spaces) {
    for (const auto& [key, note] : at.index->visits) {
      if (!absl::StartsWith(note.visit_date(), text)) continue;
      visits.push_back(BoardVisitOf(note));
      // Before the enrolment nobody knows the team: the visits of the space are its own.
      if (team_id.empty()) visits.back().set_team_id("");
    }
  }
  std::vector<const Visit*> all;
  for (const Visit& visit : visits) all.push_back(&visit);
  const domain::TeamMonth board = domain::BuildTeamMonth(team_id, month, all, QuotaOf(team_id));
  out->set_days_counted(static_cast<int32_t>(board.days.size()));
  out->set_quota(board.quota);
  out->set_quota_met(board.quota_met);
  out->set_first_half_filled(board.first_half_filled);
  out->set_second_half_filled(board.second_half_filled);
  out->set_drafts(board.drafts);
  return absl::OkStatus();
}

absl::StatusOr<std::set<std::string>> Core::UnsentFiles() {
  DUDAO_ASSIGN(const auto transfers, blobs_.Transfers());
  std::set<std::string> files;
  for (const TransferEntry& transfer : transfers) {
    if (transfer.upload && !transfer.thumbnail) files.insert(transfer.sha256);
  }
  return files;
}

void Core::FillVisitLine(const IndexedSpace& at, const std::string& key, const v1::VisitNote& note,
                         const std::set<std::string>& unsent_files, v1::VisitLine* out) {
  const sync::RecordId id{kVisitType, key};
  *out->mutable_record() = Ref({at.store, at.space, id});
  out->set_temp_no(note.temp_no());
  reference_.FillUnit(note.unit_code(), out->mutable_unit());
  out->set_visit_date(note.visit_date());
  out->set_state(note.state());
  *out->mutable_state_text() = StateText(note.state());
  out->set_findings(note.findings_size());
  out->set_evidence(note.files_size());
  out->set_conflicts(static_cast<int32_t>(note.conflicts()));
  out->set_unsent(IsUnsent(at.known, note));
  for (const std::string& file : note.files()) {
    if (unsent_files.contains(file)) out->set_unsent_files(out->unsent_files() + 1);
  }
  if (const Form* form = forms_.FindDraft(at.space, id)) out->set_form_id(form->id);
  out->set_author_id(note.author_id());
  out->set_changed_at_ms(note.changed_at_ms());
}

absl::StatusOr<v1::ListVisitsResponse> Core::ListVisits(const v1::ListVisitsRequest& request) {
  DUDAO_ASSIGN(const size_t page_size, PageSize(request.page_size()));
  DUDAO_ASSIGN(const std::optional<Place> after, PlaceIn(request.page_token()));
  DUDAO_TRY(UseReference("").status());
  DUDAO_ASSIGN(const auto spaces, Indexed(request.space()));
  const VisitFilter filter(request, reference_.index());
  v1::ListVisitsResponse response;
  std::vector<Found> found;
  for (size_t i = 0; i < spaces.size(); ++i) {
    for (const auto& [key, note] : spaces[i].index->visits) {
      if (!filter.Fits(note)) continue;
      response.set_total(response.total() + 1);
      Found here{&note, &key, i, {note.visit_date(), note.temp_no(), spaces[i].space, key}};
      if (!after || here.place < *after) found.push_back(std::move(here));
    }
  }
  const size_t shown = std::min(found.size(), page_size);
  const auto newest_first = [](const Found& a, const Found& b) { return b.place < a.place; };
  const auto end = found.begin() + static_cast<ptrdiff_t>(shown);
  std::partial_sort(found.begin(), end, found.end(), newest_first);
  DUDAO_ASSIGN(const auto unsent_files, UnsentFiles());
  for (auto it = found.begin(); it != end; ++it)
    FillVisitLine(spaces[it->space], *it->key, *it->note, unsent_files, response.add_visits());
  if (shown < found.size() && shown > 0)
    response.set_next_page_token(TokenOf(found[shown - 1].place));
  return response;
}

}  // namespace dudao::client
