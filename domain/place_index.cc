#include "dudao/domain/place_index.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace dudao::domain {
namespace {

using records::v1::Place;

enum Rank { kExact = 0, kBegins = 1, kContains = 2, kNone = 3 };

Rank RankText(absl::string_view text, absl::string_view query) {
  if (text == query) return kExact;
  if (absl::StartsWith(text, query)) return kBegins;
  return absl::StrContains(text, query) ? kContains : kNone;
}

Rank RankPlace(const Place& place, absl::string_view query) {
  Rank best = RankText(place.name(), query);
  for (const std::string* text :
       {&place.display_name(), &place.pinyin_initials(), &place.pinyin_full(), &place.code()}) {
    best = std::min(best, RankText(*text, query));
  }
  return best;
}

}  // namespace

PlaceIndex::PlaceIndex(std::vector<Place> places) : places_(std::move(places)) {
  std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) {
    return std::make_pair(a.level(), absl::string_view(a.code())) <
           std::make_pair(b.level(), absl::string_view(b.code()));
  });
}

std::vector<const Place*> PlaceIndex::Search(absl::string_view query, std::size_t limit) const {
  const std::string wanted = absl::AsciiStrToLower(absl::StripAsciiWhitespace(query));
  std::vector<const Place*> found;
  if (wanted.empty()) return found;
  std::vector<std::pair<Rank, const Place*>> ranked;
  for (const Place& place : places_) {
    const Rank rank = RankPlace(place, wanted);
    if (rank != kNone) ranked.emplace_back(rank, &place);
  }
  // Within a rank the order of places_ holds: the pointers run through one vector.
  std::sort(ranked.begin(), ranked.end());
  for (const auto& [rank, place] : ranked) {
    if (found.size() == limit) break;
    found.push_back(place);
  }
  return found;
}

const Place* PlaceIndex::Find(absl::string_view code) const {
  for (const Place& place : places_) {
    if (place.code() == code) return &place;
  }
  return nullptr;
}

}  // namespace dudao::domain
