// A replica on disk that can be killed, copied, cloned and brought back from a copy.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dudao/sync/store/database.h"
#include "dudao/sync/store/store.h"
#include "seeds.h"

namespace dudao::testing {

inline constexpr char kSimulatedSpace[] = "team-2";

class Machine {
 public:
  // `device`: who signs what is written here.
  Machine(std::string name, std::string device, SeededTest& random);

  sync::Store& store() { return *store_; }
  const std::string& device() const { return device_; }

  // The process dies; what the file system has at this moment is what is left.
  void Crash();

  void SaveCopy();
  bool has_copy() const { return !copy_.empty(); }
  // The machine comes back from its saved copy; the token beside the database tells it so.
  void RestoreCopy();
  // The same, but the token came with the copy: nothing on this machine tells.
  void RollBack();
  // A second machine with the same files, token and key.
  std::unique_ptr<Machine> Clone(std::string name);

  sync::FreshIdentity FreshIdentity();
  std::optional<sync::FormContext> form;  // that is open

 private:
  std::string NextPath() { return name_ + std::to_string(++files_) + ".db"; }
  static void CopyFiles(const std::string& from, const std::string& to);
  void Replace(const std::string& path);
  void Open();

  std::string name_;
  std::string device_;
  SeededTest& random_;
  std::string path_;
  std::string copy_;
  std::string token_ = "first";
  int files_ = 0;
  std::unique_ptr<sync::Database> database_;
  std::unique_ptr<sync::Store> store_;
};

}  // namespace dudao::testing
