#include "dudao/domain/default_form.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <set>
#include <string>

#include "dudao/domain/text.h"

namespace dudao::domain {
namespace {

using records::v1::CheckItem;
using records::v1::ExtraInput;
using records::v1::FormTemplate;

absl::Status Wrong(absl::string_view where, absl::string_view explanation) {
  return Refusal(absl::StatusCode::kInvalidArgument, "FORM_WRONG",
                 {std::string(where), std::string(explanation)});
}

// Keeps the first error of the text parser.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty())
      text_ = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

absl::Status CheckItemOfForm(const CheckItem& item, const std::set<std::string>& sections) {
  if (item.label().empty()) return Wrong(item.code(), "no label");
  if (sections.count(item.section_code()) == 0) {
    return Wrong(item.code(), absl::StrCat("section \"", item.section_code(), "\" does not exist"));
  }
  if (item.answer_kind() == records::v1::ANSWER_KIND_UNSPECIFIED) {
    return Wrong(item.code(), "no answer kind");
  }
  if (item.opens_finding() && item.answer_kind() != records::v1::ANSWER_KIND_CHOICE) {
    return Wrong(item.code(), "only a choice can open a finding");
  }
  if (item.answer_kind() == records::v1::ANSWER_KIND_VALUES && item.extras().inputs_size() == 0) {
    return Wrong(item.code(), "nothing to fill in");
  }
  std::set<std::string> names;
  for (const ExtraInput& input : item.extras().inputs()) {
    if (input.name().empty() || !names.insert(input.name()).second) {
      return Wrong(item.code(),
                   absl::StrCat("input \"", input.name(), "\" is empty or given twice"));
    }
    if (input.label().empty() || input.kind() == records::v1::EXTRA_KIND_UNSPECIFIED) {
      return Wrong(item.code(), absl::StrCat("input \"", input.name(), "\" has no label or kind"));
    }
  }
  return absl::OkStatus();
}

// The codes of a list; an error where one is empty or given twice.
template <typename Elements>
absl::StatusOr<std::set<std::string>> Codes(absl::string_view what, const Elements& elements) {
  std::set<std::string> codes;
  for (const auto& element : elements) {
    if (element.code().empty() || !codes.insert(element.code()).second) {
      return Wrong(absl::StrCat(what, " \"", element.code(), "\""), "empty or given twice");
    }
  }
  return codes;
}

}  // namespace

absl::StatusOr<FormTemplate> ParseForm(absl::string_view text) {
  FormTemplate form;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(std::string(text), &form)) return Wrong("form", error.text());
  const absl::Status status = CheckForm(form);
  if (!status.ok()) return status;
  return form;
}

absl::Status CheckForm(const FormTemplate& form) {
  if (form.form_code().empty() || form.version() == 0) return Wrong("form", "no code or version");
  const auto sections = Codes("section", form.sections());
  if (!sections.ok()) return sections.status();
  const auto areas = Codes("area", form.areas());
  if (!areas.ok()) return areas.status();
  const auto items = Codes("item", form.check_items());
  if (!items.ok()) return items.status();
  std::set<std::string> identifiers;
  for (const CheckItem& item : form.check_items()) {
    if (item.identifier().empty() || !identifiers.insert(item.identifier()).second) {
      return Wrong(item.code(), "its identifier is empty or given twice");
    }
    const absl::Status status = CheckItemOfForm(item, *sections);
    if (!status.ok()) return status;
  }
  if (items->empty()) return Wrong("form", "no check items");
  return absl::OkStatus();
}

bool Applies(const CheckItem& item, records::v1::UnitType unit_type, bool place_is_flagged) {
  if (item.show_rule() == records::v1::SHOW_RULE_FLAGGED_PLACE && !place_is_flagged) return false;
  return item.unit_types().empty() || std::find(item.unit_types().begin(), item.unit_types().end(),
                                                unit_type) != item.unit_types().end();
}

}  // namespace dudao::domain
