// What the office's lists cost with a hundred thousand findings.
//   office_bench [folder] [findings]
// Prints JSON: building the projection, then milliseconds (median of many) of a first page, a page
// deep in the list, each order, searches of several kinds, counts, what a page asks every few
// seconds, coverage and figures.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "backend.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/reference.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/review/v1/rectification.pb.h"
#include "dudao/server/names.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "finding_case.h"
#include "must.h"

namespace dudao::server {
namespace {

using dudao::bench::Must;

constexpr int64_t kNow = 1'790'000'000'000;
constexpr int kFindingsOfVisit = 5;
constexpr int kRounds = 15;
constexpr char kSpace[] = "team-d1-2026";

double Milliseconds(const std::function<void()>& run) {
  std::vector<double> times;
  for (int i = 0; i < kRounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

class County {
 public:
  explicit County(const std::string& folder) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    Options options;
    options.data_dir = folder;
    options.log_file = "none";
    options.password_cost_log2 = 10;
    options.wall_ms = [] { return kNow; };
    backend_ = Must(Backend::Open(options));
    trust::v1::SpaceRule rule;
    rule.set_space(kSpace);
    rule.set_team_id("D1");
    Must(backend_->spaces().Create(rule, "system", kNow).status());
  }
  Projection& projection() { return backend_->projection(); }

  // The townships and villages that the visits name.
  void AddPlaces() {
    sync::LocalEdit edit;
    edit.author = "admin";
    edit.wall_ms = kNow;
    for (int township = 0; township < 7; ++township) {
      const std::string parent = "140824" + std::to_string(100 + township);
      AddPlace(parent, "140824", records::v1::PLACE_LEVEL_TOWNSHIP, edit);
      for (int village = 0; village < 23; ++village)
        AddPlace(parent + std::to_string(200 + village), parent, records::v1::PLACE_LEVEL_VILLAGE,
                 edit);
    }
    Space* space = Must(backend_->spaces().Get(kOfficeSpace));
    absl::MutexLock lock(&space->mutex());
    Must(space->store().Commit(edit).status());
    Must(backend_->projection().CatchUp(kOfficeSpace, space->store()));
  }
  void AddVisit(int n) {
    const std::string unit = "140824" + std::to_string(100 + n % 7) + std::to_string(200 + n % 23);
    records::v1::Visit visit;
    visit.set_temp_no("D1-" + std::to_string(n));
    visit.set_team_id("D1");
    visit.set_unit_code(unit);
    visit.set_visit_date("20" + std::to_string(20 + n % 7) + "-0" + std::to_string(1 + n % 9) +
                         "-1" + std::to_string(n % 10));
    visit.set_state(records::v1::VISIT_STATE_SUBMITTED);
    sync::LocalEdit edit;
    edit.author = "ins1";
    edit.wall_ms = kNow;
    for (int i = 0; i < kFindingsOfVisit; ++i) {
      const std::string id = std::to_string(n) + "-" + std::to_string(i);
      auto& finding = *visit.add_findings();
      finding.set_id(id);
      finding.set_temp_no(visit.temp_no() + "-F" + std::to_string(i));
      finding.set_problem("网格公示牌与台账不一致，第" + std::to_string(random_() % 5000) + "号");
      finding.set_detail("现场查看发现楼梯扶手破损，群众反映多次未修复，请尽快处理。");
      finding.set_check_code(std::string(1, static_cast<char>('A' + i)) + "1");
      finding.set_level(records::v1::FINDING_LEVEL_ORDINARY);
      if (random_() % 10 != 0) Decide(id, n, unit, edit);
    }
    const auto ops = Must(sync::MessageToOps(
        {sync::RecordTypeOf(*records::v1::Visit::descriptor()), "visit-" + std::to_string(n)},
        visit));
    edit.ops.insert(edit.ops.end(), ops.begin(), ops.end());
    Space* space = Must(backend_->spaces().Get(kSpace));
    absl::MutexLock lock(&space->mutex());
    Must(space->store().Commit(edit).status());
  }
  // Reads all of it.
  void CatchUp() {
    Space* space = Must(backend_->spaces().Get(kSpace));
    absl::MutexLock lock(&space->mutex());
    Must(backend_->projection().CatchUp(kSpace, space->store()));
  }

 private:
  static void AddPlace(const std::string& code, const std::string& parent,
                       records::v1::PlaceLevel level, sync::LocalEdit& edit) {
    records::v1::Place place;
    place.set_code(code);
    place.set_display_name("村" + code);
    place.set_parent_code(parent);
    place.set_level(level);
    const auto ops = Must(
        sync::MessageToOps({sync::RecordTypeOf(*records::v1::Place::descriptor()), code}, place));
    edit.ops.insert(edit.ops.end(), ops.begin(), ops.end());
  }
  // Most are struck off, some run, a few wait.
  void Decide(const std::string& id, int visit, const std::string& unit, sync::LocalEdit& edit) {
    records::v1::Rectification own;
    own.set_finding_id(id);
    own.set_visit_id(absl::BytesToHexString("visit-" + std::to_string(visit)));
    own.set_team_id("D1");
    own.set_unit_code(unit);
    own.set_state(random_() % 10 < 8 ? records::v1::RECTIFICATION_STATE_CLOSED
                                     : records::v1::RECTIFICATION_STATE_RECTIFYING);
    own.set_notice_no("稷督整〔2026〕" + std::to_string(++numbers_) + "号");
    own.set_level(records::v1::FINDING_LEVEL_ORDINARY);
    own.set_owner_unit(unit);
    own.set_issued_at_ms(kNow - static_cast<int64_t>(random_() % 30) * 86'400'000);
    own.set_due_date("2026-09-" + std::to_string(10 + random_() % 20));
    own.mutable_limit()->set_unit(records::v1::LIMIT_UNIT_CALENDAR_DAY);
    own.mutable_limit()->set_amount(7);
    const auto ops = Must(sync::MessageToOps(RectificationId(id), own));
    edit.ops.insert(edit.ops.end(), ops.begin(), ops.end());
  }

  std::unique_ptr<Backend> backend_;
  std::mt19937 random_{1};
  int numbers_ = 0;
};

FindingQuery Query(const std::function<void(FindingQuery&)>& set) {
  FindingQuery query;
  query.spaces = {kSpace};
  query.now_ms = kNow;
  set(query);
  return query;
}

void Measure(Projection& projection) {
  const auto page = [&](const char* name, const std::function<void(FindingQuery&)>& set) {
    const FindingQuery query = Query(set);
    const double list = Milliseconds([&] { Must(projection.Findings(query, nullptr, 51)); });
    const double count = Milliseconds([&] { Must(projection.CountFindings(query)); });
    std::printf("{\"list\":\"%s\",\"page_ms\":%.2f,\"count_ms\":%.2f,\"rows\":%lld}\n", name, list,
                count, static_cast<long long>(Must(projection.CountFindings(query))));
  };
  page("all, newest first", [](FindingQuery&) {});
  page("all, by due day", [](FindingQuery& q) { q.order = FindingQuery::Order::kDue; });
  page("all, longest waiting", [](FindingQuery& q) { q.order = FindingQuery::Order::kWaiting; });
  for (const auto& [name, order] : {std::pair("all, by number", FindingQuery::Order::kNumber),
                                    std::pair("all, by unit", FindingQuery::Order::kUnit),
                                    std::pair("all, by level", FindingQuery::Order::kLevel),
                                    std::pair("all, by state", FindingQuery::Order::kState)})
    page(name, [order = order](FindingQuery& q) { q.order = order; });
  page("all, farthest due day first", [](FindingQuery& q) {
    q.order = FindingQuery::Order::kDue;
    q.reversed = true;
  });
  page("to do", [](FindingQuery& q) { q.todo = true; });
  page("open", [](FindingQuery& q) { q.part = static_cast<int>(FindingPart::kOpen); });
  page("struck off", [](FindingQuery& q) { q.part = static_cast<int>(FindingPart::kClosed); });
  page("red", [](FindingQuery& q) { q.light = review::v1::LIGHT_RED; });
  page("one township", [](FindingQuery& q) { q.unit_prefix = "140824103"; });
  page("text of three and more", [](FindingQuery& q) { q.text = "第4711号"; });
  page("text that many have", [](FindingQuery& q) { q.text = "楼梯扶手"; });
  page("text of two", [](FindingQuery& q) { q.text = "扶手"; });
  page("a unit's own", [](FindingQuery& q) { q.answered_by = "140824103"; });
  const FindingQuery all = Query([](FindingQuery&) {});
  const auto rows = Must(projection.Findings(all, nullptr, 20'000));
  const FindingPosition deep{rows.back().sort, rows.back().space, rows.back().finding_id};
  std::printf("{\"list\":\"behind row %zu\",\"page_ms\":%.2f}\n", rows.size(),
              Milliseconds([&] { Must(projection.Findings(all, &deep, 51)); }));
  std::printf("{\"coverage_ms\":%.2f,\"by_area_ms\":%.2f,\"by_age_ms\":%.2f,\"waiting_ms\":%.2f}\n",
              Milliseconds([&] { Must(projection.Coverage({kSpace}, "", kNow)); }),
              Milliseconds([&] { Must(projection.CountBy(all, Projection::Group::kArea)); }),
              Milliseconds([&] { Must(projection.CountBy(all, Projection::Group::kAge)); }),
              Milliseconds([&] { Must(projection.CountWaiting({kSpace})); }));
}

}  // namespace
}  // namespace dudao::server

int main(int argc, char** argv) {
  using namespace dudao::server;  // NOLINT: a program about nothing else
  County county(argc > 1 ? argv[1] : "office-bench");
  const int findings = argc > 2 ? std::atoi(argv[2]) : 100'000;
  county.AddPlaces();
  for (int n = 0; n < findings / kFindingsOfVisit; ++n) county.AddVisit(n);
  const auto start = std::chrono::steady_clock::now();
  county.CatchUp();
  std::printf("{\"findings\":%d,\"projected_s\":%.1f}\n", findings,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  Measure(county.projection());
  return 0;
}
