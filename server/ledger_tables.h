// The rows of ledgers, as texts under the columns that the field's forms have. Pure.
#pragma once

#include <string>
#include <vector>

#include "dudao/admin/v1/admin.pb.h"
#include "dudao/records/v1/rectification.pb.h"
#include "finding_query.h"
#include "paper_names.h"
#include "workbook.h"

namespace dudao::server {

struct LedgerRow {
  std::string township;            // the sheet, where there is one a township
  std::vector<std::string> cells;  // without 序号
};

struct LedgerTable {
  std::string title;
  std::vector<SheetColumn> columns;  // 序号 first
  std::vector<LedgerRow> rows;
};

// 问题整改台账.
LedgerTable FindingsLedger();
LedgerRow FindingsLedgerRow(const FindingRowData& data, const records::v1::Rectification& own,
                            int64_t now_ms, const PaperNames& names);
// 督导检查台账.
LedgerTable VisitsLedger();
LedgerRow VisitsLedgerRow(const VisitRowData& data, const PaperNames& names);
// 覆盖情况.
LedgerTable CoverageLedger(const std::vector<CoverageRowData>& units, const PaperNames& names);
// 审计日志.
LedgerTable AccessLedger();
LedgerRow AccessLedgerRow(const admin::v1::AccessRow& row, const PaperNames& names);

}  // namespace dudao::server
