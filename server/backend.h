// Everything behind the dispatcher, opened in order from one folder, and the methods that lead to
// it.
//
// One object a server; lives as long as calls are served. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "admin_desk.h"
#include "blob_store.h"
#include "counters.h"
#include "directory.h"
#include "dispatcher.h"
#include "dudao/server/server.h"
#include "exchange.h"
#include "imports.h"
#include "log.h"
#include "projection.h"
#include "registry.h"
#include "review_desk.h"
#include "spaces.h"
#include "token.h"
#include "write_back.h"

namespace dudao::server {

class Backend {
 public:
  // Opens all spaces, and brings the projection up to date.
  static absl::StatusOr<std::unique_ptr<Backend>> Open(const Options& options);

  Dispatcher& dispatcher() { return *dispatcher_; }
  Log& log() { return *log_; }
  AdminDesk& admin() { return *admin_; }
  Spaces& spaces() { return *spaces_; }
  Projection& projection() { return *projection_; }

  // Forgets the projection and reads all stores again.
  absl::Status RebuildProjection();

 private:
  Backend() = default;
  absl::Status OpenParts(const Options& options);
  absl::Status OpenSpaces();
  void AddMethods(const Options& options);

  Counters counters_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Spaces> spaces_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<Projection> projection_;
  std::unique_ptr<BlobStore> blobs_;
  std::unique_ptr<TokenSigner> tokens_;
  std::unique_ptr<WriteBack> after_;
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<ReviewDesk> review_;
  std::unique_ptr<Imports> imports_;
  std::unique_ptr<AdminDesk> admin_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace dudao::server
