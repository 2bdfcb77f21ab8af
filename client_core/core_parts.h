// What the use cases hand to each other: a record that is named, one save, a visit that is looked
// at.
//
// Private to this room. Plain data; pointers are borrowed from the Core for one call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/crdt/record.h"
#include "dudao/sync/store/store.h"
#include "forms.h"
#include "work_index.h"

namespace dudao::client {

// A record that a call names.
struct CoreTarget {
  sync::Store* store = nullptr;
  std::string space;
  sync::RecordId id;
};

// One save.
struct CoreSave {
  std::vector<sync::Operation> ops;
  std::optional<sync::FormContext> context;  // without one the author has seen all that is here
  Form* form = nullptr;                      // told of the save
  uint32_t flags = 0;
  bool checked = false;  // the use case has asked the rules itself
};

// What is known of a record.
struct CoreLoaded {
  sync::Record record;
  uint64_t revision = 0;
};

// A visit as it is saved, or as an open form shows it.
struct CoreSubject {
  CoreTarget target;
  Form* form = nullptr;  // null: as it is saved
  sync::Record record;
  records::v1::Visit visit;
};

// A space of the own team, with what lists need of it.
struct CoreIndexedSpace {
  std::string space;
  sync::Store* store = nullptr;
  const SpaceIndex* index = nullptr;
  sync::VersionVector known;  // what the server is known to hold
};

// What the spaces held here tell of a place.
struct CorePlaceState {
  std::string last_visit;  // YYYY-MM-DD; empty for never
  int open_findings = 0;
  bool has_draft = false;
};

}  // namespace dudao::client
