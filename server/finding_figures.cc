// Figures over findings, visits and places: charts and coverage.
#include "absl/strings/str_cat.h"
#include "dudao/sync/crdt/status_macros.h"
#include "finding_where.h"
#include "projection.h"

namespace dudao::server {
namespace {

constexpr int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr int64_t kCountyAheadMs = 8LL * 60 * 60 * 1000;  // of UTC

// What bars are made of.
const char* KeyOf(Projection::Group group) {
  switch (group) {
    case Projection::Group::kArea:
      return "rtrim(f.check_code, '0123456789')";
    case Projection::Group::kLevel:
      return "CASE f.level WHEN 0 THEN f.found_level ELSE f.level END";
    case Projection::Group::kTownship:
      return "substr(f.unit_code, 1, 9)";
    case Projection::Group::kState:
      return "f.state";
    case Projection::Group::kMonth:
      return "substr(f.visit_date, 1, 7)";
    default:
      return "";
  }
}

// Age of the visit day. ?2: days since 1970 in the county.
#define DUDAO_AGE "(?2 - CAST(julianday(f.visit_date) - 2440587.5 AS INTEGER))"
constexpr char kAge[] =
    "CASE WHEN " DUDAO_AGE " <= 3 THEN '0-3' WHEN " DUDAO_AGE " <= 7 THEN '4-7' WHEN " DUDAO_AGE
    " <= 30 THEN '8-30' WHEN " DUDAO_AGE " <= 90 THEN '31-90' ELSE '91-' END";
#undef DUDAO_AGE

}  // namespace

absl::StatusOr<std::vector<FindingCount>> Projection::CountBy(const FindingQuery& query,
                                                              Group group) {
  absl::MutexLock lock(&mutex_);
  const FindingWhere where(query);
  DUDAO_ASSIGN(
      auto read,
      db_->Prepare(absl::StrCat(
          "SELECT ", group == Group::kAge ? kAge : KeyOf(group),
          ", count(*), sum(f.part = 2), sum(f.part = 2 AND f.yellow_ms > 0 AND f.yellow_ms < ?1 "
          "AND f.state IN (5, 6, 7, 8, 9, 12)), ?2 FROM finding f",
          where.sql(), " GROUP BY 1 ORDER BY 1")));
  read.BindInt(1, query.now_ms).BindInt(2, (query.now_ms + kCountyAheadMs) / kDayMs);
  where.Bind(read, 3);
  std::vector<FindingCount> counts;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return counts;
    counts.push_back({std::string(read.Text(0)), read.Int(1), read.Int(2), read.Int(3)});
  }
}

absl::StatusOr<std::vector<CoverageRowData>> Projection::Coverage(
    const std::vector<std::string>& spaces, std::string_view unit_prefix, int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(
      auto read,
      db_->Prepare(
          "WITH seen AS (SELECT unit_code, max(visit_date) AS last, count(*) AS visits, "
          "sum(longitude_e7 <> 0 OR latitude_e7 <> 0) AS fixes, sum(longitude_e7) AS lon, "
          "sum(latitude_e7) AS lat FROM visit WHERE space IN (SELECT value FROM json_each(?1)) AND "
          "state IN (2, 3, 5) AND leader_id = '' GROUP BY unit_code), "
          "led AS (SELECT unit_code, max(visit_date) AS last FROM visit WHERE leader_id <> '' AND "
          "state IN (2, 3, 5) AND space IN (SELECT value FROM json_each(?1)) GROUP BY unit_code), "
          "due AS (SELECT unit_code, count(*) AS open, sum(yellow_ms > 0 AND yellow_ms < ?3 AND "
          "state IN (5, 6, 7, 8, 9, 12)) AS overdue FROM finding WHERE part = 2 AND space IN "
          "(SELECT value FROM json_each(?1)) GROUP BY unit_code) "
          "SELECT p.code, p.name, CASE p.level WHEN 3 THEN p.parent ELSE p.code END, "
          "coalesce(t.name, p.name), p.unit_type, p.weak, p.thin, p.plannable, coalesce(s.last, "
          "''), coalesce((SELECT v.team_id FROM visit v WHERE v.unit_code = p.code AND "
          "v.visit_date = s.last AND v.leader_id = '' AND v.state IN (2, 3, 5) AND v.space IN "
          "(SELECT value FROM "
          "json_each(?1)) ORDER BY v.space, v.key LIMIT 1), ''), coalesce(s.visits, 0), "
          "coalesce(d.open, 0), coalesce(d.overdue, 0), coalesce(s.fixes, 0), coalesce(s.lon, 0), "
          "coalesce(s.lat, 0), coalesce(l.last, '') FROM place p LEFT JOIN place t ON p.level = 3 "
          "AND t.code = p.parent "
          "LEFT JOIN seen s ON s.unit_code = p.code LEFT JOIN led l ON l.unit_code = p.code LEFT "
          "JOIN due d ON d.unit_code = p.code WHERE "
          "p.level IN (2, 3) AND substr(p.code, 1, length(?2)) = ?2 ORDER BY p.plannable DESC, "
          "coalesce(s.last, ''), p.weak + p.thin = 0, p.code"));
  read.BindText(1, SpaceList(spaces)).BindText(2, unit_prefix).BindInt(3, now_ms);
  std::vector<CoverageRowData> rows;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return rows;
    CoverageRowData& row = rows.emplace_back();
    row.code = read.Text(0);
    row.name = read.Text(1);
    row.township_code = read.Text(2);
    row.township_name = read.Text(3);
    row.unit_type = static_cast<int>(read.Int(4));
    row.weak = read.Int(5) != 0;
    row.thin = read.Int(6) != 0;
    row.plannable = read.Int(7) != 0;
    row.last_visit = read.Text(8);
    row.last_team = read.Text(9);
    row.visits = static_cast<int>(read.Int(10));
    row.open = static_cast<int>(read.Int(11));
    row.overdue = static_cast<int>(read.Int(12));
    row.fixes = static_cast<int>(read.Int(13));
    row.last_leader_visit = read.Text(16);
    if (row.fixes > 0) {
      row.longitude = static_cast<double>(read.Int(14)) / row.fixes / 1e7;
      row.latitude = static_cast<double>(read.Int(15)) / row.fixes / 1e7;
    }
  }
}

absl::StatusOr<VisitFigures> Projection::CountVisited(const std::vector<std::string>& spaces,
                                                      std::string_view from_date,
                                                      std::string_view to_date) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read,
               db_->Prepare("SELECT count(*) FILTER (WHERE leader_id = ''), count(DISTINCT "
                            "unit_code) FILTER (WHERE leader_id = ''), (SELECT count(*) FROM "
                            "place WHERE level IN (2, 3) AND plannable), count(DISTINCT leader_id) "
                            "FILTER (WHERE leader_id <> '') FROM visit WHERE state IN "
                            "(2, 3, 5) AND space IN (SELECT value FROM json_each(?1)) AND (?2 = '' "
                            "OR visit_date >= ?2) AND (?3 = '' OR visit_date <= ?3)"));
  read.BindText(1, SpaceList(spaces)).BindText(2, from_date).BindText(3, to_date);
  DUDAO_ASSIGN(const bool found, read.Step());
  return found ? VisitFigures{read.Int(0), read.Int(1), read.Int(2), read.Int(3)} : VisitFigures{};
}

absl::StatusOr<WaitingCounts> Projection::CountWaiting(const std::vector<std::string>& spaces) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read,
               db_->Prepare("SELECT (SELECT count(*) FROM visit WHERE state = 2 AND space IN "
                            "(SELECT value FROM json_each(?1))), (SELECT count(*) FROM visit WHERE "
                            "conflicts > 0 AND space IN (SELECT value FROM json_each(?1)))"));
  read.BindText(1, SpaceList(spaces));
  DUDAO_ASSIGN(const bool found, read.Step());
  return found ? WaitingCounts{read.Int(0), read.Int(1)} : WaitingCounts{};
}

absl::StatusOr<std::map<std::string, std::string>> Projection::PlaceNames() {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read, db_->Prepare("SELECT code, name FROM place"));
  std::map<std::string, std::string> names;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return names;
    names[std::string(read.Text(0))] = std::string(read.Text(1));
  }
}

}  // namespace dudao::server
