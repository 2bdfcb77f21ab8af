// Pages of lists: sizes, and what a page token is bound to.
//
// A token belongs to the request that it was given out for, page size aside. Pure functions.
#pragma once

#include <algorithm>
#include <string>

#include "dudao/sync/crdt/varint.h"
#include "google/protobuf/message.h"

namespace dudao::server {

inline int PageSize(int wanted, int usual, int most) {
  return wanted <= 0 ? usual : std::min(wanted, most);
}

// The request without page_size and page_token, behind its type's name and the caller's id.
template <typename Request>
std::string PageOf(const Request& request, const std::string& person_id) {
  Request bare = request;
  bare.clear_page_size();
  bare.clear_page_token();
  std::string bound;
  sync::PutBytes(bound, request.GetDescriptor()->full_name());
  sync::PutBytes(bound, person_id);
  return bound + bare.SerializeAsString();
}

}  // namespace dudao::server
