// Names that papers put in the place of ids and codes: places, teams, people, parts of the form.
//
// People's names are masked unless the reader may have them in clear. A value; loads once, then
// only looks up. Errors of Load are the storage's.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "dudao/records/v1/form_template.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "projection.h"
#include "spaces.h"

namespace dudao::server {

class PaperNames {
 public:
  static absl::StatusOr<PaperNames> Load(Spaces& spaces, Projection& projection, bool in_clear);

  bool in_clear() const { return in_clear_; }
  // The id itself where nothing is known of it.
  std::string Person(const std::string& id) const;
  // A name that somebody wrote down.
  std::string Written(const std::string& name) const;
  std::string Team(const std::string& id) const;
  // Of a unit by its code; a unit that is named already stays as it is.
  std::string Unit(const std::string& code_or_name) const;
  // 方面 and 专班 of a check item.
  std::string Section(const std::string& check_code) const;
  std::string Force(const std::string& check_code) const;
  // The question of a check item.
  std::string Item(const std::string& check_code) const;
  // What was entered beside a check item: "线索数：3；比例：40%"; empty where nothing was.
  std::string Extras(const std::string& check_code, const records::v1::Visit& visit) const;

 private:
  bool in_clear_ = false;
  std::map<std::string, std::string> people_;
  std::map<std::string, std::string> teams_;
  std::map<std::string, std::string> places_;
  std::map<std::string, std::string> sections_;
  std::map<std::string, std::string> forces_;
  std::map<std::string, std::string> items_;
  std::map<std::string, records::v1::ExtraInputs> extras_;
};

// "2026年9月28日"; the text itself where it is no day.
std::string ChineseDay(const std::string& day);

}  // namespace dudao::server
