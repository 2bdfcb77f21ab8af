// The projection: rebuilt from nothing it equals the one that kept up.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "backend.h"
#include "dudao/server/names.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/schema/record_types.h"
#include "tablet.h"

namespace dudao::server {
namespace {

class ProjectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(name);
    std::filesystem::remove(name + ".incarnation");
    std::filesystem::create_directories(name);
    options_.data_dir = name;
    options_.log_file = "none";
    options_.password_cost_log2 = 10;
    options_.wall_ms = [] { return int64_t{1790000000000}; };
    Open();
    for (const char* team : {"a", "b"}) {
      trust::v1::SpaceRule rule;
      rule.set_space(std::string("space-") + team);
      rule.set_team_id("D1");
      ASSERT_TRUE(backend_->spaces().Create(rule, "system", options_.wall_ms()).ok());
    }
  }
  void Open() {
    backend_.reset();
    auto backend = Backend::Open(options_);
    ASSERT_TRUE(backend.ok()) << backend.status();
    backend_ = *std::move(backend);
  }
  // Commits in a space and lets the projection keep up.
  void Save(const std::string& space_name, const std::vector<sync::Operation>& ops,
            int64_t wall_ms) {
    Space* space = *backend_->spaces().Get(space_name);
    absl::MutexLock lock(&space->mutex());
    sync::LocalEdit edit;
    edit.author = "ins1";
    edit.wall_ms = wall_ms;
    edit.ops = ops;
    ASSERT_TRUE(space->store().Commit(edit).ok());
    ASSERT_TRUE(backend_->projection().CatchUp(space_name, space->store()).ok());
  }
  std::string Dump() { return *backend_->projection().Dump(); }

  Options options_;
  std::unique_ptr<Backend> backend_;
};

TEST_F(ProjectionTest, RebuiltEqualsTheOneThatKeptUp) {
  const uint32_t seed = 20260921;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const uint32_t type = sync::RecordTypeOf(*records::v1::Visit::descriptor());
  const char* problems[] = {"台账不一致", "超时限事项两件", "公示牌褪色", "no text",
                            "\xE7\xBF\x9F"};
  for (int i = 0; i < 150; ++i) {
    const std::string key = "v" + std::to_string(random() % 25);
    const sync::RecordId id{type, key};
    const std::string space = random() % 2 ? "space-a" : "space-b";
    if (random() % 10 == 0) {
      Save(space, {{id, sync::Path(), sync::MergeKind::kKeyed, sync::Value::Absent()}},
           1789000000000 + i);
      continue;
    }
    const auto visit =
        MakeVisit("D1", "140824103200", "2026-09-" + std::to_string(10 + random() % 20),
                  "D1-" + key, problems[random() % 5]);
    Save(space, *sync::MessageToOps(id, visit), 1789000000000 + i);
  }
  records::v1::Place place;
  place.set_code("140824103200");
  place.set_display_name("翟东村");
  Save("office",
       *sync::MessageToOps({sync::RecordTypeOf(*records::v1::Place::descriptor()), "140824103200"},
                           place),
       1789000000900);
  const std::string kept_up = Dump();
  EXPECT_GT(std::count(kept_up.begin(), kept_up.end(), '\n'), 20);
  VisitQuery query;
  query.spaces = {"space-a", "space-b"};
  query.text = "公示牌";
  const int64_t found = *backend_->projection().CountVisits(query);
  EXPECT_GT(found, 0);
  ASSERT_TRUE(backend_->RebuildProjection().ok());
  EXPECT_EQ(Dump(), kept_up);
  EXPECT_EQ(*backend_->projection().CountVisits(query), found) << "the text index too";

  backend_.reset();
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(options_.data_dir + "/projection.db" + suffix);
  Open();
  EXPECT_EQ(Dump(), kept_up) << "a lost file comes back at the next start";

  backend_.reset();
  std::ofstream(options_.data_dir + "/projection.db", std::ios::trunc | std::ios::binary)
      << std::string(8192, 'x');
  Open();
  EXPECT_EQ(Dump(), kept_up) << "and so does a damaged one";
}

// Ids of findings are the tablets' words. One that stands in every visit once made each save cost
// as much as all of them together.
TEST_F(ProjectionTest, AFindingsIdThatStandsInManyVisitsCostsNoMoreThanOneThatDoesNot) {
  const uint32_t type = sync::RecordTypeOf(*records::v1::Visit::descriptor());
  // Rows written for sixty visits with a finding each.
  const auto cost = [&](const std::string& space, bool shared) {
    const int64_t before = *backend_->projection().RowsWritten();
    for (int i = 0; i < 60; ++i) {
      const std::string key = "v" + std::to_string(i);
      auto visit = MakeVisit("D1", "140824103200", "2026-09-21", "D1-" + key, "公示牌褪色");
      visit.mutable_findings(0)->set_id(shared ? "f1" : "f-" + key);
      Save(space, *sync::MessageToOps({type, key}, visit), 1789000000000 + i);
    }
    return *backend_->projection().RowsWritten() - before;
  };
  const int64_t own = cost("space-a", false);
  EXPECT_GT(own, 0);
  EXPECT_LT(cost("space-b", true), own * 3 / 2);
}

TEST_F(ProjectionTest, CatchesUpWithWhatWasWrittenWhileItWasNotTold) {
  const sync::RecordId id{sync::RecordTypeOf(*records::v1::Visit::descriptor()), "v1"};
  Save("space-a",
       *sync::MessageToOps(id, MakeVisit("D1", "140824103200", "2026-09-21", "one", "台账")), 1);
  {
    Space* space = *backend_->spaces().Get("space-a");
    absl::MutexLock lock(&space->mutex());
    sync::LocalEdit edit;
    edit.author = "ins1";
    edit.ops = *sync::MessageToOps({id.type, "v2"},
                                   MakeVisit("D1", "140824103200", "2026-09-22", "two", "台账"));
    ASSERT_TRUE(space->store().Commit(edit).ok());
  }
  EXPECT_EQ(Dump().find("two"), std::string::npos);
  Open();
  EXPECT_NE(Dump().find("two"), std::string::npos);
  EXPECT_NE(Dump().find("one"), std::string::npos);
}

TEST_F(ProjectionTest, ReadsASpaceAgainOnceItsHistoryIsAnother) {
  const sync::RecordId id{sync::RecordTypeOf(*records::v1::Visit::descriptor()), "v1"};
  Save("space-a",
       *sync::MessageToOps(id, MakeVisit("D1", "140824103200", "2026-09-21", "gone", "台账")), 1);
  EXPECT_NE(Dump().find("gone"), std::string::npos);
  backend_.reset();
  // As after a restore of one file from before anything was written.
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(options_.data_dir + "/spaces/space-a.db" + suffix);
  Open();
  EXPECT_EQ(Dump().find("gone"), std::string::npos);
}

}  // namespace
}  // namespace dudao::server
