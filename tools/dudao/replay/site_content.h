// The content of the replay's visits as people would read it, in one canonical shape for tablet and
// server; and how it is judged.
//
// Works on dudao.bench.v1.SiteVisit messages as the product's interfaces hand them out. Pure.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "dudao/bench/v1/site_visit.pb.h"
#include "replay/workload.h"

namespace dudao::command {

// One visit: {"f": {...}, "chk": {"c01.result": ...}, "find": {"<id>.severity": ...}, "insp":
// [...], "photos": n, "notes": "..."}.
nlohmann::json SiteContent(const bench::v1::SiteVisit& visit);

// All visits by id.
using SiteContents = std::map<std::string, nlohmann::json>;

// Hash over ids and contents in order of id.
std::string HashContents(const SiteContents& contents);

// Equal as values: numbers by value whatever their type.
bool SameValue(const nlohmann::json& a, const nlohmann::json& b);

// The `verify` object of a replay: counts of what differs from the workload's expectations.
nlohmann::json VerifyContents(const SiteContents& contents, const Workload& workload);

// The value shown for a conflict's field ("f.summary"); null where there is none.
nlohmann::json ShownValue(const SiteContents& contents, const ExpectedConflict& conflict);

}  // namespace dudao::command
