#include "scenario/county_day.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "dudao/domain/civil.h"
#include "dudao/domain/divisions.h"
#include "dudao/domain/people_list.h"
#include "field_edit.h"
#include "fresh_server.h"
#include "import_files.h"
#include "scenario/day_check.h"
#include "scenario/day_trust.h"
#include "spaces.h"

namespace dudao::command {
namespace {

constexpr int kYear = 2026;
constexpr size_t kMembersOfTeam = 5;
constexpr int64_t kMinuteMs = 60 * 1000;

constexpr const char* kLevels[] = {"FINDING_LEVEL_AT_ONCE", "FINDING_LEVEL_ORDINARY",
                                   "FINDING_LEVEL_SERIOUS", "FINDING_LEVEL_LONG_TERM"};

absl::Status Problems(const absl::StatusOr<ImportOutcome>& outcome) {
  if (!outcome.ok()) return outcome.status();
  if (outcome->problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(outcome->problems.front().en);
}

}  // namespace

CountyDay::CountyDay(Console& console, CommandClock& clock, Office& admin, const DayPlan& plan)
    : console_(console),
      clock_(clock),
      plan_(plan),
      admin_(admin),
      dice_(plan.seed),
      midnight_ms_(domain::UnixMs(absl::CivilSecond(domain::LocalDay(clock.WallMs())))) {}

absl::Status CountyDay::At(int hour, int minute) {
  clock_.SetTo(midnight_ms_ + (int64_t{hour} * 60 + minute) * kMinuteMs);
  return clock_.Publish(plan_.clock_file);
}

absl::Status CountyDay::Play() {
  for (const auto step : {&CountyDay::LoadOffice, &CountyDay::SignReviewerIn,
                          &CountyDay::HandOutTablets, &CountyDay::PastWeeks, &CountyDay::Morning,
                          &CountyDay::Afternoon, &CountyDay::Evening, &CountyDay::CheckAtTheEnd}) {
    if (const absl::Status done = (this->*step)(); !done.ok()) return done;
  }
  return absl::OkStatus();
}

absl::Status CountyDay::LoadOffice() {
  const auto read = [&](const char* name) { return ReadWholeFile(plan_.data + "/" + name); };
  const auto divisions = read("jishan-divisions.csv");
  const auto pinyin = read("jishan-pinyin.csv");
  const auto people = read("sample-people.csv");
  const auto form = read("form-default.textproto");
  const auto holidays = read("holidays-2026.csv");
  const auto measures = read("measures-default.csv");
  const auto marks = read("sample-marks.csv");
  for (const auto* file : {&divisions, &pinyin, &people, &form, &holidays, &measures, &marks}) {
    if (!file->ok()) return file->status();
  }
  for (const auto& outcome :
       {office().ImportDivisions(*divisions, *pinyin), office().ImportForm(*form),
        office().ImportHolidays(*holidays), office().ImportPeople(*people, kYear),
        office().ImportMeasures(*measures), office().ImportVillageMarks(*marks)}) {
    if (const absl::Status good = Problems(outcome); !good.ok()) return good;
  }
  const auto places = domain::ParseDivisions(*divisions);
  if (!places.ok()) return places.status();
  for (const auto& place : *places) {
    if (place.unit_type() == records::v1::UNIT_TYPE_VILLAGE) villages_.push_back(place);
  }
  std::shuffle(villages_.begin(), villages_.end(), dice_);
  report_.places = places->size();
  console_.Say(Text::kDayOffice,
               {std::to_string(places->size()), std::to_string(villages_.size())});
  return absl::OkStatus();
}

absl::Status CountyDay::SignReviewerIn() {
  admin::v1::ResetPasswordRequest reset;
  reset.set_person_id(kOfficeReviewer);
  const auto first = office().ResetPassword(reset);
  if (!first.ok()) return first.status();
  const auto password =
      SignInForGood(plan_.reviewer_session, plan_.server, kOfficeReviewer, first->password());
  if (!password.ok()) return password.status();
  reviewer_password_ = *password;
  return absl::OkStatus();
}

absl::StatusOr<Member> CountyDay::HandOut(const records::v1::Person& person) {
  const auto code = EnrolmentCode(office(), person.person_id());
  if (!code.ok()) return code.status();
  TabletProfile profile;
  profile.server = plan_.server;
  profile.device_name = "tablet-" + person.person_id();
  profile.office_space = kOfficeSpace;
  auto tablet = Tablet::Open(plan_.directory + "/" + person.person_id() + ".db", profile, clock_);
  if (!tablet.ok()) return tablet.status();
  if (const absl::Status done = (*tablet)->Enrol(*code); !done.ok()) return done;
  return Member{person, *std::move(tablet)};
}

absl::Status CountyDay::HandOutTablets() {
  const auto text = ReadWholeFile(plan_.data + "/sample-people.csv");
  if (!text.ok()) return text.status();
  const auto list = domain::ParsePeople(*text);
  if (!list.ok()) return list.status();
  std::filesystem::create_directories(plan_.directory);
  std::map<std::string, Crew> crews;
  Progress progress(console_, Text::kDayEnrol, list->people.size());
  for (const auto& person : list->people) {
    progress.Advance();
    if (person.team_id().empty()) continue;
    auto member = HandOut(person);
    if (!member.ok()) return member.status();
    Crew& crew = crews[person.team_id()];
    crew.team_id = person.team_id();
    crew.members.push_back(*std::move(member));
    ++report_.tablets;
  }
  for (auto& [id, crew] : crews) crews_.push_back(std::move(crew));
  report_.teams = crews_.size();
  return SyncAll(1, Text::kDayMorningSync);
}

const records::v1::Place& CountyDay::NextVillage() {
  return villages_[next_village_++ % villages_.size()];
}

FieldWork CountyDay::Work(Crew& crew, size_t member) {
  return FieldWork(crew.tablet(member), dice_, log_, clock_);
}

absl::Status CountyDay::SyncOne(Tablet& tablet) {
  const auto outcome = tablet.Sync();
  if (!outcome.ok()) return outcome.status();
  ++report_.syncs;
  report_.bytes_up += outcome->progress.bytes_up();
  report_.bytes_down += outcome->progress.bytes_down();
  for (const auto& space : outcome->finished.spaces()) {
    if (!space.ok())
      return absl::UnavailableError(space.space() + ": " + space.reason() + " " + space.message());
    if (space.set_aside_size() > 0) {
      return absl::FailedPreconditionError(space.space() + ": set aside, " +
                                           space.set_aside(0).reason());
    }
  }
  if (outcome->finished.ok()) return absl::OkStatus();
  return absl::UnavailableError("files were not sent: " + outcome->finished.blobs_reason());
}

absl::Status CountyDay::SyncAll(int rounds, Text what) {
  Progress progress(console_, what, report_.tablets * static_cast<uint64_t>(rounds));
  for (int round = 0; round < rounds; ++round) {
    for (Crew& crew : crews_) {
      for (Member& member : crew.members) {
        if (const absl::Status synced = SyncOne(*member.tablet); !synced.ok()) return synced;
        progress.Advance();
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CountyDay::Morning() {
  // Lead and second, third and fourth, fifth with the lead; and one visit that the second person
  // starts by mistake.
  constexpr size_t kPairs[][2] = {{0, 1}, {2, 3}, {4, 0}, {1, 2}};
  Progress progress(console_, Text::kDayMorning, crews_.size() * std::size(kPairs));
  for (Crew& crew : crews_) {
    for (const auto& [writer, colleague] : kPairs) {
      if (const absl::Status set = At(9, static_cast<int>(10 * writer)); !set.ok()) return set;
      const auto key = Work(crew, writer).Visit(NextVillage(), crew.person(colleague));
      if (!key.ok()) return key.status();
      crew.visits.push_back(*key);
      progress.Advance();
    }
  }
  return absl::OkStatus();
}

// Sessions end after some hours without use, and this office has an early start and a late end.
absl::Status CountyDay::OfficeAtNoon() {
  const auto reviewer = OpenOffice(plan_.reviewer_session);
  if (!reviewer.ok()) return reviewer.status();
  for (Office* office : {&office(), reviewer->get()}) {
    if (const auto self = office->GetSelf({}); !self.ok()) return self.status();
  }
  return absl::OkStatus();
}

absl::Status CountyDay::Afternoon() {
  if (const absl::Status set = At(12, 30); !set.ok()) return set;
  if (const absl::Status seen = OfficeAtNoon(); !seen.ok()) return seen;
  if (const absl::Status synced = SyncAll(2, Text::kDayNoonSync); !synced.ok()) return synced;
  Progress progress(console_, Text::kDayAfternoon, crews_.size());
  size_t writers = 2;  // 2, 3, 4, 5 people disagree
  for (Crew& crew : crews_) {
    if (const absl::Status set = At(14, 0); !set.ok()) return set;
    for (const absl::Status& done : {DisagreeOnVisit(crew, writers), DisagreeOnDeletion(crew),
                                     EditTogether(crew), DisagreeByStaleForm(crew)}) {
      if (!done.ok()) return done;
    }
    writers = std::min(writers + 1, kMembersOfTeam);
    progress.Advance();
  }
  return absl::OkStatus();
}

// Several people write level and note of one visit, each apart; and all write the same contact,
// which is no conflict.
absl::Status CountyDay::DisagreeOnVisit(Crew& crew, size_t writers) {
  const std::string& key = crew.visits[0];
  const auto visit = crew.tablet(0).ReadVisit(key);
  if (!visit.ok()) return visit.status();
  if (visit->findings_size() == 0) return absl::InternalError("the visit has no finding");
  const auto& finding = visit->findings(0);
  Clash level{crew.tablet(0).profile().team_space, key, "findings[" + finding.id() + "].level", {}};
  Clash note{level.space, key, "note", {}};
  size_t next_level = 0;
  for (size_t member = 0; member < writers; ++member) {
    clock_.Shift(7 * kMinuteMs);
    std::vector<std::string> edits = {"contact_name=王书记"};
    if (next_level < std::size(kLevels) &&
        records::v1::FindingLevel_Name(finding.level()) == kLevels[next_level])
      ++next_level;
    if (next_level <
        std::size(kLevels)) {  // there are four levels: one is shown already, three can clash
      edits.push_back(level.path + "=" + kLevels[next_level]);
      level.values[crew.person(member)] = kLevels[next_level++];
    }
    const std::string words = visit->note() + "；" + crew.members[member].person.name() +
                              "补充：第" + std::to_string(member + 1) + "组群众意见";
    edits.push_back("note=" + words);
    note.values[crew.person(member)] = words;
    if (const absl::Status saved = Work(crew, member).Save(key, edits); !saved.ok()) return saved;
    for (size_t photos = member == 0 ? 2 : 1; photos > 0; --photos) {
      if (const absl::Status added = Work(crew, member).AddPhoto(key, finding.id()); !added.ok())
        return added;
    }
  }
  if (level.values.size() > 1) crew.clashes.push_back(level);
  crew.clashes.push_back(note);
  return absl::OkStatus();
}

// One person deletes a visit that was started by mistake while another one works on it: it stays,
// and both see why.
absl::Status CountyDay::DisagreeOnDeletion(Crew& crew) {
  const std::string& key = crew.visits[3];
  clock_.Shift(5 * kMinuteMs);
  client::v1::DeleteRecordRequest request;
  *request.mutable_record() = crew.tablet(1).VisitRef(key);
  const auto deleted = crew.tablet(1).core().DeleteRecord(request);
  if (!deleted.ok()) return deleted.status();
  ++log_.saves;
  crew.clashes.push_back({crew.tablet(1).profile().team_space,
                          key,
                          "",
                          {{crew.person(1), ""}, {crew.person(3), "edit"}}});
  clock_.Shift(5 * kMinuteMs);
  return Work(crew, 3).Save(key, {"note=此次走访有效，请保留"});
}

// Two people add findings and photos to one visit at once: nothing clashes, everything stays.
absl::Status CountyDay::EditTogether(Crew& crew) {
  const std::string& key = crew.visits[1];
  for (const size_t member : {size_t{2}, size_t{3}}) {
    const std::string id = "x" + std::to_string(member);
    const absl::Status saved =
        Work(crew, member)
            .Save(key, {"findings[" + id + "].problem=消防通道堆放杂物",
                        "findings[" + id + "].level=一般",
                        "findings[" + id + "].owner_unit=" + villages_[member].code(),
                        "inspector_ids+=" + crew.person(member)});
    if (!saved.ok()) return saved;
    ++log_.findings;
    if (const absl::Status added = Work(crew, member).AddPhoto(key, id); !added.ok()) return added;
  }
  return absl::OkStatus();
}

// A form stays open while a colleague's value arrives; what is saved from it afterwards stands
// beside that value, not over it.
absl::Status CountyDay::DisagreeByStaleForm(Crew& crew) {
  const std::string& key = crew.visits[1];
  auto open = VisitForm::Open(crew.tablet(4), key);
  if (!open.ok()) return open.status();
  if (const absl::Status set = At(16, 0); !set.ok()) return set;
  if (const absl::Status typed =
          open->Type(std::vector<std::string>{"sample_seed=按户籍册每十户抽一"});
      !typed.ok())
    return typed;
  if (const absl::Status saved = Work(crew, 2).Save(key, {"sample_seed=随机数 4711"}); !saved.ok())
    return saved;
  for (const size_t member : {size_t{2}, size_t{4}}) {  // the two meet a network for a moment
    if (const absl::Status synced = SyncOne(crew.tablet(member)); !synced.ok()) return synced;
  }
  ++log_.saves;
  crew.clashes.push_back(
      {crew.tablet(4).profile().team_space,
       key,
       "sample_seed",
       {{crew.person(4), "按户籍册每十户抽一"}, {crew.person(2), "随机数 4711"}}});
  return open->Save().status();
}

absl::Status CountyDay::Evening() {
  if (const absl::Status set = At(17, 30); !set.ok()) return set;
  if (const absl::Status synced = SyncAll(2, Text::kDayEveningSync); !synced.ok()) return synced;
  if (const absl::Status found = CheckClashes(crews_, office(), report_); !found.ok()) return found;
  for (Crew& crew : crews_) {
    if (const absl::Status set = At(18, 0); !set.ok()) return set;
    if (const absl::Status settled = Settle(crew); !settled.ok()) return settled;
    if (const absl::Status submitted = Submit(crew); !submitted.ok()) return submitted;
  }
  if (const absl::Status set = At(18, 30); !set.ok()) return set;
  return SyncAll(2, Text::kDayLastSync);
}

// The lead settles the first clash of the team; that holds for everybody.
absl::Status CountyDay::Settle(Crew& crew) {
  const Clash& clash = crew.clashes.front();
  Tablet& lead = crew.tablet(0);
  client::v1::GetRecordRequest get;
  *get.mutable_record() = lead.VisitRef(clash.key);
  const auto got = lead.core().GetRecord(get);
  if (!got.ok()) return got.status();
  for (const auto& conflict : got->conflicts()) {
    if (conflict.path() != clash.path) continue;
    client::v1::ResolveConflictRequest request;
    *request.mutable_record() = get.record();
    request.set_path(clash.path);
    request.set_version(conflict.values(0).version());
    request.mutable_basis()->set_context(got->context());
    ++log_.saves;
    return lead.core().ResolveConflict(request).status();
  }
  return absl::NotFoundError("the clash at " + clash.path + " is not shown on the lead's tablet");
}

// The lead signs, has it signed or refused, and submits.
absl::Status CountyDay::FinishAndSubmit(Crew& crew, const std::string& key,
                                        const std::string& witness) {
  Tablet& lead = crew.tablet(0);
  const bool refused = report_.submitted % 2 == 1;
  if (const absl::Status finished = Work(crew, 0).Finish(key, refused, witness); !finished.ok())
    return finished;
  client::v1::SubmitVisitRequest request;
  *request.mutable_record() = lead.VisitRef(key);
  request.set_office_space(lead.profile().office_space);
  const auto submitted = lead.core().SubmitVisit(request);
  if (!submitted.ok()) return submitted.status();
  if (!submitted->submitted()) {
    const std::string why = submitted->issues_size() > 0
                                ? submitted->issues(0).path() + " " + submitted->issues(0).text_en()
                                : "";
    return absl::FailedPreconditionError("not submitted: " + why);
  }
  ++report_.submitted;
  return absl::OkStatus();
}

// The fifth member's visit with the lead is finished, submitted and supplemented.
absl::Status CountyDay::Submit(Crew& crew) {
  const std::string& key = crew.visits[2];
  Tablet& lead = crew.tablet(0);
  if (const absl::Status done = FinishAndSubmit(crew, key, crew.person(4)); !done.ok()) return done;
  client::v1::AddSupplementRequest supplement;
  *supplement.mutable_record() = lead.VisitRef(key);
  supplement.set_text("补充：离开后收到村委会整改照片。");
  if (const auto added = lead.core().AddSupplement(supplement); !added.ok()) return added.status();
  ++report_.supplements;
  return absl::OkStatus();
}

absl::Status CountyDay::CheckAtTheEnd() {
  report_.visits = log_.visits;
  report_.findings = log_.findings;
  report_.photos = log_.photos;
  report_.photo_bytes = log_.photo_bytes;
  report_.saves = log_.saves;
  if (const absl::Status checked = CheckDay(crews_, office(), log_, report_); !checked.ok())
    return checked;
  if (const absl::Status set = At(19, 0); !set.ok()) return set;
  if (const absl::Status shown = ShowTrust(crews_, office(), plan_.reviewer_session, report_);
      !shown.ok())
    return shown;
  return VerifyServer(plan_.server_folder, report_);
}

}  // namespace dudao::command
