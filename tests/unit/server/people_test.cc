// People over the wire: signing in, passwords, roles, handing over.
#include <filesystem>

#include "dudao/records/v1/office_task.pb.h"
#include "dudao/sync/schema/record_types.h"
#include "reason.h"
#include "server_fixture.h"
#include "tablet.h"

namespace dudao::server {
namespace {

constexpr char kSpace[] = "team-d1-2026";
constexpr char kGood[] = "green tea 7 cups";
constexpr int64_t kHour = 3'600'000;

class PeopleDeskTest : public ServerTest {
 protected:
  grpc::Status SignIn(const std::string& person, const std::string& password,
                      identity::v1::SignInResponse* response) {
    identity::v1::SignInRequest request;
    request.set_person_id(person);
    request.set_password(password);
    grpc::ClientContext context;
    return identity_->SignIn(&context, request, response);
  }
  std::string TrySignIn(const std::string& person, const std::string& password) {
    identity::v1::SignInResponse response;
    return ReasonIn(SignIn(person, password, &response));
  }
  std::string Reset(const std::string& person) {
    admin::v1::ResetPasswordRequest request;
    request.set_person_id(person);
    admin::v1::ResetPasswordResponse response;
    As admin("admin");
    const grpc::Status status = admin_->ResetPassword(&admin, request, &response);
    return status.ok() ? response.password() : ReasonIn(status);
  }
  std::string Change(const std::string& session, const std::string& old_password,
                     const std::string& new_password) {
    identity::v1::ChangePasswordRequest request;
    request.set_old_password(old_password);
    request.set_new_password(new_password);
    identity::v1::ChangePasswordResponse response;
    WithSession who(session);
    return ReasonIn(identity_->ChangePassword(&who, request, &response));
  }
  std::string Self(const std::string& session) {
    identity::v1::GetSelfResponse response;
    WithSession who(session);
    return ReasonIn(identity_->GetSelf(&who, {}, &response));
  }
  std::string ListVisits(const std::string& session) {
    review::v1::ListVisitsResponse response;
    WithSession who(session);
    return ReasonIn(review_->ListVisits(&who, {}, &response));
  }
  // A session with a password of one's own.
  std::string Settled(const std::string& person) {
    const std::string first = Reset(person);
    identity::v1::SignInResponse response;
    EXPECT_TRUE(SignIn(person, first, &response).ok());
    EXPECT_EQ(Change(response.session(), first, kGood), "");
    return response.session();
  }
  static admin::v1::SetPersonRequest Person(const std::string& id, records::v1::PersonRole role,
                                            const std::string& team, bool active = true) {
    admin::v1::SetPersonRequest request;
    request.set_person_id(id);
    request.set_role(role);
    request.set_team_id(team);
    request.set_active(active);
    return request;
  }
  std::string Set(const admin::v1::SetPersonRequest& request, bool* changed = nullptr) {
    admin::v1::SetPersonResponse response;
    As admin("admin");
    const grpc::Status status = admin_->SetPerson(&admin, request, &response);
    if (changed != nullptr) *changed = response.changed();
    return ReasonIn(status);
  }
  admin::v1::PersonRow Row(const std::string& person) {
    admin::v1::ListPeopleRequest request;
    As admin("admin");
    admin::v1::ListPeopleResponse response;
    EXPECT_TRUE(admin_->ListPeople(&admin, request, &response).ok());
    for (const auto& row : response.rows()) {
      if (row.person_id() == person) return row;
    }
    return {};
  }
  std::string HandOver(const std::string& person, const std::string& successor,
                       admin::v1::HandOverPersonResponse* response) {
    admin::v1::HandOverPersonRequest request;
    request.set_person_id(person);
    request.set_successor_id(successor);
    request.set_reason("调离");
    As admin("admin");
    return ReasonIn(admin_->HandOverPerson(&admin, request, response));
  }
};

TEST_F(PeopleDeskTest, SignsInWithAFirstPasswordThatMustBeChanged) {
  EXPECT_EQ(TrySignIn("zhao", ""), "CREDENTIALS_WRONG") << "no password is no key";
  const std::string first = Reset("zhao");
  ASSERT_EQ(first.size(), 14u) << first;
  identity::v1::SignInResponse in;
  ASSERT_TRUE(SignIn("zhao", first, &in).ok());
  EXPECT_TRUE(in.must_change_password());
  EXPECT_EQ(in.expires_ms(), now_ms_ + 7 * 24 * kHour);
  EXPECT_EQ(in.self().role(), records::v1::PERSON_ROLE_REVIEWER);
  EXPECT_EQ(Self(in.session()), "");
  EXPECT_EQ(ListVisits(in.session()), "PASSWORD_CHANGE_NEEDED");
  EXPECT_EQ(Change(in.session(), "wrong", kGood), "CREDENTIALS_WRONG");
  EXPECT_EQ(Change(in.session(), first, first), "PASSWORD_WEAK");
  EXPECT_EQ(Change(in.session(), first, "1234567890"), "PASSWORD_WEAK");
  EXPECT_EQ(Change(in.session(), first, kGood), "");
  EXPECT_EQ(ListVisits(in.session()), "");
  EXPECT_EQ(TrySignIn("zhao", first), "CREDENTIALS_WRONG");
  EXPECT_EQ(Row("zhao").last_sign_in_ms(), now_ms_);
  Restart();
  EXPECT_EQ(ListVisits(in.session()), "") << "a session survives a restart";
  EXPECT_EQ(TrySignIn("zhao", kGood), "");
}

TEST_F(PeopleDeskTest, SessionsEndWithSignOutAPasswordAResetAndTime) {
  const std::string one = Settled("zhao");
  identity::v1::SignInResponse two;
  ASSERT_TRUE(SignIn("zhao", kGood, &two).ok());
  EXPECT_EQ(Change(one, kGood, "black tea 8 cups"), "");
  EXPECT_EQ(Self(two.session()), "SESSION_ENDED") << "the others end";
  EXPECT_EQ(Self(one), "");
  {
    WithSession who(one);
    identity::v1::SignOutResponse response;
    ASSERT_TRUE(identity_->SignOut(&who, {}, &response).ok());
  }
  EXPECT_EQ(Self(one), "SESSION_ENDED");
  ASSERT_TRUE(SignIn("zhao", "black tea 8 cups", &two).ok());
  now_ms_ += 8 * kHour;
  EXPECT_EQ(Self(two.session()), "SESSION_ENDED");
}

TEST_F(PeopleDeskTest, LocksAndTellsNobodyWhoExists) {
  Settled("zhao");
  identity::v1::SignInResponse unused;
  for (const char* person : {"zhao", "ghost"}) {
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(TrySignIn(person, "wrong"), "CREDENTIALS_WRONG") << person;
    const grpc::Status locked = SignIn(person, kGood, &unused);
    EXPECT_EQ(ReasonIn(locked), "ACCOUNT_LOCKED") << person;
    EXPECT_EQ(locked.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  }
  EXPECT_EQ(Row("zhao").locked_until_ms(), now_ms_ + 15 * 60'000);
  Restart();
  EXPECT_EQ(TrySignIn("zhao", kGood), "ACCOUNT_LOCKED");
  EXPECT_NE(Reset("zhao"), "") << "the administrator lifts it";
  EXPECT_EQ(Row("zhao").locked_until_ms(), 0);
  std::string actors;
  const auto accesses = Accesses();
  for (const auto& row : accesses.rows()) {
    if (row.event() == "SIGN_IN_FAILED") actors += row.actor() + " ";
  }
  EXPECT_NE(actors.find("zhao"), std::string::npos);
  EXPECT_EQ(actors.find("ghost"), std::string::npos) << "it might be a password";
}

TEST_F(PeopleDeskTest, GuessingFromOneAddressIsSlow) {
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(TrySignIn("ghost" + std::to_string(i), "x"), "CREDENTIALS_WRONG");
  EXPECT_EQ(TrySignIn("zhao", "x"), "RATE_LIMITED");
  now_ms_ += 60'000;
  EXPECT_EQ(TrySignIn("zhao", "x"), "CREDENTIALS_WRONG");
}

TEST_F(PeopleDeskTest, SetsPeopleInBothPlacesAndOnlyWhereSomethingDiffers) {
  auto request = Person("p21", records::v1::PERSON_ROLE_INSPECTOR, "D1");
  request.set_name("王督三");
  bool changed = false;
  EXPECT_EQ(Set(request, &changed), "");
  EXPECT_TRUE(changed);
  EXPECT_EQ(Row("p21").name(), "王督三");
  EXPECT_EQ(Set(request, &changed), "");
  EXPECT_FALSE(changed);
  request.clear_name();
  EXPECT_EQ(Set(request, &changed), "");
  EXPECT_FALSE(changed) << "an empty name leaves it";
  admin::v1::ListControlRequest list;
  list.set_page_size(500);
  admin::v1::ListControlResponse control;
  As admin("admin");
  ASSERT_TRUE(admin_->ListControl(&admin, list, &control).ok());
  int rules = 0;
  for (const auto& entry : control.entries()) {
    trust::v1::ControlBody body;
    ASSERT_TRUE(body.ParseFromString(entry.body()));
    rules += body.person().person_id() == "p21" ? 1 : 0;
    if (body.person().person_id() == "p21") {
      EXPECT_EQ(entry.actor(), "admin");
    }
  }
  EXPECT_EQ(rules, 1);
}

TEST_F(PeopleDeskTest, RefusesPeopleWhoCannotBe) {
  using namespace records::v1;  // NOLINT: names of roles
  struct Case {
    const char* id;
    PersonRole role;
    const char* team;
  };
  const Case wrong[] = {{"", PERSON_ROLE_ADMIN, ""},
                        {"system", PERSON_ROLE_ADMIN, ""},
                        {"server", PERSON_ROLE_ADMIN, ""},
                        {"p 1", PERSON_ROLE_ADMIN, ""},
                        {"'; DROP TABLE person_secret; --", PERSON_ROLE_ADMIN, ""},
                        {"王", PERSON_ROLE_ADMIN, ""},
                        {"p1", PERSON_ROLE_UNSPECIFIED, ""},
                        {"p1", static_cast<PersonRole>(77), ""},
                        {"p1", PERSON_ROLE_INSPECTOR, ""},
                        {"p1", PERSON_ROLE_INSPECTOR, "no team id"},
                        {"p1", PERSON_ROLE_REVIEWER, "D1"}};
  for (const Case& one : wrong)
    EXPECT_EQ(Set(Person(one.id, one.role, one.team)), "PERSON_INVALID") << one.id << one.team;
  EXPECT_EQ(Set(Person(std::string(65, 'p'), PERSON_ROLE_ADMIN, "")), "PERSON_INVALID");
  EXPECT_EQ(Set(Person("admin", PERSON_ROLE_REVIEWER, "")), "LAST_ADMIN");
  EXPECT_EQ(Set(Person("admin", PERSON_ROLE_ADMIN, "", false)), "LAST_ADMIN");
  admin::v1::HandOverPersonResponse response;
  EXPECT_EQ(HandOver("admin", "", &response), "LAST_ADMIN");
  EXPECT_EQ(Set(Person("boss", PERSON_ROLE_ADMIN, "")), "");
  EXPECT_EQ(Set(Person("admin", PERSON_ROLE_REVIEWER, "")), "");
}

TEST_F(PeopleDeskTest, AChangeOfTeamTakesTheTabletAlong) {
  MakeTeamSpaces();
  const EnrolledDevice there = Enrol("ins3");
  const EnrolledDevice moving = Enrol("ins1");
  EXPECT_EQ(there.tablet_index, 0u);
  EXPECT_EQ(moving.tablet_index, 0u);
  EXPECT_EQ(Set(Person("ins1", records::v1::PERSON_ROLE_INSPECTOR, "D2")), "");
  admin::v1::ListDevicesRequest request;
  request.set_person_id("ins1");
  admin::v1::ListDevicesResponse response;
  As admin("admin");
  ASSERT_TRUE(admin_->ListDevices(&admin, request, &response).ok());
  ASSERT_EQ(response.rows_size(), 1);
  EXPECT_EQ(response.rows(0).rule().tablet_index(), 1u) << "0 is taken in D2";
  EXPECT_EQ(response.rows(0).rule().state(), trust::v1::DEVICE_STATE_ACTIVE);
}

TEST_F(PeopleDeskTest, HandsOverDraftsAndLeavesWhatWasFinished) {
  MakeTeamSpaces();
  const std::string session = Settled("ins1");
  Tablet alice("ins1", kSpace, 1);
  const auto visit = [](const char* temp_no, records::v1::VisitState state, const char* author,
                        const char* inspector) {
    auto out = MakeVisit("D1", "140824103200", "2026-09-21", temp_no, "x");
    out.set_state(state);
    out.set_author_id(author);
    out.add_inspector_ids(inspector);
    return out;
  };
  alice.Save("v1", visit("one", records::v1::VISIT_STATE_DRAFT, "ins1", "ins1"));
  alice.Save("v2", visit("two", records::v1::VISIT_STATE_DRAFT, "ins2", "ins1"));
  alice.Save("v3", visit("three", records::v1::VISIT_STATE_DRAFT, "ins2", "ins2"));
  alice.Save("v4", visit("four", records::v1::VISIT_STATE_SUBMITTED, "ins1", "ins1"));
  alice.Save("v5", visit("five", records::v1::VISIT_STATE_DELETED, "ins1", "ins1"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_TRUE(alice.totals().refused.empty());
  std::string code_reason;
  admin::v1::CreateEnrolmentRequest unused;
  unused.set_person_id("ins1");
  {
    As admin("admin");
    admin::v1::CreateEnrolmentResponse made;
    ASSERT_TRUE(admin_->CreateEnrolment(&admin, unused, &made).ok());
  }

  admin::v1::HandOverPersonResponse done;
  EXPECT_EQ(HandOver("ins1", "ins3", &done), "PERSON_UNKNOWN") << "of another team";
  EXPECT_EQ(HandOver("ghost", "", &done), "PERSON_UNKNOWN");
  ASSERT_EQ(HandOver("ins1", "ins2", &done), "");
  EXPECT_EQ(done.drafts(), 2);
  EXPECT_EQ(done.visits_kept(), 1);
  ASSERT_EQ(done.devices_retired_size(), 1);
  EXPECT_EQ(done.devices_retired(0), alice.device().id);
  EXPECT_FALSE(Row("ins1").active());
  EXPECT_EQ(Self(session), "SESSION_ENDED");
  EXPECT_EQ(TrySignIn("ins1", kGood), "CREDENTIALS_WRONG");

  admin::v1::HandOverPersonResponse again;
  ASSERT_EQ(HandOver("ins1", "ins2", &again), "");
  EXPECT_EQ(again.drafts(), 0) << "no second task";
  EXPECT_EQ(again.devices_retired_size(), 0);

  Tablet bob("ins2", kSpace, 2);
  ASSERT_TRUE(bob.Sync(*sync_).ok());
  std::set<std::string> tasks;
  ASSERT_TRUE(bob.store()
                  .Scan(sync::RecordTypeOf(*records::v1::OfficeTask::descriptor()), "",
                        [&](const sync::StoredRecord& stored) {
                          records::v1::OfficeTask task;
                          EXPECT_TRUE(task.ParseFromString(stored.record.Materialise()));
                          EXPECT_EQ(task.kind(), records::v1::OFFICE_TASK_KIND_HANDED_OVER_DRAFT);
                          EXPECT_EQ(task.team_id(), "D1");
                          EXPECT_EQ(task.reason(), "调离");
                          tasks.insert(task.visit_temp_no());
                          return true;
                        })
                  .ok());
  EXPECT_EQ(tasks, (std::set<std::string>{"one", "two"}));

  // What the retired tablet still holds is taken in, and kept aside.
  alice.Save("v6", MakeVisit("D1", "140824103200", "2026-09-23", "six", "late"));
  ASSERT_TRUE(alice.Sync(*sync_).ok());
  ASSERT_EQ(alice.totals().refused.size(), 1u);
  EXPECT_EQ(alice.totals().refused[0].reason, "PERMISSION_ENDED");
}

TEST_F(PeopleDeskTest, SettingUpMakesOneAdministratorWhoCanBeHelped) {
  const std::string folder = "set-up";
  std::filesystem::remove_all(folder);
  std::filesystem::remove(folder + ".incarnation");
  FirstAdministrator boss{"boss", "系统管理员", ""};
  const auto first = dudao::server::SetUp(folder, boss, now_ms_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->size(), 14u);
  const auto other = dudao::server::SetUp(folder, {"chief", "另一位", kGood}, now_ms_);
  EXPECT_EQ(ReasonOf(other.status()), "ALREADY_SET_UP");
  EXPECT_EQ(ReasonOf(dudao::server::SetUp(folder, {"boss", "", "short"}, now_ms_).status()),
            "PASSWORD_WEAK");
  const auto second = dudao::server::SetUp(folder, {"boss", "", kGood}, now_ms_);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*second, kGood);
  EXPECT_EQ(dudao::server::SetUp(options_.data_dir, boss, now_ms_).status().code(),
            absl::StatusCode::kUnavailable)
      << "a server is using it";
  options_.data_dir = folder;
  Restart();
  EXPECT_EQ(TrySignIn("boss", *first), "CREDENTIALS_WRONG");
  identity::v1::SignInResponse in;
  ASSERT_TRUE(SignIn("boss", kGood, &in).ok());
  EXPECT_FALSE(in.must_change_password());
  EXPECT_EQ(in.self().role(), records::v1::PERSON_ROLE_ADMIN);
  EXPECT_EQ(in.self().name(), "系统管理员");
}

}  // namespace
}  // namespace dudao::server
