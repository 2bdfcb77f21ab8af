// Reads natively what a browser stored, and measures natively what the suite measured there.
//   dudao_opfs_check FOLDER               opens FOLDER's database with the key of its vault;
//   "integrity: ok" dudao_opfs_check --saves COUNT FOLDER durable autosaves per second of the
//   native core, on this disk
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "dudao/client/client.h"
#include "dudao/client/slot_side_file.h"
#include "dudao/client/system_seams.h"
#include "dudao/client/v1/device.pb.h"
#include "dudao/sync/store/database.h"

namespace dudao::client {
namespace {

constexpr size_t kVaultBytesMax = 64 << 10;

// A file that is only read.
class StoredFile final : public SlotFile {
 public:
  explicit StoredFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  int64_t Read(int64_t offset, uint8_t* out, size_t size) override {
    const auto at = std::min(static_cast<size_t>(offset), bytes_.size());
    return static_cast<int64_t>(bytes_.copy(reinterpret_cast<char*>(out), size, at));
  }
  SlotResult Write(int64_t, const uint8_t*, size_t) override { return SlotResult::kFailed; }
  SlotResult Truncate(int64_t) override { return SlotResult::kFailed; }
  SlotResult Flush() override { return SlotResult::kFailed; }
  int64_t Size() override { return static_cast<int64_t>(bytes_.size()); }

 private:
  std::string bytes_;
};

int Fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  return 1;
}

int Check(const std::string& folder) {
  StoredFile file(folder + "/dudao.keys");
  const auto bytes = SlotSideFile(file, kVaultBytesMax).Read();
  if (!bytes.ok() || !*bytes) return Fail("no key vault: " + bytes.status().ToString());
  v1::KeyVault vault;
  if (!vault.ParseFromString(**bytes)) return Fail("the vault does not parse");
  sync::DatabaseOptions options;
  options.create = false;
  options.key = vault.plain_key();
  const auto db = sync::Database::Open(folder + "/dudao.db", options);
  if (!db.ok()) return Fail(db.status().ToString());
  if (const auto status = (*db)->CheckIntegrity(); !status.ok()) return Fail(status.ToString());
  std::printf("integrity: ok\n");
  return 0;
}

int Measure(int count, const std::string& folder) {
  const std::string path = folder + "/native.db";
  for (const char* end : {"", "-wal", "-shm", ".keys"}) std::filesystem::remove(path + end);
  SystemClock clock;
  SystemRandom random;
  SmallFile vault(path + ".keys");
  Options options;
  options.database_path = path;
  options.person_id = "alice";
  options.seams.clock = &clock;
  options.seams.random = &random;
  options.seams.vault = &vault;
  auto client = Client::Open(options);
  if (!client.ok()) return Fail(client.status().ToString());
  v1::CreateRecordRequest create;
  create.mutable_record()->set_space("team-1");
  create.mutable_record()->set_type_id(10);
  const auto made = (*client)->CreateRecord(create);
  if (!made.ok()) return Fail(made.status().ToString());
  const auto begun = std::chrono::steady_clock::now();
  for (int n = 0; n < count; ++n) {
    v1::EditFormRequest edit;
    edit.set_form_id(made->form_id());
    edit.add_edits()->set_path("note");
    edit.mutable_edits(0)->mutable_set()->set_text("第 " + std::to_string(n) + " 次");
    if (const auto kept = (*client)->EditForm(edit); !kept.ok())
      return Fail(kept.status().ToString());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf("durable autosaves/s natively: %.0f\n", count / took.count());
  return 0;
}

}  // namespace
}  // namespace dudao::client

int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (argc == 2) return dudao::client::Check(first);
  if (argc == 4 && first == "--saves") return dudao::client::Measure(std::atoi(argv[2]), argv[3]);
  return dudao::client::Fail("dudao_opfs_check FOLDER | --saves COUNT FOLDER");
}
