// A bounded pool of threads: handlers run here, never on gRPC's threads.
//
// Thread-safe. Submit never blocks. Stop runs what was accepted and then ends the threads; the
// destructor stops.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace dudao::server {

class Executor {
 public:
  Executor(int threads, size_t queue_max);
  ~Executor();

  // False where the queue is full or the pool is stopped; the work is then not run.
  bool Submit(std::function<void()> work);
  void Stop();
  // Work that waits for a thread.
  size_t waiting() const;

 private:
  void Run();

  const size_t queue_max_;
  mutable absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace dudao::server
