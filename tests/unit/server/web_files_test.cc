#include "web_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace dudao::server {
namespace {

namespace fs = std::filesystem;

void Put(const std::string& path, const std::string& content) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::string HeaderIn(const WebAnswer& answer, const std::string& name) {
  for (const auto& [known, value] : answer.headers) {
    if (known == name) return value;
  }
  return {};
}

class WebFilesTest : public ::testing::Test {
 protected:
  WebFilesTest() : root_("web-" + std::string(Name())) {
    fs::remove_all(root_);
    Put(root_ + "/office/index.html", "<office>");
    Put(root_ + "/office/assets/main-1a2b.js", "let office;");
    Put(root_ + "/office/assets/main-1a2b.js.br", "packed-br");
    Put(root_ + "/office/assets/main-1a2b.js.gz", "packed-gz");
    Put(root_ + "/tablet/index.html", "<tablet>");
    Put(root_ + "/tablet/sw.js", "let worker;");
    Put(root_ + "/tablet/core.wasm", "wasm");
    Put(root_ + "/tablet/app.webmanifest", "{}");
    Put(root_ + "/tablet/.env", "secret");
    Put(root_ + "/secret.txt", "secret");
    Put(root_ + "-outside/secret.txt", "secret");
  }
  static const char* Name() {
    return ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  WebAnswer Get(std::string_view target, std::string_view accept = "",
                std::string_view tag = "") const {
    return WebFiles(root_).Answer({target, accept, tag});
  }
  static std::string Body(const WebAnswer& answer) {
    return answer.body == nullptr ? "" : *answer.body;
  }

  const std::string root_;
};

TEST_F(WebFilesTest, ServesTheTwoApps) {
  EXPECT_EQ(Body(Get("/office/")), "<office>");
  EXPECT_EQ(Body(Get("/tablet/")), "<tablet>");
  EXPECT_EQ(Get("/").status, 302u);
  EXPECT_EQ(HeaderIn(Get("/"), "Location"), "/office/");
  EXPECT_EQ(HeaderIn(Get("/tablet"), "Location"), "/tablet/");
  EXPECT_EQ(Body(Get("/tablet/sw.js?v=3")), "let worker;");
}

TEST_F(WebFilesTest, NamesMediaTypesAndHowLongToKeepAFile) {
  EXPECT_EQ(HeaderIn(Get("/tablet/core.wasm"), "Content-Type"), "application/wasm");
  EXPECT_EQ(HeaderIn(Get("/tablet/app.webmanifest"), "Content-Type"), "application/manifest+json");
  EXPECT_EQ(HeaderIn(Get("/tablet/sw.js"), "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(HeaderIn(Get("/tablet/sw.js"), "Cache-Control"), "no-cache");
  EXPECT_EQ(HeaderIn(Get("/office/"), "Cache-Control"), "no-cache");
  EXPECT_EQ(HeaderIn(Get("/office/assets/main-1a2b.js"), "Cache-Control"),
            "public, max-age=31536000, immutable");
}

TEST_F(WebFilesTest, GivesPathsOfPagesTheirAppAndNothingElse) {
  EXPECT_EQ(Body(Get("/office/visits/v1")), "<office>");
  EXPECT_EQ(Get("/office/assets/gone.js").status, 404u);
  EXPECT_EQ(Get("/office/visits/v1.html").status, 404u);
  EXPECT_EQ(Get("/elsewhere/").status, 404u);
  EXPECT_EQ(Get("/secret.txt").status, 404u) << "beside the apps";
}

TEST_F(WebFilesTest, LetsTheOfficesPagesAloneTakePicturesFromTheMapsHost) {
  EXPECT_EQ(Body(Get("/office/map.json")), "{}");
  EXPECT_EQ(HeaderIn(Get("/office/"), "Content-Security-Policy"), "") << "the one of every answer";
  const std::string json =
      R"({"tiles": {"url": "https://t.example/{z}/{x}/{y}", "coordinates": "wgs84"}})";
  WebFiles files(root_, *ParseWebMap(json));
  EXPECT_EQ(Body(files.Answer({"/office/map.json", "", ""})), json);
  const std::string policy =
      HeaderIn(files.Answer({"/office/", "", ""}), "Content-Security-Policy");
  EXPECT_EQ(policy, ContentPolicy("https://t.example"));
  EXPECT_NE(policy.find("img-src 'self' data: blob: https://t.example; connect-src 'self'; "),
            std::string::npos);
  EXPECT_EQ(HeaderIn(files.Answer({"/tablet/", "", ""}), "Content-Security-Policy"), "");
}

TEST_F(WebFilesTest, NeverReadsOutsideItsFolder) {
  fs::create_symlink(fs::absolute(root_ + "-outside/secret.txt"), root_ + "/office/link.txt");
  fs::create_directory_symlink(fs::absolute(root_ + "-outside"), root_ + "/office/out");
  fs::create_symlink("index.html", root_ + "/office/inside.html");
  EXPECT_EQ(Body(Get("/office/inside.html")), "<office>") << "a link that stays is one";
  for (const std::string& target : {std::string("/office/../secret.txt"),
                                    std::string("/office/../../secret.txt"),
                                    std::string("/office/%2e%2e/secret.txt"),
                                    std::string("/office/..%2fsecret.txt"),
                                    std::string("/office/%252e%252e/secret.txt"),
                                    std::string("/office/..\\secret.txt"),
                                    std::string("/office/./index.html"),
                                    std::string("//secret.txt"),
                                    std::string("/office//assets/main-1a2b.js"),
                                    std::string("/office/index.html\0.js", 22),
                                    std::string("/office/%00index.html"),
                                    std::string("/office/link.txt"),
                                    std::string("/office/out/secret.txt"),
                                    std::string("/tablet/.env"),
                                    std::string("/.."),
                                    std::string("secret.txt"),
                                    std::string("http://x/office/"),
                                    std::string("*"),
                                    std::string("/office/\xc0\xae\xc0\xae/secret.txt"),
                                    "/office/" + std::string(2000, 'a') + ".js",
                                    std::string("/office/assets/main-1a2b.js.br")}) {
    const WebAnswer answer = Get(target);
    EXPECT_EQ(answer.status, 404u) << target;
    EXPECT_EQ(Body(answer).find("secret"), std::string::npos) << target;
  }
}

TEST_F(WebFilesTest, PrefersTheCompressedFormThatTheBrowserTakes) {
  constexpr char kFile[] = "/office/assets/main-1a2b.js";
  EXPECT_EQ(Body(Get(kFile, "gzip, deflate, br")), "packed-br");
  EXPECT_EQ(HeaderIn(Get(kFile, "gzip, deflate, br"), "Content-Encoding"), "br");
  EXPECT_EQ(Body(Get(kFile, "gzip")), "packed-gz");
  EXPECT_EQ(Body(Get(kFile, "br;q=0, gzip;q=0.5")), "packed-gz");
  EXPECT_EQ(Body(Get(kFile, "deflate")), "let office;");
  EXPECT_EQ(HeaderIn(Get(kFile), "Vary"), "Accept-Encoding");
  EXPECT_EQ(HeaderIn(Get(kFile, "br"), "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(Body(Get("/office/", "br")), "<office>") << "where there is none";
}

TEST_F(WebFilesTest, SaysWhenNothingChanged) {
  const std::string tag = HeaderIn(Get("/office/"), "ETag");
  ASSERT_FALSE(tag.empty());
  for (const std::string& asked : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    const WebAnswer answer = Get("/office/", "", asked);
    EXPECT_EQ(answer.status, 304u) << asked;
    EXPECT_EQ(answer.body, nullptr);
    EXPECT_EQ(HeaderIn(answer, "ETag"), tag);
  }
  EXPECT_EQ(Get("/office/", "", "\"other\"").status, 200u);
  EXPECT_NE(HeaderIn(Get("/office/assets/main-1a2b.js", "br"), "ETag"),
            HeaderIn(Get("/office/assets/main-1a2b.js"), "ETag"));
}

TEST_F(WebFilesTest, TakesUpANewBuildWhileItRuns) {
  WebFiles files(root_);
  EXPECT_EQ(*files.Answer({"/office/", "", ""}).body, "<office>");
  Put(root_ + "/office/index.html", "<office, second edition>");
  EXPECT_EQ(*files.Answer({"/office/", "", ""}).body, "<office, second edition>");
}

TEST_F(WebFilesTest, HelpsWhereNoAppsWereBuilt) {
  WebFiles files(root_ + "-absent");
  const WebAnswer answer = files.Answer({"/office/", "", ""});
  EXPECT_EQ(answer.status, 404u);
  EXPECT_NE(answer.body->find("make web"), std::string::npos);
  EXPECT_NE(answer.body->find("请在代码目录中运行"), std::string::npos);
  EXPECT_EQ(files.Answer({"/office/main.js", "", ""}).body->find("make web"), std::string::npos);
}

}  // namespace
}  // namespace dudao::server
