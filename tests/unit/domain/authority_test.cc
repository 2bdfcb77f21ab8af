#include "dudao/domain/authority.h"

#include <gtest/gtest.h>

namespace dudao::domain {
namespace {

using records::v1::PersonRole;
using trust::v1::ControlBody;
using trust::v1::ControlEntry;

class AuthorityTest : public ::testing::Test {
 protected:
  uint64_t Apply(const ControlBody& body, const std::string& actor = "p30") {
    ControlEntry entry;
    entry.set_position(authority_.position() + 1);
    entry.set_actor(actor);
    entry.set_body(body.SerializeAsString());
    authority_.Apply(entry);
    return authority_.position();
  }
  uint64_t Person(const std::string& id, PersonRole role, const std::string& team,
                  bool active = true) {
    ControlBody body;
    body.mutable_person()->set_person_id(id);
    body.mutable_person()->set_role(role);
    body.mutable_person()->set_team_id(team);
    body.mutable_person()->set_active(active);
    return Apply(body);
  }
  uint64_t Space(const std::string& name, const std::string& team, bool shared) {
    ControlBody body;
    body.mutable_space()->set_space(name);
    body.mutable_space()->set_team_id(team);
    body.mutable_space()->set_shared(shared);
    return Apply(body);
  }
  uint64_t Device(const std::string& id, const std::string& person, trust::v1::DeviceState state,
                  uint32_t key = 1, uint32_t index = 0) {
    ControlBody body;
    body.mutable_device()->set_device_id(id);
    body.mutable_device()->set_person_id(person);
    body.mutable_device()->set_state(state);
    body.mutable_device()->set_key(key);
    body.mutable_device()->set_public_key("key " + std::to_string(key));
    body.mutable_device()->set_tablet_index(index);
    return Apply(body);
  }
  void SetUp() override {
    Space("office", "", true);
    Space("team-d1", "D1", false);
    Space("team-d2", "D2", false);
    Space("common", "", false);
  }

  Authority authority_;
};

TEST_F(AuthorityTest, SaysWhoReadsAndWritesWhere) {
  struct Row {
    PersonRole role;
    const char* team;
    const char* reads;  // of office, team-d1, team-d2, common: one letter each
    const char* writes;
  };
  const Row rows[] = {
      {records::v1::PERSON_ROLE_INSPECTOR, "D1", "o1-c", "-1-c"},
      {records::v1::PERSON_ROLE_LEAD, "D2", "o-2c", "--2c"},
      {records::v1::PERSON_ROLE_REVIEWER, "", "o12c", "o12c"},
      {records::v1::PERSON_ROLE_LEADER, "", "o12c", "----"},
      {records::v1::PERSON_ROLE_REPORTER, "", "----", "----"},
      {records::v1::PERSON_ROLE_ADMIN, "", "o12c", "o12c"},
      {records::v1::PERSON_ROLE_UNSPECIFIED, "D1", "----", "----"},
  };
  const char* spaces[] = {"office", "team-d1", "team-d2", "common"};
  for (const Row& row : rows) {
    trust::v1::PersonRule person;
    person.set_role(row.role);
    person.set_team_id(row.team);
    person.set_active(true);
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(authority_.MayRead(person, spaces[i]), row.reads[i] != '-') << row.role << i;
      EXPECT_EQ(authority_.MayWrite(person, spaces[i]), row.writes[i] != '-') << row.role << i;
    }
    EXPECT_FALSE(authority_.MayRead(person, "unknown"));
    EXPECT_FALSE(authority_.MayWrite(person, "unknown"));
    person.set_active(false);
    EXPECT_FALSE(authority_.MayRead(person, "office"));
    EXPECT_FALSE(authority_.MayWrite(person, "common"));
  }
}

TEST_F(AuthorityTest, TellsWhetherPermissionEndedOrNeverWas) {
  const uint64_t joined = Person("p07", records::v1::PERSON_ROLE_INSPECTOR, "D1");
  EXPECT_EQ(authority_.WriteStanding("p07", "team-d1", joined), Standing::kAllowed);
  EXPECT_EQ(authority_.WriteStanding("p07", "team-d2", joined), Standing::kNever);
  const uint64_t left = Person("p07", records::v1::PERSON_ROLE_INSPECTOR, "D1", false);
  EXPECT_EQ(authority_.WriteStanding("p07", "team-d1", joined), Standing::kEnded);
  EXPECT_EQ(authority_.WriteStanding("p07", "team-d1", left), Standing::kNever);
  EXPECT_EQ(authority_.WriteStanding("p07", "team-d1", joined - 1), Standing::kNever);
  EXPECT_EQ(authority_.WriteStanding("nobody", "team-d1", left), Standing::kNever);
}

TEST_F(AuthorityTest, AMoveToAnotherTeamEndsTheOldSpace) {
  const uint64_t first = Person("p07", records::v1::PERSON_ROLE_INSPECTOR, "D1");
  const uint64_t second = Person("p07", records::v1::PERSON_ROLE_INSPECTOR, "D2");
  EXPECT_EQ(authority_.WriteStanding("p07", "team-d1", first), Standing::kEnded);
  EXPECT_EQ(authority_.WriteStanding("p07", "team-d2", first), Standing::kAllowed);
  EXPECT_EQ(authority_.SpacesOf(*authority_.Person("p07")),
            (std::vector<std::string>{"office", "team-d2"}));
  EXPECT_EQ(authority_.PersonAt("p07", second - 1)->team_id(), "D1");
}

TEST_F(AuthorityTest, KeepsOldKeysOfADeviceForWhatTheySigned) {
  Person("p07", records::v1::PERSON_ROLE_INSPECTOR, "D1");
  Device("dev-1", "p07", trust::v1::DEVICE_STATE_ACTIVE, 1);
  Device("dev-1", "p07", trust::v1::DEVICE_STATE_ACTIVE, 2);
  const uint64_t revoked = Device("dev-1", "p07", trust::v1::DEVICE_STATE_REVOKED, 2);
  EXPECT_EQ(authority_.Device("dev-1")->state(), trust::v1::DEVICE_STATE_REVOKED);
  EXPECT_EQ(authority_.DeviceSince("dev-1"), revoked);
  EXPECT_EQ(authority_.DeviceKey("dev-1", 1)->public_key(), "key 1");
  EXPECT_EQ(authority_.DeviceKey("dev-1", 2)->public_key(), "key 2");
  EXPECT_EQ(authority_.DeviceKey("dev-1", 3), nullptr);
  EXPECT_EQ(authority_.DeviceKey("dev-2", 1), nullptr);
  EXPECT_TRUE(authority_.ActiveDevicesOf("p07").empty());
}

TEST_F(AuthorityTest, GivesTabletIndexesThatAreFreeInTheTeam) {
  Person("p07", records::v1::PERSON_ROLE_INSPECTOR, "D1");
  Person("p12", records::v1::PERSON_ROLE_INSPECTOR, "D2");
  Device("a", "p07", trust::v1::DEVICE_STATE_ACTIVE, 1, 0);
  Device("b", "p07", trust::v1::DEVICE_STATE_ACTIVE, 1, 1);
  EXPECT_EQ(authority_.FreeTabletIndex("D1"), 2u);
  EXPECT_EQ(authority_.FreeTabletIndex("D2"), 0u);
  Device("a", "p07", trust::v1::DEVICE_STATE_REVOKED, 1, 0);
  EXPECT_EQ(authority_.FreeTabletIndex("D1"), 0u);
  for (uint32_t i = 0; i < 26; ++i)
    Device("c" + std::to_string(i), "p12", trust::v1::DEVICE_STATE_ACTIVE, 1, i);
  EXPECT_EQ(authority_.FreeTabletIndex("D2"), std::nullopt);
}

TEST_F(AuthorityTest, RemembersVerdictsAndWhoGaveThem) {
  ControlBody body;
  body.mutable_verdict()->set_space("team-d1");
  body.mutable_verdict()->set_replica("r");
  body.mutable_verdict()->set_seq(7);
  body.mutable_verdict()->set_change_hash("h");
  body.mutable_verdict()->set_released(true);
  Apply(body, "p01");
  const auto* verdict = authority_.VerdictOn("team-d1", "r", 7, "h");
  ASSERT_NE(verdict, nullptr);
  EXPECT_TRUE(verdict->released());
  EXPECT_EQ(authority_.JudgeOf(*verdict), "p01");
  EXPECT_EQ(authority_.VerdictOn("team-d1", "r", 7, "other"), nullptr);
  EXPECT_EQ(authority_.VerdictOn("team-d2", "r", 7, "h"), nullptr);
}

TEST_F(AuthorityTest, CountsRecoveredEntriesAsWhatTheyCarry) {
  ControlBody inner;
  inner.mutable_person()->set_person_id("p07");
  inner.mutable_person()->set_role(records::v1::PERSON_ROLE_LEAD);
  inner.mutable_person()->set_active(true);
  ControlEntry lost;
  lost.set_position(2);
  lost.set_body(inner.SerializeAsString());
  ControlBody body;
  body.mutable_recovered()->set_position(2);
  *body.mutable_recovered()->mutable_entry() = lost;
  const uint64_t at = Apply(body);
  ASSERT_NE(authority_.Person("p07"), nullptr);
  EXPECT_EQ(authority_.Person("p07")->role(), records::v1::PERSON_ROLE_LEAD);
  EXPECT_EQ(authority_.PersonAt("p07", at - 1), nullptr);
}

TEST_F(AuthorityTest, IgnoresWhatMakesNoSense) {
  ControlEntry entry;
  entry.set_position(99);
  entry.set_body("\xff\xff");
  authority_.Apply(entry);
  EXPECT_EQ(authority_.position(), 99u);
  // Recovered within recovered without end.
  ControlBody body;
  for (int i = 0; i < 50; ++i) {
    ControlEntry inner;
    inner.set_body(body.SerializeAsString());
    ControlBody outer;
    *outer.mutable_recovered()->mutable_entry() = inner;
    body = outer;
  }
  Apply(body);
}

}  // namespace
}  // namespace dudao::domain
