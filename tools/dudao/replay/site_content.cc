#include "replay/site_content.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace dudao::command {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using nlohmann::json;

constexpr int kLastPlainField = 26;  // SiteVisit's fields 1 to 26 are the workload's "fields"

json ScalarOf(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.GetInt64(message, &field);
    default:
      return json();
  }
}

// All present fields but the key (field 1) as "<key>.<field>".
void AddElement(const Message& element, const std::string& key, json& out) {
  const auto& descriptor = *element.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (field.number() == 1 || !element.GetReflection()->HasField(element, &field)) continue;
    out[key + "." + field.name()] = ScalarOf(element, field);
  }
}

int64_t CharactersOf(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & '\xC0') != '\x80'; });
}

std::pair<std::string, std::string> SplitSection(const std::string& path) {
  const size_t dot = path.find('.');
  return {path.substr(0, dot), path.substr(dot + 1)};
}

class Verdict {
 public:
  void Add(const char* what, int64_t count) { out_[what] = out_.value(what, int64_t{0}) + count; }
  json Finish() { return out_; }

 private:
  json out_ = {
      {"fields_checked", 0},      {"nonconflict_wrong", 0}, {"conflict_fields_foreign_value", 0},
      {"sets_wrong", 0},          {"counters_wrong", 0},    {"notes_chars_expected", 0},
      {"notes_chars_missing", 0}, {"visits_missing", 0}};
};

void VerifyVisit(const json& expected, const json& content, Verdict& verdict) {
  for (const char* section : {"f", "chk", "find"}) {
    for (const auto& [name, value] : expected.at(section).items()) {
      verdict.Add("fields_checked", 1);
      const json& have = content.at(section);
      if (!have.contains(name) || !SameValue(have.at(name), value)) {
        verdict.Add("nonconflict_wrong", 1);
      }
    }
  }
  json inspectors = expected.at("insp");
  std::sort(inspectors.begin(), inspectors.end());
  if (inspectors != content.at("insp")) verdict.Add("sets_wrong", 1);
  if (!SameValue(expected.at("photos"), content.at("photos"))) verdict.Add("counters_wrong", 1);
  const auto notes = CharactersOf(content.at("notes").get<std::string>());
  verdict.Add("notes_chars_missing",
              std::max<int64_t>(0, expected.at("notes_len").get<int64_t>() - notes));
}

}  // namespace

json SiteContent(const bench::v1::SiteVisit& visit) {
  json out = {{"f", json::object()}, {"chk", json::object()}, {"find", json::object()}};
  const auto& descriptor = *visit.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (field.number() > kLastPlainField || !visit.GetReflection()->HasField(visit, &field))
      continue;
    out["f"][field.name()] = ScalarOf(visit, field);
  }
  for (const auto& check : visit.checks()) AddElement(check, check.code(), out["chk"]);
  for (const auto& finding : visit.findings()) AddElement(finding, finding.id(), out["find"]);
  std::vector<std::string> inspectors(visit.inspectors().begin(), visit.inspectors().end());
  std::sort(inspectors.begin(), inspectors.end());
  out["insp"] = inspectors;
  out["photos"] = visit.photo_count();
  out["notes"] = visit.notes();
  return out;
}

std::string HashContents(const SiteContents& contents) {
  uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const auto& [id, content] : contents) {
    for (const char c : id + content.dump()) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
  }
  char text[24];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

bool SameValue(const json& a, const json& b) {
  if (a.is_number() && b.is_number()) return a.get<double>() == b.get<double>();
  return a == b;
}

json VerifyContents(const SiteContents& contents, const Workload& workload) {
  Verdict verdict;
  for (const json& expected : workload.expectations) {
    verdict.Add("notes_chars_expected", expected.at("notes_len").get<int64_t>());
    const auto found = contents.find(expected.at("visit").get<std::string>());
    if (found == contents.end()) {
      verdict.Add("visits_missing", 1);
    } else {
      VerifyVisit(expected, found->second, verdict);
    }
  }
  for (const ExpectedConflict& conflict : workload.conflicts) {
    const json shown = ShownValue(contents, conflict);
    const bool known = std::any_of(conflict.values.begin(), conflict.values.end(),
                                   [&](const json& value) { return SameValue(value, shown); });
    if (!known) verdict.Add("conflict_fields_foreign_value", 1);
  }
  return verdict.Finish();
}

json ShownValue(const SiteContents& contents, const ExpectedConflict& conflict) {
  const auto found = contents.find(conflict.visit);
  if (found == contents.end()) return json();
  const auto [section, name] = SplitSection(conflict.field);
  const json& fields = found->second.at(section);
  return fields.contains(name) ? fields.at(name) : json();
}

}  // namespace dudao::command
