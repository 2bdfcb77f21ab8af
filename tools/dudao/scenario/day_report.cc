#include "scenario/day_report.h"

namespace dudao::command {

nlohmann::json DayReport::ToJson() const {
  return {{"tablets", tablets},
          {"teams", teams},
          {"places", places},
          {"visits", visits},
          {"findings", findings},
          {"photos", photos},
          {"photo_bytes", photo_bytes},
          {"saves", saves},
          {"submitted", submitted},
          {"supplements", supplements},
          {"conflicts",
           {{"fields", clashes},
            {"values_written", values_written},
            {"readable_on_every_tablet", values_on_tablets},
            {"readable_on_server", values_on_server},
            {"left_after_settling", conflicts_left}}},
          {"sync",
           {{"syncs", syncs},
            {"bytes_up", bytes_up},
            {"bytes_down", bytes_down},
            {"second_sync_sent", second_sync_sent}}},
          {"blobs", {{"expected", blobs_expected}, {"on_server", blobs_on_server}}},
          {"trust",
           {{"delivery_zh", delivery_zh},
            {"delivery_en", delivery_en},
            {"revoked", revoked_person},
            {"late_change", late_change},
            {"late_reason", late_reason},
            {"verified", verified}}},
          {"all_equal", wrong.empty()},
          {"wrong", wrong}};
}

void DayReport::Tell(Console& console) const {
  const auto n = [](uint64_t count) { return std::to_string(count); };
  console.Say(Text::kDayWork, {n(teams), n(tablets), n(visits), n(findings), n(photos),
                               HumanBytes(photo_bytes), n(saves)});
  console.Say(Text::kDaySubmitted, {n(submitted), n(supplements)});
  console.Say(Text::kDayConflicts, {n(clashes), n(values_written), n(values_on_tablets),
                                    n(values_on_server), n(conflicts_left)});
  console.Say(Text::kDaySync,
              {n(syncs), HumanBytes(bytes_up), HumanBytes(bytes_down), n(second_sync_sent)});
  console.Say(Text::kDayBlobs, {n(blobs_on_server), n(blobs_expected)});
  console.Say(Text::kDayDelivery, {delivery_zh, delivery_en});
  console.Say(Text::kDayLate, {late_change, late_reason});
  console.Say(Text::kDayRevoked, {revoked_person});
  const auto walked = [&](const char* name) {
    const auto it = verified.find(name);
    return n(it == verified.end() ? 0 : it->second);
  };
  console.Say(Text::kDayVerified, {walked("changes"), walked("proofs"), walked("receipts"),
                                   walked("control_entries"), walked("blobs")});
  if (wrong.empty()) {
    console.Say(Text::kDayAllEqual, {n(tablets)});
    return;
  }
  console.Say(Text::kDayWrong, {n(wrong.size())});
  for (const std::string& line : wrong) console.Line("  ✗ " + line);
}

}  // namespace dudao::command
