#include "schema_rules.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace dudao::schema_check {
namespace {

namespace fs = std::filesystem;
namespace pb = google::protobuf;

// A descriptor set made by the build, and what the check says about it.
SchemaReport Check(const fs::path& set_file) {
  std::ifstream in(set_file, std::ios::binary);
  pb::FileDescriptorSet set;
  if (!in || !set.ParseFromIstream(&in)) {
    ADD_FAILURE() << "cannot read " << set_file;
    return {};
  }
  pb::DescriptorPool pool;
  std::vector<const pb::FileDescriptor*> files;
  for (const pb::FileDescriptorProto& file : set.file()) {
    files.push_back(pool.BuildFile(file));
    if (files.back() == nullptr) {
      ADD_FAILURE() << "cannot build " << file.name();
      return {};
    }
  }
  return CheckSchema(files);
}

SchemaReport CheckTestdata(const std::string& stem) {
  return Check(fs::path(DUDAO_TESTDATA_SETS) / (stem + ".descriptors"));
}

// The reason stands in the first line of each bad schema.
std::string ExpectedReason(const fs::path& file) {
  const std::string kPrefix = "// Must be refused: ";
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line.rfind(kPrefix, 0) == 0 ? line.substr(kPrefix.size()) : "";
}

TEST(SchemaRules, AcceptsOneFieldOfEachKind) {
  const SchemaReport report = CheckTestdata("good");
  EXPECT_EQ(report.problems, std::vector<std::string>());
  ASSERT_EQ(report.fields.size(), 12u);
  EXPECT_EQ(report.fields[1].kind, "ATOMIC");
  EXPECT_EQ(report.fields[1].type, "message(dudao.testdata.Part)");
  EXPECT_EQ(report.fields[2].path, "Good.part.x");
  EXPECT_EQ(report.fields[2].numbers, "2.1");
  EXPECT_EQ(report.fields[2].kind, "PART");
  EXPECT_EQ(report.reserved, std::vector<std::string>{"1 9"});
}

TEST(SchemaRules, RefusesEachBadSchemaWithItsReason) {
  int seen = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(DUDAO_TESTDATA)) {
    const std::string reason = ExpectedReason(entry.path());
    if (reason.empty()) continue;
    ++seen;
    const SchemaReport report = CheckTestdata(entry.path().stem().string());
    EXPECT_EQ(report.problems, std::vector<std::string>{reason}) << entry.path().filename();
  }
  EXPECT_EQ(seen, 25);
}

TEST(SchemaRules, AcceptsTheRecordsOfTheProduct) {
  const SchemaReport report = Check(DUDAO_SCHEMA_SET);
  EXPECT_EQ(report.problems, std::vector<std::string>());
  EXPECT_GT(report.fields.size(), 200u);
}

}  // namespace
}  // namespace dudao::schema_check
