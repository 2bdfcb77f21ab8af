#include "scenario/crew.h"

#include <utility>

#include "dudao/sync/log/chain.h"
#include "field_edit.h"
#include "scenario/photo.h"
#include "tablet_commands.h"

namespace dudao::command {
namespace {

constexpr const char* kVillageChecks[] = {"A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4", "B6",
                                          "B7", "C1", "C3", "C4", "C6", "D1", "D3", "F1"};
constexpr const char* kProblems[] = {
    "公示牌网格数与台账不一致，缺两个网格", "村集体资金支出缺少附件和经手人签字",
    "网格员巡查记录连续两周空白",           "便民服务中心楼梯扶手松动，存在安全隐患",
    "“一村一策”台账与实际经营项目不符",     "党员学习记录缺少九月份内容",
    "重点人群底数不清，未及时更新",         "村干部报酬核算未公示",
};
constexpr const char* kDetails[] = {"现场抽查三份记录，两份无日期。", "与村干部核对后确认。",
                                    "走访群众反映属实。"};
constexpr const char* kLevels[] = {"立行立改", "一般", "较重", "长期"};
constexpr const char* kConcerns[] = {"希望尽快修好村口的路灯", "对村务公开比较满意",
                                     "反映垃圾清运不及时", "没有意见"};
constexpr int kThumbnailWidth = 160;
constexpr const char* kModes[] = {"明察", "四不两直", "专项", "回头看"};

// No coordinates of villages are published: these are made up, near their township's, and the same
// in each run.
struct Position {
  double longitude, latitude;
};
Position MadeUpPosition(const std::string& code) {
  const auto spread = [](std::string_view text, double width) {
    const sync::Hash hash = sync::Sha256(text);
    const auto part = [&](size_t at) { return (hash[at] / 255.0 - 0.5) * width; };
    return Position{part(0), part(1)};
  };
  const Position township = spread(code.substr(0, 9), 0.16);
  const Position village = spread(code, 0.06);
  return {110.98 + township.longitude + village.longitude,
          35.60 + township.latitude * 1.5 + village.latitude};
}

}  // namespace

absl::Status FieldWork::Save(const std::string& key, const std::vector<std::string>& edits) {
  auto form = VisitForm::Open(tablet_, key);
  if (!form.ok()) return form.status();
  if (const absl::Status typed = form->Type(edits); !typed.ok()) return typed;
  ++log_.saves;
  return form->Save().status();
}

absl::StatusOr<std::string> FieldWork::Visit(const records::v1::Place& place,
                                             const std::string& colleague) {
  const auto made = NewVisit(tablet_, place.code(), {colleague}, "");
  if (!made.ok()) return made.status();
  const std::string key = made->record().key();
  ++log_.visits;
  auto form = VisitForm::Open(tablet_, key);
  if (!form.ok()) return form.status();
  for (const auto step : {&FieldWork::FillMethod, &FieldWork::FillChecks}) {
    if (step == &FieldWork::FillMethod) {
      if (const absl::Status filled = FillHeader(*form, place); !filled.ok()) return filled;
    }
    if (const absl::Status filled = (this->*step)(*form); !filled.ok()) return filled;
    Pass(Roll(5, 15));
  }
  const auto findings = form->OpenFindings();
  if (!findings.ok()) return findings.status();
  if (const absl::Status described = DescribeFindings(*form, *findings); !described.ok())
    return described;
  if (const auto saved = form->Save(); !saved.ok()) return saved.status();
  ++log_.saves;
  log_.findings += findings->size();
  for (const std::string& finding : *findings) {
    for (int photos = Roll(0, 2); photos > 0; --photos) {
      if (const absl::Status added = AddPhoto(key, finding); !added.ok()) return added;
    }
  }
  return key;
}

absl::Status FieldWork::FillHeader(VisitForm& form, const records::v1::Place& place) {
  records::v1::GeoFix fix;
  const Position position = MadeUpPosition(place.code());
  fix.set_longitude(position.longitude);
  fix.set_latitude(position.latitude);
  fix.set_accuracy_m(Roll(3, 20));
  fix.set_crs(records::v1::COORDINATE_SYSTEM_WGS84);
  fix.set_source(records::v1::FIX_SOURCE_SATELLITE);
  fix.set_fixed_at_ms(clock_.WallMs());
  if (const absl::Status set = form.Type(std::vector{SetMessage("fix", fix)}); !set.ok())
    return set;
  return form.Type(std::vector<std::string>{
      std::string("mode=") + kModes[Roll(0, 3)], "arrived_at_ms=" + std::to_string(clock_.WallMs()),
      "areas+=grid", "areas+=economy", "contact_role=村党组织书记",
      "note=" + place.display_name() + "，晴，路况良好"});
}

absl::Status FieldWork::FillMethod(VisitForm& form) {
  std::vector<std::string> edits = {
      "docs_checked[d1].name=三会一课记录", "docs_checked[d1].period=2026年7—9月",
      "docs_checked[d1].complete=是", "sites_seen[s1].place=村委会公示栏",
      "sites_seen[s1].situation=公示内容为八月份"};
  for (int i = 1; i <= 3; ++i) {
    const std::string at = "interviews[i" + std::to_string(i) + "].";
    edits.push_back(at + "category=普通村民");
    edits.push_back(at + "satisfaction=" + std::to_string(Roll(3, 5)));
    edits.push_back(at + "concern=" + kConcerns[Roll(0, 3)]);
  }
  return form.Type(edits);
}

absl::Status FieldWork::FillChecks(VisitForm& form) {
  std::vector<std::string> edits = {
      "check_extras[B5.count].number=" + std::to_string(Roll(0, 4)),
      "check_extras[C2.income_prev].number=" + std::to_string(Roll(50000, 900000) * 100),
      "check_extras[C2.income_ytd].number=" + std::to_string(Roll(20000, 500000) * 100)};
  int problems = Roll(2, 4);
  for (const char* code : kVillageChecks) {
    const bool problem = problems > 0 && Roll(0, 3) == 0;
    if (problem) --problems;
    const std::string result = problem ? (Roll(0, 1) == 0 ? "否" : "部分") : "是";
    edits.push_back(std::string("check_items[") + code + "].result=" + result);
  }
  if (problems > 0)
    edits.push_back("check_items[B3].result=否");  // every visit has something to look after
  return form.Type(edits);
}

absl::Status FieldWork::DescribeFindings(VisitForm& form, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const std::string at = "findings[" + id + "].";
    const absl::Status typed = form.Type(std::vector<std::string>{
        at + "problem=" + kProblems[Roll(0, 7)], at + "detail=" + kDetails[Roll(0, 2)],
        at + "level=" + kLevels[Roll(0, 3)], at + "advice=限期补正并报督导组",
        at + "category=基层治理"});
    if (!typed.ok()) return typed;
    Pass(Roll(3, 10));
  }
  return absl::OkStatus();
}

absl::Status FieldWork::AddPhoto(const std::string& key, const std::string& finding) {
  const uint64_t seed = dice_();
  client::v1::AddAttachmentRequest request;
  *request.mutable_record() = tablet_.VisitRef(key);
  request.set_data(SamplePhoto(seed, Roll(5, 8) * 100));
  request.set_thumbnail(SamplePhoto(seed, kThumbnailWidth));
  request.mutable_evidence()->set_kind(records::v1::EVIDENCE_KIND_PHOTO);
  request.mutable_evidence()->set_media_type("image/png");
  request.mutable_evidence()->set_caption("现场照片");
  request.set_finding_id(finding);
  const auto added = tablet_.core().AddAttachment(request);
  if (!added.ok()) return added.status();
  ++log_.photos;
  log_.photo_bytes += request.data().size();
  log_.hashes.emplace(tablet_.profile().team_space, added->sha256());
  log_.hashes.emplace(tablet_.profile().team_space, added->thumbnail_sha256());
  return absl::OkStatus();
}

// As the app does: what is signed is the text that the tablet shows, and no other.
absl::Status FieldWork::Sign(const VisitForm& form, client::v1::Signer who,
                             const std::string& name) {
  client::v1::GetSigningTextRequest read;
  read.set_form_id(form.id());
  read.set_who(who);
  read.set_office_space(tablet_.profile().office_space);
  const auto text = tablet_.core().GetSigningText(read);
  if (!text.ok()) return text.status();
  client::v1::SignVisitRequest sign;
  sign.set_form_id(form.id());
  sign.set_who(who);
  sign.set_name(name);
  sign.set_image(SampleSignature(dice_()));
  sign.set_text_sha256(text->sha256());
  sign.set_office_space(tablet_.profile().office_space);
  const auto done = tablet_.core().SignVisit(sign);
  if (!done.ok()) return done.status();
  log_.hashes.emplace(tablet_.profile().team_space, done->signature().image_sha256());
  return absl::OkStatus();
}

absl::Status FieldWork::Finish(const std::string& key, bool refused, const std::string& witness) {
  auto form = VisitForm::Open(tablet_, key);
  if (!form.ok()) return form.status();
  const absl::Status left = form->Type(std::vector<std::string>{
      "left_at_ms=" + std::to_string(clock_.WallMs()), "feedback_points=当场反馈问题，提出整改建议",
      "feedback_at_ms=" + std::to_string(clock_.WallMs()),
      "objection=" + std::string(refused ? "是" : "否"),
      "unit_opinion=" + std::string(refused ? "对等级有异议" : "无异议，按期整改")});
  if (!left.ok()) return left;
  if (refused) {
    records::v1::SignatureRefusal refusal;
    refusal.set_reason("对问题等级有异议，不愿签字");
    refusal.add_witness_ids(tablet_.profile().person_id);
    refusal.add_witness_ids(witness);
    refusal.set_refused_at_ms(clock_.WallMs());
    const absl::Status typed = form->Type({SetMessage("unit_refusal", refusal)});
    if (!typed.ok()) return typed;
  } else if (const absl::Status unit = Sign(*form, client::v1::SIGNER_UNIT, "村党组织书记");
             !unit.ok()) {
    return unit;
  }
  const absl::Status lead = Sign(*form, client::v1::SIGNER_LEAD, tablet_.profile().person_id);
  if (!lead.ok()) return lead;
  ++log_.saves;
  return form->Save().status();
}

}  // namespace dudao::command
