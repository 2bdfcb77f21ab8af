// What a form asks of one unit, and how far a visit has answered it.
//
// Purpose: the sections and items that a tablet draws, and the "18 of 24" above them. Required are
// the items that are answered by a choice or by values; answers in words and look-backs may stay
// empty and are not counted. Does not: judge the answers (form_validation.h does). Threading: pure
// functions. Ownership: results point into visit and form. Errors: none; answers to items that the
// form does not have are passed over.
#ifndef DUDAO_DOMAIN_VISIT_PROGRESS_H_
#define DUDAO_DOMAIN_VISIT_PROGRESS_H_

#include <set>
#include <string>
#include <vector>

#include "dudao/records/v1/form_template.pb.h"
#include "dudao/records/v1/visit.pb.h"

namespace dudao::domain {

// One item that is asked.
struct ItemProgress {
  const records::v1::CheckItem* item = nullptr;
  const records::v1::CheckAnswer* answer = nullptr;  // null where there is none
  bool required = false;
  bool answered = false;       // it has an answer; of items that are not required too
  bool needs_finding = false;  // 否 or 部分, and no finding says why
};

// One section with items for this unit.
struct SectionProgress {
  const records::v1::FormSection* section = nullptr;
  std::vector<ItemProgress> items;  // by position
  int required = 0;
  int answered = 0;  // of the required ones
};

struct VisitProgress {
  std::vector<SectionProgress> sections;  // by position; without empty ones
  int required = 0;
  int answered = 0;
};

VisitProgress ProgressOf(const records::v1::Visit& visit, const records::v1::FormTemplate& form,
                         bool place_is_flagged);

// "B1.grids_stated": under what a visit keeps the value of an extra input.
std::string ExtraKey(const records::v1::CheckItem& item, const records::v1::ExtraInput& input);

// Keys of the extra inputs that have a value.
std::set<std::string> GivenExtras(const records::v1::Visit& visit);

// True where the item counts in the progress.
bool IsRequired(const records::v1::CheckItem& item);

// True where the item has an answer of its kind. `extras`: GivenExtras.
bool IsAnswered(const records::v1::CheckItem& item, const records::v1::CheckAnswer* answer,
                const std::set<std::string>& extras);

// True where this answer asks for a finding.
bool OpensFinding(const records::v1::CheckItem& item, const records::v1::CheckAnswer& answer);

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_VISIT_PROGRESS_H_
