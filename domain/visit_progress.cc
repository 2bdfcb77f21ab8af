#include "dudao/domain/visit_progress.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>

#include "dudao/domain/default_form.h"

namespace dudao::domain {
namespace {

using records::v1::CheckAnswer;
using records::v1::CheckItem;
using records::v1::ExtraInput;
using records::v1::FormSection;
using records::v1::FormTemplate;
using records::v1::Visit;

template <typename Element>
std::vector<const Element*> ByPosition(const google::protobuf::RepeatedPtrField<Element>& list) {
  std::vector<const Element*> sorted;
  for (const Element& element : list) sorted.push_back(&element);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Element* a, const Element* b) {
    return a->position() < b->position();
  });
  return sorted;
}

void Add(const ItemProgress& item, SectionProgress* section) {
  section->items.push_back(item);
  if (!item.required) return;
  ++section->required;
  if (item.answered) ++section->answered;
}

}  // namespace

std::string ExtraKey(const CheckItem& item, const ExtraInput& input) {
  return absl::StrCat(item.code(), ".", input.name());
}

std::set<std::string> GivenExtras(const Visit& visit) {
  std::set<std::string> extras;
  for (const auto& extra : visit.check_extras()) {
    if (extra.has_number() || extra.has_text()) extras.insert(extra.key());
  }
  return extras;
}

bool IsRequired(const CheckItem& item) {
  return item.answer_kind() == records::v1::ANSWER_KIND_CHOICE ||
         item.answer_kind() == records::v1::ANSWER_KIND_VALUES;
}

bool IsAnswered(const CheckItem& item, const CheckAnswer* answer,
                const std::set<std::string>& extras) {
  if (answer != nullptr && answer->result() != records::v1::CHECK_RESULT_UNSPECIFIED) return true;
  if (item.answer_kind() == records::v1::ANSWER_KIND_VALUES) {
    return std::all_of(
        item.extras().inputs().begin(), item.extras().inputs().end(),
        [&](const ExtraInput& input) { return extras.count(ExtraKey(item, input)) != 0; });
  }
  return !IsRequired(item) && answer != nullptr && !answer->note().empty();
}

bool OpensFinding(const CheckItem& item, const CheckAnswer& answer) {
  return item.opens_finding() && (answer.result() == records::v1::CHECK_RESULT_NO ||
                                  answer.result() == records::v1::CHECK_RESULT_PARTLY);
}

VisitProgress ProgressOf(const Visit& visit, const FormTemplate& form, bool place_is_flagged) {
  std::map<std::string, const CheckAnswer*> answers;
  for (const CheckAnswer& answer : visit.check_items()) answers.emplace(answer.code(), &answer);
  std::set<std::string> with_finding;
  for (const auto& finding : visit.findings()) with_finding.insert(finding.check_code());
  const std::set<std::string> extras = GivenExtras(visit);
  const auto items = ByPosition(form.check_items());
  VisitProgress progress;
  for (const FormSection* section : ByPosition(form.sections())) {
    SectionProgress part;
    part.section = section;
    for (const CheckItem* item : items) {
      if (item->section_code() != section->code() ||
          !Applies(*item, visit.unit_type(), place_is_flagged)) {
        continue;
      }
      const auto found = answers.find(item->code());
      const CheckAnswer* answer = found == answers.end() ? nullptr : found->second;
      const bool asks = answer != nullptr && OpensFinding(*item, *answer);
      Add({item, answer, IsRequired(*item), IsAnswered(*item, answer, extras),
           asks && with_finding.count(item->code()) == 0},
          &part);
    }
    if (part.items.empty()) continue;
    progress.required += part.required;
    progress.answered += part.answered;
    progress.sections.push_back(std::move(part));
  }
  return progress;
}

}  // namespace dudao::domain
