// The reasons of the server's own errors, with their texts in Chinese and English.
//
// Reasons are UPPER_SNAKE_CASE, never change their meaning, and travel in
// google.rpc.ErrorInfo.reason. Those of the domain rules (dudao/domain/text.h) and of the sync
// rooms pass through unchanged. Pure functions over constant data.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace dudao::server {

struct ReasonText {
  std::string_view reason;
  std::string_view zh;
  std::string_view en;
};

// All of the server's own, ordered by reason.
const std::vector<ReasonText>& Reasons();

// A status with this reason. `detail` is English, for the log and for developers; it holds no
// content of records.
absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view detail = {});

// The status with a value for google.rpc.ErrorInfo.metadata.
absl::Status WithMetadata(absl::Status status, std::string_view key, std::string_view value);
// All of them.
std::map<std::string, std::string> MetadataOf(const absl::Status& status);
// The reason of a status of any room; one that follows from the code where the room gave none.
std::string ReasonOf(const absl::Status& status);

// The text of a status for people.
std::string ChineseOf(const absl::Status& status);
std::string EnglishOf(const absl::Status& status);

// The texts of a reason why a change is kept aside (dudao/sync/log/quarantine_reason.h).
ReasonText QuarantineText(std::string_view reason);

}  // namespace dudao::server
