// How many connections there may be, in all and from one address, and who goes when there are too
// many.
//
// A newcomer takes the place of the guest that has been waited for longest: one that is idle, or
// still has to say what it wants. Those whose call is being answered stay. Connections from this
// machine are one proxy's, so they are limited only together. Thread-safe; knows no sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

class WebCrowd {
 public:
  class Guest {
   public:
    virtual ~Guest() = default;
    // Called on any thread: asks it to go.
    virtual void Leave() = 0;
  };
  WebCrowd(size_t guests_max, size_t address_max)
      : guests_max_(guests_max), address_max_(address_max) {}

  // False where there is no place. `address`: empty for this machine.
  bool Enter(const std::shared_ptr<Guest>& guest, const std::string& address);
  // From now on it is waited for; or not any more.
  void Waits(const Guest& guest);
  void Works(const Guest& guest);
  void Left(const Guest& guest);
  // Asks everybody to go.
  void Close();

  size_t count() const;
  // Newcomers that found no place, and guests that had to go for others.
  uint64_t refused() const;
  uint64_t displaced() const;

 private:
  struct Entry {
    std::weak_ptr<Guest> guest;
    std::string address;
    uint64_t waits_since = 0;  // 0: it is not waited for
  };
  // Who goes; null where nobody can. Let go of it without the lock: it may be the last to hold it.
  std::shared_ptr<Guest> MakeRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t guests_max_;
  const size_t address_max_;
  mutable absl::Mutex mutex_;
  uint64_t turn_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<const Guest*, Entry> guests_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, const Guest*> waiting_ ABSL_GUARDED_BY(mutex_);  // by waits_since
  std::map<std::string, size_t> by_address_ ABSL_GUARDED_BY(mutex_);
  uint64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t displaced_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace dudao::server
