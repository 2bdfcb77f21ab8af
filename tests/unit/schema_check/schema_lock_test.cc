#include "schema_lock.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dudao::schema_check {
namespace {

const std::vector<FieldFact> kLocked = {
    {10, "Visit.note", "19", "string", "TEXT"},
    {10, "Visit.findings.level", "32.8", "enum(Level)", "REGISTER"}};

SchemaReport Schema(std::vector<FieldFact> fields, std::vector<std::string> reserved = {}) {
  return {std::move(fields), {}, std::move(reserved)};
}

TEST(SchemaLock, AcceptsAnUnchangedSchema) {
  const LockReport report = CompareWithLock(kLocked, Schema(kLocked));
  EXPECT_EQ(report.problems, std::vector<std::string>());
  EXPECT_TRUE(report.new_fields.empty());
}

TEST(SchemaLock, RefusesAChangedKind) {
  std::vector<FieldFact> fields = kLocked;
  fields[0].kind = "REGISTER";
  EXPECT_EQ(CompareWithLock(kLocked, Schema(fields)).problems,
            std::vector<std::string>{"Visit.note: merge kind changed from TEXT to REGISTER"});
}

TEST(SchemaLock, RefusesAChangedType) {
  std::vector<FieldFact> fields = kLocked;
  fields[1].type = "string";
  EXPECT_EQ(
      CompareWithLock(kLocked, Schema(fields)).problems,
      std::vector<std::string>{"Visit.findings.level: type changed from enum(Level) to string"});
}

TEST(SchemaLock, RefusesAChangedNumber) {
  std::vector<FieldFact> fields = kLocked;
  fields[1].numbers = "32.9";
  const LockReport report = CompareWithLock(kLocked, Schema(fields, {"10 32.8"}));
  EXPECT_EQ(report.problems,
            std::vector<std::string>{"Visit.findings.level: number changed from 32.8 to 32.9"});
}

TEST(SchemaLock, RefusesAFieldThatIsGoneUnlessItsNumberIsReserved) {
  const std::vector<FieldFact> rest = {kLocked[0]};
  EXPECT_EQ(CompareWithLock(kLocked, Schema(rest)).problems,
            std::vector<std::string>{"Visit.findings.level: number 32.8 is gone but not reserved"});
  EXPECT_TRUE(CompareWithLock(kLocked, Schema(rest, {"10 32.8"})).problems.empty());
}

TEST(SchemaLock, ListsNewFieldsAndKeepsOldLines) {
  std::vector<FieldFact> fields = kLocked;
  fields.push_back({10, "Visit.sm3", "70", "string", "FIXED"});
  const LockReport report = CompareWithLock(kLocked, Schema(fields));
  EXPECT_TRUE(report.problems.empty());
  ASSERT_EQ(report.new_fields.size(), 1u);
  const std::string before = AppendToLock("", kLocked);
  const std::string after = AppendToLock(before, report.new_fields);
  EXPECT_EQ(after, before + "10 | 70 | FIXED | string | Visit.sm3\n");
}

TEST(SchemaLock, ReadsWhatItWrote) {
  const auto facts = ParseLock(AppendToLock("", kLocked));
  ASSERT_TRUE(facts.ok()) << facts.status();
  ASSERT_EQ(facts->size(), 2u);
  EXPECT_TRUE(CompareWithLock(*facts, Schema(kLocked)).problems.empty());
}

TEST(SchemaLock, NamesTheLineThatCannotBeRead) {
  const auto facts = ParseLock("# comment\n10 | 19 | TEXT\n");
  EXPECT_EQ(facts.status().message(), "lock file, line 2: not a field: 10 | 19 | TEXT");
}

}  // namespace
}  // namespace dudao::schema_check
