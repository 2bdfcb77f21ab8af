// 整改通知书 and 督导检查记录 as documents. Pure: from messages and names to bytes.
//
// No red head, no seal: whoever issues the paper adds them. Telephones are masked. Errors are those
// of the zip writer.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "paper_names.h"

namespace dudao::server {

// REQUIRES: the notice has a number.
absl::StatusOr<std::string> NoticePaper(const records::v1::Rectification& own,
                                        const records::v1::Visit& visit, const PaperNames& names);
absl::StatusOr<std::string> VisitPaper(const records::v1::Visit& visit, const PaperNames& names);

}  // namespace dudao::server
