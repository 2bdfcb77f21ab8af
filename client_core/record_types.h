// Type numbers of the records that the use cases name, and names of the tablet's settings.
#pragma once

#include <cstdint>

namespace dudao::client {

// dudao.options.v1.RecordType.type_id; frozen.
inline constexpr uint32_t kPlaceType = 1;
inline constexpr uint32_t kPersonType = 2;
inline constexpr uint32_t kTeamType = 3;
inline constexpr uint32_t kFormTemplateType = 4;
inline constexpr uint32_t kHolidayYearType = 6;
inline constexpr uint32_t kVisitType = 10;
inline constexpr uint32_t kOfficeTaskType = 11;
inline constexpr uint32_t kRectificationType = 12;

inline constexpr char kClockOffsetSetting[] = "clock_offset_ms";
// When a whole sync last ended well, and when one last ended; milliseconds since 1970 UTC.
inline constexpr char kSyncSuccessSetting[] = "sync_success_ms";
inline constexpr char kSyncEndSetting[] = "sync_end_ms";

}  // namespace dudao::client
