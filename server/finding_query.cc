// What the projection answers about findings.
#include "finding_query.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dudao/review/v1/rectification.pb.h"
#include "dudao/sync/crdt/status_macros.h"
#include "finding_where.h"
#include "projection.h"

namespace dudao::server {
namespace {

constexpr char kColumns[] =
    "SELECT f.space, f.finding_id, f.visit_key, f.visit_no, f.temp_no, f.notice_no, f.team_id, "
    "f.unit_code, coalesce(p.name, ''), coalesce(t.name, ''), f.visit_date, f.check_code, "
    "CASE f.problem WHEN '' THEN f.found_problem ELSE f.problem END, "
    "CASE f.owner WHEN '' THEN f.found_owner ELSE f.owner END, "
    "CASE f.level WHEN 0 THEN f.found_level ELSE f.level END, f.decided, f.due, f.green_ms, "
    "f.yellow_ms, f.wait_ms, f.evidence, f.conflicts + f.own_conflicts, f.sources, f.rework, "
    "f.reopened, f.stale, f.closed_on, f.digest, f.merged_into, f.state, f.asked, f.granted, "
    "f.look_back_team, f.look_back, f.relapse, f.issued_ms, ";
constexpr char kFrom[] =
    " FROM finding f LEFT JOIN place p ON p.code = f.unit_code LEFT JOIN place t ON t.code = "
    "substr(f.unit_code, 1, 9)";

ListOrder OrderOf(const FindingQuery& query) {
  ListOrder order{"f.visit_date", {"f.space", "f.finding_id"}, true, false, query.reversed};
  const auto by = [&order](const char* column, bool number) {
    order.column = column;
    order.downwards = false;
    order.number = number;
  };
  switch (query.order) {
    case FindingQuery::Order::kNewest:
      break;
    case FindingQuery::Order::kDue:
      by(query.reversed ? "CASE f.due_date WHEN '' THEN '' ELSE f.due_sort END" : "f.due_sort",
         false);
      break;
    case FindingQuery::Order::kWaiting:
      by("f.wait_ms", true);
      break;
    case FindingQuery::Order::kNumber:
      // Numbers of notices have no leading zeros: the longer one is the greater one.
      by("CASE f.notice_no WHEN '' THEN '~' || f.temp_no ELSE printf('%04d', "
         "length(f.notice_no)) || f.notice_no END",
         false);
      break;
    case FindingQuery::Order::kUnit:
      by("f.unit_code", false);
      break;
    case FindingQuery::Order::kLevel:
      by("CASE f.level WHEN 0 THEN f.found_level ELSE f.level END", true);
      break;
    case FindingQuery::Order::kState:
      by("f.state", true);
      break;
  }
  return order;
}

// Orders that an index gives; a page reads it and stops.
bool HasIndex(const FindingQuery& query) {
  return query.order == FindingQuery::Order::kNewest ||
         query.order == FindingQuery::Order::kWaiting ||
         (query.order == FindingQuery::Order::kDue && !query.reversed);
}

domain::FindingFacts FactsIn(const sync::Statement& read, const FindingRowData& row) {
  domain::FindingFacts facts;
  facts.state = static_cast<records::v1::RectificationState>(read.Int(29));
  facts.level = static_cast<records::v1::FindingLevel>(row.level);
  facts.has_notice = !row.notice_no.empty();
  facts.extensions_asked = static_cast<int>(read.Int(30));
  facts.extensions_granted = static_cast<int>(read.Int(31));
  facts.changed_since = row.stale;
  facts.look_back_asked = !read.Text(32).empty();
  facts.look_back_waits = read.Int(33) != 0;
  facts.relapse_waits = read.Int(34) != 0;
  return facts;
}

FindingRowData RowOf(const sync::Statement& read) {
  FindingRowData row;
  row.space = read.Text(0);
  row.finding_id = read.Text(1);
  row.visit_key = read.Blob(2);
  row.visit_no = read.Text(3);
  row.temp_no = read.Text(4);
  row.notice_no = read.Text(5);
  row.team_id = read.Text(6);
  row.unit_code = read.Text(7);
  row.unit_name = read.Text(8);
  row.township_name = read.Text(9);
  row.visit_date = read.Text(10);
  row.check_code = read.Text(11);
  row.problem = read.Text(12);
  row.owner_unit = read.Text(13);
  row.level = static_cast<int>(read.Int(14));
  row.decided = read.Int(15) != 0;
  row.due = read.Text(16);
  row.green_until_ms = read.Int(17);
  row.yellow_until_ms = read.Int(18);
  row.waiting_since_ms = read.Int(19);
  row.evidence = static_cast<int>(read.Int(20));
  row.conflicts = static_cast<int>(read.Int(21));
  row.sources = static_cast<int>(read.Int(22));
  row.rework = static_cast<int>(read.Int(23));
  row.reopened = static_cast<int>(read.Int(24));
  row.stale = read.Int(25) != 0;
  row.closed_on = read.Text(26);
  row.digest = read.Text(27);
  row.merged_into = read.Text(28);
  row.facts = FactsIn(read, row);
  row.issued_ms = read.Int(35);
  row.sort = read.Text(36);
  return row;
}

absl::StatusOr<std::vector<FindingRowData>> AllRows(sync::Statement& read) {
  std::vector<FindingRowData> rows;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return rows;
    rows.push_back(RowOf(read));
  }
}

}  // namespace

absl::StatusOr<std::vector<FindingRowData>> Projection::Findings(const FindingQuery& query,
                                                                 const FindingPosition* after,
                                                                 int count) {
  absl::MutexLock lock(&mutex_);
  const ListOrder order = OrderOf(query);
  FindingWhere where(query, HasIndex(query));
  if (after != nullptr) where.After(order, *after);
  DUDAO_ASSIGN(auto read, db_->Prepare(absl::StrCat(kColumns, order.column, kFrom, where.sql(),
                                                    order.By(), " LIMIT ?")));
  read.BindInt(where.Bind(read), count);
  return AllRows(read);
}

absl::StatusOr<int64_t> Projection::CountFindings(const FindingQuery& query) {
  absl::MutexLock lock(&mutex_);
  const FindingWhere where(query);
  DUDAO_ASSIGN(auto read,
               db_->Prepare(absl::StrCat("SELECT count(*) FROM finding f", where.sql())));
  where.Bind(read);
  DUDAO_ASSIGN(const bool found, read.Step());
  return found ? read.Int(0) : 0;
}

absl::StatusOr<std::optional<FindingRowData>> Projection::FindFinding(std::string_view space,
                                                                      std::string_view finding_id) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(
      auto read,
      db_->Prepare(absl::StrCat(
          kColumns, "''", kFrom,
          " WHERE f.space = ? AND f.finding_id = ? ORDER BY f.decided DESC, f.visit_key LIMIT 1")));
  read.BindText(1, space).BindText(2, finding_id);
  DUDAO_ASSIGN(const bool found, read.Step());
  if (!found) return std::nullopt;
  return RowOf(read);
}

absl::StatusOr<bool> Projection::Answers(std::string_view space, std::string_view finding_id,
                                         const std::string& unit) {
  if (unit.empty()) return false;
  absl::MutexLock lock(&mutex_);
  FindingQuery query;
  query.spaces = {std::string(space)};
  query.answered_by = unit;
  const FindingWhere where(query);
  DUDAO_ASSIGN(auto read, db_->Prepare(absl::StrCat("SELECT 1 FROM finding f", where.sql(),
                                                    " AND f.finding_id = ?")));
  read.BindText(where.Bind(read), finding_id);
  return read.Step();
}

absl::StatusOr<std::vector<FindingRowData>> Projection::MergedInto(std::string_view finding_id) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read,
               db_->Prepare(absl::StrCat(kColumns, "''", kFrom,
                                         " WHERE f.merged_into = ? AND f.state = 3 ORDER BY "
                                         "f.visit_date, f.space, f.finding_id LIMIT 100")));
  read.BindText(1, finding_id);
  return AllRows(read);
}

absl::StatusOr<std::vector<FindingRowData>> Projection::FindingsOfUnit(
    const std::vector<std::string>& spaces, std::string_view unit_code, int count) {
  absl::MutexLock lock(&mutex_);
  FindingQuery query;
  query.spaces = spaces;
  const FindingWhere where(query);
  DUDAO_ASSIGN(auto read, db_->Prepare(absl::StrCat(
                              kColumns, "''", kFrom, where.sql(),
                              " AND f.unit_code = ? ORDER BY f.visit_date DESC LIMIT ?")));
  const int next = where.Bind(read);
  read.BindText(next, unit_code).BindInt(next + 1, count);
  return AllRows(read);
}

absl::StatusOr<std::vector<LookBackRow>> Projection::LookBacksOf(
    const std::vector<std::string>& spaces, std::string_view finding_id) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read,
               db_->Prepare("SELECT space, key, visit_no, checker_id, result, date, submitted FROM "
                            "look_back WHERE finding_id = ? AND space IN (SELECT value FROM "
                            "json_each(?)) ORDER BY date DESC, space, key LIMIT 100"));
  read.BindText(1, finding_id).BindText(2, SpaceList(spaces));
  std::vector<LookBackRow> rows;
  while (true) {
    DUDAO_ASSIGN(const bool more, read.Step());
    if (!more) return rows;
    LookBackRow& row = rows.emplace_back();
    row.space = read.Text(0);
    row.visit_key = read.Blob(1);
    row.visit_no = read.Text(2);
    row.checker_id = read.Text(3);
    row.result = static_cast<int>(read.Int(4));
    row.date = read.Text(5);
    row.submitted = read.Int(6) != 0;
  }
}

absl::StatusOr<int> Projection::LastNotice(int year) {
  absl::MutexLock lock(&mutex_);
  DUDAO_ASSIGN(auto read,
               db_->Prepare("SELECT coalesce(max(number), 0) FROM notice WHERE year = ?"));
  read.BindInt(1, year);
  DUDAO_ASSIGN(const bool found, read.Step());
  return found ? static_cast<int>(read.Int(0)) : 0;
}

domain::WorkingCalendar Projection::Calendar() {
  absl::MutexLock lock(&mutex_);
  return calendar_;
}

}  // namespace dudao::server
