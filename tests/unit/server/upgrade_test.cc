// A server folder from before the control log: its spaces and people are taken over, once.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "backend.h"
#include "dudao/server/names.h"
#include "people_records.h"

namespace dudao::server {
namespace {

constexpr int64_t kNow = 1790000000000;

std::unique_ptr<Backend> Open() {
  Options options;
  options.data_dir = "old/srv";
  options.log_file = "none";
  options.password_cost_log2 = 10;
  options.wall_ms = [] { return kNow; };
  auto backend = Backend::Open(options);
  EXPECT_TRUE(backend.ok()) << backend.status();
  return backend.ok() ? *std::move(backend) : nullptr;
}

TEST(Upgrade, TakesOverSpacesAndPeopleOnce) {
  const char* root = std::getenv("DUDAO_SOURCE_DIR");
  std::filesystem::remove_all("old");
  std::filesystem::create_directories("old");
  const std::string command = std::string("tar xzf '") + (root != nullptr ? root : ".") +
                              "/tests/compat/data/before-trust.tar.gz' -C old";
  ASSERT_EQ(std::system(command.c_str()), 0);
  uint64_t position = 0;
  {
    const auto backend = Open();
    ASSERT_NE(backend, nullptr);
    const auto authority = backend->control().Snapshot();
    ASSERT_EQ(authority->Spaces().size(), 5u);
    EXPECT_TRUE(authority->Space(kOfficeSpace)->shared());
    EXPECT_EQ(authority->Space("team-d2-2026")->team_id(), "D2");
    const auto people = LoadPeople(backend->spaces());
    ASSERT_TRUE(people.ok());
    ASSERT_GE(people->size(), 20u);
    EXPECT_EQ(authority->People().size(), people->size());
    for (const auto& [id, person] : *people) {
      const auto* rule = authority->Person(id);
      ASSERT_NE(rule, nullptr) << id;
      EXPECT_EQ(rule->role(), person.role()) << id;
      EXPECT_EQ(rule->team_id(), person.team_id()) << id;
      EXPECT_TRUE(rule->active()) << id;
      EXPECT_TRUE(authority->ActiveDevicesOf(id).empty()) << "devices have to enrol";
    }
    position = authority->position();
    EXPECT_EQ(position, 1 + 5 + people->size());
  }
  const auto again = Open();
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->control().Snapshot()->position(), position);
}

}  // namespace
}  // namespace dudao::server
