// Finds places by what people type: part of a name, pinyin initials (zdc), full pinyin, or a code.
//
// Purpose: the place search of tablet and console. Exact matches come first, then those that begin
// with the query, then those that contain it; within each group townships before villages, then by
// code. Does not: correct typing errors. Threading: a const index may be used from several threads.
// Ownership: the index owns its places; results point into it. Errors: none; no match is an empty
// list.
#ifndef DUDAO_DOMAIN_PLACE_INDEX_H_
#define DUDAO_DOMAIN_PLACE_INDEX_H_

#include <absl/strings/string_view.h>

#include <cstddef>
#include <vector>

#include "dudao/records/v1/reference.pb.h"

namespace dudao::domain {

class PlaceIndex {
 public:
  explicit PlaceIndex(std::vector<records::v1::Place> places);

  // The best `limit` places for a query; letters in either case, spaces around it are ignored.
  std::vector<const records::v1::Place*> Search(absl::string_view query, std::size_t limit) const;

  // The place with this code, or null.
  const records::v1::Place* Find(absl::string_view code) const;

 private:
  std::vector<records::v1::Place> places_;  // ordered by level, then code
};

}  // namespace dudao::domain

#endif  // DUDAO_DOMAIN_PLACE_INDEX_H_
