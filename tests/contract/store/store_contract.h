// What every Store must do, whatever lies below it. The tests are parameterised over StoreKinds();
// replicas are Alice, Bob, Carol.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "dudao/sync/store/sqlite_store.h"
#include "dudao/sync/store/store.h"
#include "memory_log.h"
#include "seeds.h"
#include "workload.h"

namespace dudao::testing {

inline constexpr char kSpace[] = "team-1-2026";
inline constexpr int64_t kWallMs = 1'790'000'000'000;

// A store and what it stands on.
struct OpenedStore {
  std::shared_ptr<void> below;
  std::unique_ptr<sync::Store> store;

  OpenedStore() = default;
  OpenedStore(OpenedStore&&) = default;
  // The store goes before what it stands on.
  OpenedStore& operator=(OpenedStore&& other) noexcept {
    store = std::move(other.store);
    below = std::move(other.below);
    return *this;
  }
  sync::Store* operator->() const { return store.get(); }
  sync::Store& operator*() const { return *store; }
};

struct StoreKind {
  std::string name;
  // Opens the space in the file (or database) called `file`, creating either if absent.
  std::function<absl::StatusOr<OpenedStore>(const std::string& file, const std::string& space,
                                            const sync::IncarnationOptions& incarnation)>
      open;
};

inline void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }

std::vector<StoreKind> StoreKinds();

// Unwraps what must not fail.
template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    ADD_FAILURE() << value.status();
    std::abort();
  }
  return *std::move(value);
}
void Must(const absl::Status& status);

sync::IncarnationOptions Incarnation(char name, std::string token = "");
// A save of Alice, Bob or Carol who saw everything.
sync::LocalEdit Edit(std::vector<sync::Operation> ops, std::string author = "p-1");

class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  // The store of 'A'lice and so on; a second call closes nothing and must not overlap the first.
  OpenedStore Open(char name, const std::string& token = "");
  std::string FileOf(char name) const;
};

// Everything that `to` lacks goes there, `bytes_max` at a time.
void Pull(sync::Store& from, sync::Store& to, size_t bytes_max = 1 << 20);
void Pull(sync::Store& from, MemoryLog& to);
// The text shown in a field; "(none)" without one.
std::string Shown(sync::Store& store, const sync::RecordId& id, uint32_t field);
std::vector<std::string> Competing(sync::Store& store, const sync::RecordId& id, uint32_t field);
// Records of type 10 as the log says: every change replayed from the segments.
std::map<sync::RecordId, std::string> Replayed(sync::Store& store);
// The same as the store says.
std::map<sync::RecordId, std::string> Scanned(sync::Store& store);
std::vector<std::string> AllSegments(sync::Store& store);
std::vector<sync::Change> AllChanges(sync::Store& store);

}  // namespace dudao::testing
