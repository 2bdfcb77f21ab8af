#include "scenario/day_check.h"

#include <map>
#include <set>

#include "dudao/domain/personal.h"
#include "dudao/records/v1/visit.pb.h"
#include "field_edit.h"

namespace dudao::command {
namespace {

// Author -> text of each competing value of one field; only of values that say when.
using Values = std::map<std::string, std::string>;

template <typename Conflicts>
Values ValuesAt(const Conflicts& conflicts, const std::string& path) {
  Values out;
  for (const auto& conflict : conflicts) {
    if (conflict.path() != path) continue;
    for (const auto& value : conflict.values()) {
      if (value.time_ms() > 0) out[value.author()] = value.text();
    }
  }
  return out;
}

// How many of the values written are among those shown. Of a clash over deletion the authors count,
// of others the values.
uint64_t CountFound(const Clash& clash, const Values& shown) {
  uint64_t found = 0;
  for (const auto& [author, value] : clash.values) {
    const auto at = shown.find(author);
    if (at == shown.end()) continue;
    if (clash.path.empty() || at->second == value || EnumForPeople(value) == at->second) ++found;
  }
  return found;
}

absl::StatusOr<Values> OnTablet(Tablet& tablet, const Clash& clash) {
  client::v1::GetRecordRequest request;
  *request.mutable_record() = tablet.VisitRef(clash.key);
  const auto got = tablet.core().GetRecord(request);
  if (!got.ok()) return got.status();
  return ValuesAt(got->conflicts(), clash.path);
}

absl::StatusOr<Values> OnServer(Office& office, const Clash& clash) {
  review::v1::GetRecordRequest request;
  request.set_space(clash.space);
  request.set_type_id(kVisitType);
  request.set_key(clash.key);
  const auto got = office.GetRecord(request);
  if (!got.ok()) return got.status();
  return ValuesAt(got->conflicts(), clash.path);
}

absl::Status CheckClash(Crew& crew, const Clash& clash, Office& office, DayReport& report) {
  const auto wanted = static_cast<uint64_t>(clash.values.size());
  ++report.clashes;
  report.values_written += wanted;
  uint64_t least = wanted;
  for (Member& member : crew.members) {
    const auto shown = OnTablet(*member.tablet, clash);
    if (!shown.ok()) return shown.status();
    least = std::min(least, CountFound(clash, *shown));
  }
  report.values_on_tablets += least;
  const auto shown = OnServer(office, clash);
  if (!shown.ok()) return shown.status();
  const uint64_t on_server = CountFound(clash, *shown);
  report.values_on_server += on_server;
  if (least == wanted && on_server == wanted) return absl::OkStatus();
  report.wrong.push_back(crew.team_id + " " + clash.path + ": of " + std::to_string(wanted) +
                         " values " + std::to_string(least) + " on every tablet, " +
                         std::to_string(on_server) + " on the server");
  return absl::OkStatus();
}

absl::Status CheckDigests(Crew& crew, Office& office, DayReport& report) {
  for (const std::string& space :
       {crew.tablet(0).profile().team_space, crew.tablet(0).profile().office_space}) {
    const auto server = office.StateDigest(space);
    if (!server.ok()) return server.status();
    for (Member& member : crew.members) {
      const auto digest = member.tablet->Digest(space);
      if (!digest.ok()) return digest.status();
      if (*digest != *server)
        report.wrong.push_back(member.person.person_id() + ": " + space +
                               " differs from the server");
    }
  }
  return absl::OkStatus();
}

// As the office is shown it: personal data masked.
std::string AsTheOfficeSees(const std::string& message) {
  records::v1::Visit visit;
  if (!visit.ParseFromString(message)) return message;
  domain::MaskMessage(&visit);
  return RecordToJson(kVisitType, visit.SerializeAsString()).dump();
}

absl::StatusOr<std::map<std::string, std::string>> VisitsOnTablet(Tablet& tablet) {
  std::map<std::string, std::string> visits;
  client::v1::ListRecordsRequest request;
  request.set_space(tablet.profile().team_space);
  request.set_type_id(kVisitType);
  request.set_page_size(500);
  do {
    const auto page = tablet.core().ListRecords(request);
    if (!page.ok()) return page.status();
    for (const auto& row : page->records())
      visits[row.record().key()] = AsTheOfficeSees(row.message());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return visits;
}

// The content itself, as both sides hand it out.
absl::Status CheckContents(Crew& crew, Office& office, DayReport& report) {
  std::map<std::string, std::string> server;
  const absl::Status read = office.EachRecord(
      crew.tablet(0).profile().team_space, kVisitType, [&](const OfficeRecord& record) {
        server[record.key] = RecordToJson(kVisitType, record.message).dump();
      });
  if (!read.ok()) return read;
  for (const std::string& key : crew.visits) {
    if (server.count(key) == 0)
      report.wrong.push_back(crew.team_id + ": a visit is missing on the server");
  }
  for (Member& member : crew.members) {
    const auto mine = VisitsOnTablet(*member.tablet);
    if (!mine.ok()) return mine.status();
    if (*mine != server)
      report.wrong.push_back(member.person.person_id() +
                             ": visits read differently than on the server");
  }
  return absl::OkStatus();
}

absl::Status CheckSecondSync(Crew& crew, DayReport& report) {
  for (Member& member : crew.members) {
    const auto outcome = member.tablet->Sync();
    if (!outcome.ok()) return outcome.status();
    const uint64_t sent = outcome->progress.changes_sent() + outcome->progress.blobs_sent();
    report.second_sync_sent += sent;
    if (!outcome->finished.ok())
      report.wrong.push_back(member.person.person_id() + ": the further sync did not end well");
    if (sent > 0)
      report.wrong.push_back(member.person.person_id() + ": the further sync sent " +
                             std::to_string(sent));
  }
  return absl::OkStatus();
}

absl::Status CheckSettled(Crew& crew, DayReport& report) {
  for (size_t i = 0; i < crew.clashes.size(); ++i) {
    uint64_t tablets = 0;
    for (Member& member : crew.members) {
      const auto shown = OnTablet(*member.tablet, crew.clashes[i]);
      if (!shown.ok()) return shown.status();
      if (!shown->empty()) ++tablets;
    }
    const bool settled = i == 0;
    if (!settled) ++report.conflicts_left;
    if (tablets != (settled ? 0 : crew.members.size())) {
      report.wrong.push_back(crew.team_id + " " + crew.clashes[i].path + ": conflict on " +
                             std::to_string(tablets) + " tablets");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckClashes(std::vector<Crew>& crews, Office& office, DayReport& report) {
  for (Crew& crew : crews) {
    for (const Clash& clash : crew.clashes) {
      if (const absl::Status checked = CheckClash(crew, clash, office, report); !checked.ok())
        return checked;
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDay(std::vector<Crew>& crews, Office& office, const DayLog& log,
                      DayReport& report) {
  for (Crew& crew : crews) {
    for (const absl::Status& checked :
         {CheckSecondSync(crew, report), CheckDigests(crew, office, report),
          CheckContents(crew, office, report), CheckSettled(crew, report)}) {
      if (!checked.ok()) return checked;
    }
  }
  report.blobs_expected = log.hashes.size();
  for (Crew& crew : crews) {
    const std::string& space = crew.tablet(0).profile().team_space;
    std::vector<std::string> hashes;
    for (auto [at, end] = log.hashes.equal_range(space); at != end; ++at)
      hashes.push_back(at->second);
    const auto held = office.CountBlobs(space, hashes);
    if (!held.ok()) return held.status();
    report.blobs_on_server += *held;
  }
  if (report.blobs_on_server != report.blobs_expected)
    report.wrong.push_back("files are missing on the server");
  return absl::OkStatus();
}

}  // namespace dudao::command
