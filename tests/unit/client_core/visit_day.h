// A day in 翟东村: two tablets of team D2 that hold the office's places, people and form.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "dudao/client/reason.h"
#include "dudao/domain/default_form.h"
#include "dudao/records/v1/visit.pb.h"
#include "world.h"

namespace dudao::client {

inline constexpr char kVillage[] = "140824103200";
inline constexpr int64_t kHourMs = 3'600'000;

inline std::string SourceFile(const std::string& name) {
  const char* source = std::getenv("DUDAO_SOURCE_DIR");
  std::ifstream file(std::string(source == nullptr ? "." : source) + "/" + name);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// A tablet that holds the office's places, people, team and form.
class VisitDay : public testing::Test {
 public:
  // What the office's space holds.
  static void Prepare(Tablet& tablet);

 protected:
  VisitDay() {
    for (Tablet* tablet : {&lead, &inspector}) Prepare(*tablet);
  }

  static void Create(Tablet& tablet, uint32_t type, const std::string& key,
                     const google::protobuf::Message& message) {
    v1::CreateRecordRequest create;
    *create.mutable_record() = Record(type, key, kOffice);
    create.set_message(message.SerializeAsString());
    Must(tablet->CreateRecord(create));
  }

  v1::NewVisitResponse NewVisit(Tablet& tablet, const std::string& date = "") {
    v1::NewVisitRequest request;
    request.set_space(kSpace);
    request.set_office_space(kOffice);
    request.set_team_id("D2");
    request.set_unit_code(kVillage);
    request.add_inspector_ids("zhang");
    request.add_inspector_ids("li");
    request.set_visit_date(date);
    return Must(tablet->NewVisit(request));
  }

  // Fills what the form demands.
  static void Complete(Tablet& tablet, const v1::NewVisitResponse& made, int64_t arrived_ms,
                       int64_t hours_ms) {
    v1::EditRequest edit;
    *edit.mutable_record() = made.record();
    *edit.add_edits() = SetInteger("arrived_at_ms", arrived_ms);
    *edit.add_edits() = SetInteger("left_at_ms", arrived_ms + hours_ms);
    *edit.add_edits() = SetInteger("mode", records::v1::VISIT_MODE_DIRECT);
    *edit.add_edits() = AddText("areas", "grid");
    for (const auto& item : made.visit().check_items()) {
      *edit.add_edits() =
          SetInteger("check_items[" + item.code() + "].result", records::v1::CHECK_RESULT_YES);
    }
    v1::FieldEdit signature;
    records::v1::Signature signed_by;
    signed_by.set_signer_name("张督一");
    signed_by.set_image_sha256(std::string(64, 'a'));
    signed_by.set_text_sha256(std::string(64, 'b'));
    signed_by.set_signed_at_ms(arrived_ms + hours_ms);
    for (const char* path : {"unit_signature", "lead_signature"}) {
      signature.set_path(path);
      signature.mutable_set()->set_message(signed_by.SerializeAsString());
      *edit.add_edits() = signature;
    }
    Must(tablet->Edit(edit));
  }

  static absl::StatusOr<v1::SubmitVisitResponse> Submit(Tablet& tablet,
                                                        const v1::RecordRef& record) {
    v1::SubmitVisitRequest request;
    *request.mutable_record() = record;
    request.set_office_space(kOffice);
    return tablet->SubmitVisit(request);
  }

  // What still blocks, by reason and path.
  static std::string Blocking(Tablet& tablet, const v1::RecordRef& record) {
    v1::CheckVisitRequest request;
    *request.mutable_record() = record;
    request.set_office_space(kOffice);
    std::string blocking;
    const auto checked = Must(tablet->CheckVisit(request));
    for (const auto& issue : checked.issues()) {
      if (issue.blocking()) blocking += issue.reason() + " " + issue.path() + "; ";
    }
    return blocking;
  }

  Tablet lead{"zhang"};
  Tablet inspector{"li"};
};

inline void VisitDay::Prepare(Tablet& tablet) {
  Create(tablet, 4, "default/1",
         Must(domain::ParseForm(SourceFile("data/form-default.textproto"))));
  records::v1::Place place;
  place.set_code(kVillage);
  place.set_name("翟东村委会");
  place.set_display_name("翟东村");
  place.set_level(records::v1::PLACE_LEVEL_VILLAGE);
  place.set_pinyin_initials("zdc");
  place.set_pinyin_full("zhaidongcun");
  place.set_unit_type(records::v1::UNIT_TYPE_VILLAGE);
  Create(tablet, 1, kVillage, place);
  records::v1::Person person;
  person.set_person_id("zhang");
  person.set_name("张督一");
  person.set_team_id("D2");
  person.set_role(records::v1::PERSON_ROLE_LEAD);
  Create(tablet, 2, "zhang", person);
  records::v1::Team team;
  team.set_team_id("D2");
  team.set_name("第二督导组");
  Create(tablet, 3, "D2", team);
}

}  // namespace dudao::client
