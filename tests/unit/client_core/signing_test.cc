// Signatures are bound to the text that was read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dudao/sync/log/chain.h"
#include "visit_day.h"

namespace dudao::client {
namespace {

const std::string kPng = std::string("\x89PNG\r\n\x1a\n", 8) + "a drawing";

class Signing : public VisitDay {
 protected:
  Signing() : made(NewVisit(lead)) {}

  v1::GetSigningTextResponse Text(v1::Signer who = v1::SIGNER_UNIT) {
    v1::GetSigningTextRequest request;
    request.set_form_id(made.form_id());
    request.set_who(who);
    return Must(lead->GetSigningText(request));
  }

  absl::StatusOr<v1::SignVisitResponse> Sign(v1::Signer who, const std::string& image = kPng) {
    v1::SignVisitRequest request;
    request.set_form_id(made.form_id());
    request.set_who(who);
    request.set_name("村干部");
    request.set_role("村支书");
    request.set_image(image);
    request.set_text_sha256(Text(who).sha256());
    return lead->SignVisit(request);
  }

  absl::StatusOr<v1::RefuseSignatureResponse> Refuse(const std::vector<std::string>& witnesses,
                                                     const std::string& reason = "不认可") {
    v1::RefuseSignatureRequest request;
    request.set_form_id(made.form_id());
    request.set_reason(reason);
    for (const std::string& witness : witnesses) request.add_witness_ids(witness);
    return lead->RefuseSignature(request);
  }

  void Type(const v1::FieldEdit& edit) {
    v1::EditFormRequest request;
    request.set_form_id(made.form_id());
    *request.add_edits() = edit;
    Must(lead->EditForm(request));
  }

  void Save() {
    v1::SaveFormRequest request;
    request.set_form_id(made.form_id());
    Must(lead->SaveForm(request));
  }

  v1::GetVisitViewResponse View() {
    v1::GetVisitViewRequest request;
    request.set_form_id(made.form_id());
    return Must(lead->GetVisitView(request));
  }

  // Fields whose signature is said to be outdated.
  std::string Outdated() {
    v1::CheckVisitRequest request;
    *request.mutable_record() = made.record();
    std::string fields;
    const auto checked = Must(lead->CheckVisit(request));
    for (const auto& issue : checked.issues()) {
      if (issue.reason() != "VISIT_SIGNED_TEXT_CHANGED") continue;
      EXPECT_FALSE(issue.blocking());
      fields += issue.path() + " ";
    }
    return fields;
  }

  v1::NewVisitResponse made;
};

TEST_F(Signing, GivesTheTextOfTheFormAndItsHash) {
  Type(SetText("feedback_points", "已当面反馈"));
  const auto text = Text();
  EXPECT_THAT(text.text(), testing::HasSubstr("被督导单位：翟东村（140824103200）"));
  EXPECT_THAT(text.text(), testing::HasSubstr("反馈要点：已当面反馈"));
  EXPECT_EQ(text.sha256(), sync::HashHex(sync::Sha256(text.text())));
  // The record does not have it yet.
  v1::GetSigningTextRequest request;
  *request.mutable_record() = made.record();
  request.set_who(v1::SIGNER_UNIT);
  EXPECT_NE(Must(lead->GetSigningText(request)).sha256(), text.sha256());
  request.clear_who();
  EXPECT_EQ(ReasonOf(lead->GetSigningText(request).status()), kMalformedRequest);
}

TEST_F(Signing, KeepsTheDrawingAndBindsTheSignature) {
  const auto done = Must(Sign(v1::SIGNER_UNIT));
  EXPECT_EQ(done.signature().text_sha256(), Text().sha256());
  EXPECT_EQ(done.signature().image_sha256(), sync::HashHex(sync::Sha256(kPng)));
  EXPECT_EQ(done.signature().signed_at_ms(), kMonday);
  lead.Restart();
  Save();
  records::v1::Visit visit;
  ASSERT_TRUE(visit.ParseFromString(lead.Get(made.record()).message()));
  EXPECT_EQ(visit.unit_signature().SerializeAsString(), done.signature().SerializeAsString());
  EXPECT_FALSE(visit.has_lead_signature());
  v1::GetAttachmentRequest get;
  get.set_sha256(done.signature().image_sha256());
  const auto image = Must(lead->GetAttachment(get));
  EXPECT_EQ(image.data(), kPng);
  EXPECT_EQ(image.media_type(), "image/png");
  const auto transfers = Must(lead->ListTransfers({}));
  ASSERT_EQ(transfers.transfers_size(), 1);
  EXPECT_TRUE(transfers.transfers(0).upload());
}

TEST_F(Signing, IsOutdatedOnceTheTextChanges) {
  Must(Sign(v1::SIGNER_UNIT));
  Must(Sign(v1::SIGNER_LEAD));
  Save();
  EXPECT_EQ(Outdated(), "");
  EXPECT_EQ(View().unit_signature(), v1::SIGNATURE_STATE_VALID);
  Type(SetText("note", "雨"));  // is not signed
  Save();
  EXPECT_EQ(Outdated(), "");
  Type(SetText("feedback_points", "又加一条"));
  EXPECT_EQ(View().unit_signature(), v1::SIGNATURE_STATE_OUTDATED);
  Save();
  EXPECT_EQ(Outdated(), "unit_signature lead_signature ");
  Must(Sign(v1::SIGNER_UNIT));
  Save();
  EXPECT_EQ(Outdated(), "lead_signature ");
}

TEST_F(Signing, IsRefusedWhereTheTextIsNotTheOneThatWasRead) {
  v1::SignVisitRequest request;
  request.set_form_id(made.form_id());
  request.set_who(v1::SIGNER_UNIT);
  request.set_name("村干部");
  request.set_image(kPng);
  request.set_text_sha256(Text().sha256());
  Type(SetText("feedback_points", "趁机改动"));
  EXPECT_EQ(ReasonOf(lead->SignVisit(request).status()), "SIGNING_TEXT_CHANGED");
  EXPECT_EQ(Must(lead->ListTransfers({})).transfers_size(), 0);
  EXPECT_EQ(View().unit_signature(), v1::SIGNATURE_STATE_MISSING);
}

TEST_F(Signing, NeedsANameAndADrawing) {
  EXPECT_EQ(ReasonOf(Sign(v1::SIGNER_UNIT, "no picture").status()), "SIGNATURE_IMAGE_WRONG");
  EXPECT_EQ(ReasonOf(Sign(v1::SIGNER_UNIT, kPng.substr(0, 8)).status()), "SIGNATURE_IMAGE_WRONG");
  EXPECT_EQ(ReasonOf(Sign(v1::SIGNER_UNIT, kPng + std::string(256 << 10, 'x')).status()),
            "SIGNATURE_IMAGE_WRONG");
  v1::SignVisitRequest request;
  request.set_form_id(made.form_id());
  request.set_who(v1::SIGNER_LEAD);
  request.set_image(kPng);
  EXPECT_EQ(ReasonOf(lead->SignVisit(request).status()), "VISIT_FIELD_REQUIRED");
}

TEST_F(Signing, TakesARefusalWithTwoInspectorsAsWitnesses) {
  EXPECT_EQ(ReasonOf(Refuse({"zhang"}).status()), "VISIT_REFUSAL_WITNESSES");
  EXPECT_EQ(ReasonOf(Refuse({"zhang", "zhang"}).status()), "VISIT_REFUSAL_WITNESSES");
  EXPECT_EQ(ReasonOf(Refuse({"zhang", "stranger"}).status()), "VISIT_REFUSAL_WITNESSES");
  EXPECT_EQ(ReasonOf(Refuse({"zhang", "li"}, "").status()), "VISIT_REFUSAL_WITHOUT_REASON");
  Must(Sign(v1::SIGNER_UNIT));
  EXPECT_EQ(Must(Refuse({"zhang", "li"})).refusal().refused_at_ms(), kMonday);
  EXPECT_EQ(View().unit_signature(), v1::SIGNATURE_STATE_REFUSED);
  EXPECT_FALSE(View().visit().has_unit_signature());
  // The contact has thought better of it.
  Must(Sign(v1::SIGNER_UNIT));
  EXPECT_EQ(View().unit_signature(), v1::SIGNATURE_STATE_VALID);
  EXPECT_FALSE(View().visit().has_unit_refusal());
}

TEST_F(Signing, KeepsNoDrawingOnceTheVisitIsSubmitted) {
  Complete(lead, made, kMonday, 7 * kHourMs);
  lead.clock.Advance(8 * kHourMs);
  ASSERT_TRUE(Must(Submit(lead, made.record())).submitted());
  EXPECT_EQ(ReasonOf(Sign(v1::SIGNER_LEAD).status()), "VISIT_FROZEN");
  EXPECT_EQ(Must(lead->ListTransfers({})).transfers_size(), 0);
}

}  // namespace
}  // namespace dudao::client
