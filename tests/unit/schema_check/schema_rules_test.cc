#include "schema_rules.h"

#include <google/protobuf/compiler/importer.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "dudao/options/v1/merge.pb.h"

namespace dudao::schema_check {
namespace {

namespace fs = std::filesystem;
namespace pb = google::protobuf;

class SilentErrors : public pb::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int, const std::string& message) override {
    ADD_FAILURE() << file << ":" << line + 1 << ": " << message;
  }
};

SchemaReport Check(const std::string& file) {
  static_cast<void>(options::v1::MergeKind_descriptor());  // links the options in
  pb::compiler::DiskSourceTree tree;
  tree.MapPath("", DUDAO_TESTDATA);
  tree.MapPath("", DUDAO_PROTO);
  tree.MapPath("", DUDAO_PROTOBUF_INCLUDE);
  SilentErrors errors;
  pb::compiler::Importer importer(&tree, &errors);
  const pb::FileDescriptor* descriptor = importer.Import(file);
  if (descriptor == nullptr) {
    ADD_FAILURE() << "cannot import " << file;
    return {};
  }
  return CheckSchema({descriptor});
}

// The reason stands in the first line of each bad schema.
std::string ExpectedReason(const fs::path& file) {
  constexpr std::string_view kPrefix = "// Must be refused: ";
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line.rfind(kPrefix, 0) == 0 ? line.substr(kPrefix.size()) : "";
}

TEST(SchemaRules, AcceptsOneFieldOfEachKind) {
  const SchemaReport report = Check("good.proto");
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
    const SchemaReport report = Check(entry.path().filename().string());
    EXPECT_EQ(report.problems, std::vector<std::string>{reason}) << entry.path().filename();
  }
  EXPECT_EQ(seen, 23);
}

TEST(SchemaRules, AcceptsTheRecordsOfTheProduct) {
  for (const char* file :
       {"dudao/records/v1/visit.proto", "dudao/records/v1/reference.proto",
        "dudao/records/v1/form_template.proto", "dudao/records/v1/holiday_year.proto",
        "dudao/records/v1/office_task.proto", "dudao/bench/v1/site_visit.proto"}) {
    const SchemaReport report = Check(file);
    EXPECT_EQ(report.problems, std::vector<std::string>()) << file;
    EXPECT_FALSE(report.fields.empty()) << file;
  }
}

}  // namespace
}  // namespace dudao::schema_check
