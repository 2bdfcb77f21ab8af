// Documents that somebody sends: what no part of a workbook needs is refused.
#include "xml_events.h"

#include <gtest/gtest.h>

#include "dudao/domain/text.h"

namespace dudao::server {
namespace {

class Teller : public XmlHandler {
 public:
  absl::Status Start(const std::string& name, const XmlAttributes& attributes) override {
    told += "<" + name;
    for (const auto& [key, value] : attributes) told += " " + key + "=" + value;
    told += ">";
    return name == "stop" ? absl::AbortedError("stopped") : absl::OkStatus();
  }
  absl::Status End(const std::string& name) override {
    told += "</" + name + ">";
    return absl::OkStatus();
  }
  absl::Status Text(std::string_view text) override {
    told += text;
    return absl::OkStatus();
  }

  std::string told;
};

std::string Told(const std::string& document) {
  Teller teller;
  const absl::Status status = ReadXml(document, teller);
  return status.ok() ? teller.told : domain::ReasonOf(status);
}

std::string Nested(int depth) {
  std::string out;
  for (int i = 0; i < depth; ++i) out += "<a>";
  for (int i = 0; i < depth; ++i) out += "</a>";
  return out;
}

TEST(XmlEvents, TellElementsAttributesAndText) {
  EXPECT_EQ(Told("<a b=\"1\">x&amp;y<c/>\xE7\xA8\xB7</a>"), "<a b=1>x&y<c></c>\xE7\xA8\xB7</a>");
}

TEST(XmlEvents, KeepTheNamespaceOfWhatIsNotOfAWorkbook) {
  EXPECT_EQ(Told("<x:a xmlns:x=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" "
                 "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" "
                 "xmlns:q=\"urn:q\" r:id=\"1\" q:id=\"2\"><q:a/></x:a>"),
            "<a r:id=1 urn:q|id=2><urn:q|a></urn:q|a></a>");
}

TEST(XmlEvents, RefuseADtdAndEntities) {
  const char* forbidden = "IMPORT_BOOK_FORBIDDEN";
  EXPECT_EQ(Told("<!DOCTYPE a><a/>"), forbidden);
  EXPECT_EQ(Told("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), forbidden);
  EXPECT_EQ(Told("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>"), forbidden);
  EXPECT_EQ(Told("<!DOCTYPE a [<!ENTITY b \"xxxxxxxxxx\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">"
                 "<!ENTITY d \"&c;&c;&c;&c;&c;&c;\">]><a>&d;&d;&d;&d;</a>"),
            forbidden);
  EXPECT_EQ(Told("<a>&e;</a>"), "IMPORT_BOOK_DAMAGED");
}

TEST(XmlEvents, RefuseNestingAndAttributesWithoutEnd) {
  EXPECT_NE(Told(Nested(64)), "IMPORT_BOOK_FORBIDDEN");
  EXPECT_EQ(Told(Nested(65)), "IMPORT_BOOK_FORBIDDEN");
  EXPECT_EQ(Told(Nested(100'000)), "IMPORT_BOOK_FORBIDDEN");
  std::string many = "<a";
  for (int i = 0; i < 65; ++i) many += " b" + std::to_string(i) + "=\"\"";
  EXPECT_EQ(Told(many + "/>"), "IMPORT_BOOK_FORBIDDEN");
}

TEST(XmlEvents, RefuseWhatIsNotWellFormed) {
  for (const char* wrong : {"", "a", "<a>", "<a></b>", "<a/><a/>", "<a b='1' b='2'/>",
                            "<a>\xFF</a>", "<?xml version=\"1.0\" encoding=\"GBK\"?><a/>"})
    EXPECT_EQ(Told(wrong), "IMPORT_BOOK_DAMAGED") << wrong;
}

TEST(XmlEvents, StopWhereTheHandlerSays) {
  Teller teller;
  EXPECT_EQ(ReadXml("<a><stop/><b/></a>", teller), absl::AbortedError("stopped"));
  EXPECT_EQ(teller.told, "<a><stop>");
}

}  // namespace
}  // namespace dudao::server
