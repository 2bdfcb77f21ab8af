// Words for people, from the catalogue of domain/text.h, as the API carries them. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dudao/client/v1/index.pb.h"
#include "dudao/client/v1/work.pb.h"
#include "dudao/domain/deadline.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/crdt/context.h"

namespace dudao::client {

v1::BothLanguages Both(std::string_view code, const std::vector<std::string>& arguments = {});

v1::BothLanguages StateText(records::v1::VisitState state);
v1::BothLanguages StateText(records::v1::RectificationState state);
// One sentence; the reason in the reviewer's words is not in it.
v1::BothLanguages TaskText(const records::v1::OfficeTask& task, std::string_view finding_temp_no);
// "7 天".
v1::BothLanguages LimitText(const domain::DeadlineRule& rule);

v1::Light LightOf(domain::Light light);

// True where the visit shows changes of this tablet that the server is not known to hold.
bool IsUnsent(const sync::VersionVector& known, const v1::VisitNote& note);

}  // namespace dudao::client
