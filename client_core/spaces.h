// The spaces of a tablet: one Store each, all in one database.
//
// Opens every known space at once, so that a copied database is noticed for all of them together
// (the incarnation token), and a new one when it is first named. Borrows database and seams. Not
// synchronised.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dudao/client/seams.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"

namespace dudao::client {

class Spaces {
 public:
  using Map = std::map<std::string, std::unique_ptr<sync::Store>, std::less<>>;

  Spaces(sync::Database& db, const Seams& seams) : db_(db), seams_(seams) {}

  absl::Status OpenKnown();
  // Creates the space where it is not known. INVALID_ARGUMENT (SPACE_INVALID) for what is no name.
  absl::StatusOr<sync::Store*> Get(std::string_view space);
  // The same for reading: null where the space is not known.
  absl::StatusOr<sync::Store*> FindKnown(std::string_view space);
  const Map& all() const { return stores_; }
  // Every store goes on under a new replica id, for a tablet that is another device from now on.
  // REQUIRES: nothing is unsent.
  absl::Status RenewReplicas();

 private:
  absl::Status ReadToken();
  absl::StatusOr<sync::Store*> Open(const std::string& space);

  sync::Database& db_;
  Seams seams_;
  std::string token_;
  Map stores_;
};

}  // namespace dudao::client
