// The office's words for states, levels and lights, as papers and charts have them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "dudao/records/v1/rectification.pb.h"
#include "dudao/review/v1/rectification.pb.h"

namespace dudao::server {

std::string StateWord(records::v1::RectificationState state);
std::string LevelWord(records::v1::FindingLevel level);
std::string LightWord(review::v1::Light light);
std::string LookbackWord(records::v1::LookbackResult result);
// "5个工作日"; empty for none.
std::string LimitWords(const records::v1::TimeLimit& limit);
// Of an event of the access log; the event itself where it has none.
std::string EventWord(std::string_view event);
// What such a row is about: lists by their name, refusals with their reason, the rest as it is.
std::string SubjectWords(std::string_view event, std::string_view subject);

}  // namespace dudao::server
