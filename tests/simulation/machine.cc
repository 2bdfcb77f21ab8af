#include "machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

#include "dudao/sync/store/sqlite_store.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else
namespace fs = std::filesystem;

Machine::Machine(std::string name, std::string device, SeededTest& random)
    : name_(std::move(name)), device_(std::move(device)), random_(random) {
  Open();
}

void Machine::CopyFiles(const std::string& from, const std::string& to) {
  for (const char* suffix : {"", "-wal"}) {
    if (fs::exists(from + suffix)) fs::copy_file(from + suffix, to + suffix);
  }
}

void Machine::Crash() {
  const std::string after = NextPath();
  CopyFiles(path_, after);
  Replace(after);
}

void Machine::SaveCopy() {
  copy_ = NextPath();
  CopyFiles(path_, copy_);
}

void Machine::RestoreCopy() {
  token_ = "restored" + std::to_string(++files_);
  Replace(copy_);
  copy_.clear();
}

void Machine::RollBack() {
  form.reset();
  Replace(copy_);
  copy_.clear();
}

std::unique_ptr<Machine> Machine::Clone(std::string name) {
  auto clone = std::make_unique<Machine>(std::move(name), device_, random_);
  const std::string path = clone->NextPath();
  CopyFiles(path_, path);
  clone->token_ = token_;
  clone->Replace(path);
  return clone;
}

sync::FreshIdentity Machine::FreshIdentity() {
  sync::FreshIdentity fresh;
  for (uint8_t& b : fresh.replica.bytes) b = static_cast<uint8_t>(random_.Below(256));
  fresh.history_id = "h" + std::to_string(random_.Below(1'000'000'000));
  return fresh;
}

void Machine::Replace(const std::string& path) {
  store_.reset();
  database_.reset();
  path_ = path;
  Open();
}

void Machine::Open() {
  if (path_.empty()) path_ = NextPath();
  auto database = Database::Open(path_);
  ASSERT_TRUE(database.ok()) << database.status();
  database_ = *std::move(database);
  const sync::FreshIdentity fresh = FreshIdentity();
  auto store =
      SqliteStore::Open(*database_, kSimulatedSpace, {fresh.replica, fresh.history_id, token_});
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

}  // namespace dudao::testing
