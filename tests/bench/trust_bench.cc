// What signing, receipts and encryption cost: the same saves and uploads with and without, in turns
// in one run.
//   trust_bench [folder]
// Prints JSON: uploads a second of 50 changes (encode, merge, store durably on both sides) and
// bytes a change, unsigned and signed; durable saves a second, plain and encrypted; single
// signatures.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "dudao/sync/log/exchange.h"
#include "dudao/sync/store/sqlite_store.h"
#include "dudao/sync/trust/statements.h"
#include "must.h"

namespace {

using dudao::bench::Must;

using namespace dudao::sync;  // NOLINT: a program about nothing else
namespace trust = dudao::trust;

constexpr int kRounds = 6;
constexpr int kUploads = 40;
constexpr int kChangesOfUpload = 50;
constexpr int kSaves = 300;
constexpr uint32_t kFields = 10;
constexpr char kSpace[] = "bench";
constexpr int64_t kNow = 1'790'000'000'000;

template <typename F>
double Seconds(F run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

LocalEdit Edit(int save) {
  const RecordId id{10, "record-" + std::to_string(save % 200)};
  LocalEdit edit;
  edit.author = "inspector-7";
  edit.wall_ms = kNow + save * 1000;
  for (uint32_t field = 2; field < 2 + kFields; ++field) {
    edit.ops.push_back({id, Path().Field(field), MergeKind::kRegister,
                        Value::Bytes("value " + std::to_string(save * 31 % 997) + " of field " +
                                     std::to_string(field))});
  }
  return edit;
}

// A store in a file of its own.
class Replica {
 public:
  Replica(const std::string& path, char name, const std::string& key = "") {
    DatabaseOptions options;
    options.key = key;
    db_ = Must(Database::Open(path, options));
    IncarnationOptions incarnation;
    incarnation.fresh_replica.bytes.fill(static_cast<uint8_t>(name));
    incarnation.fresh_history_id = "history";
    store_ = Must(SqliteStore::Open(*db_, kSpace, incarnation));
  }
  Store& store() { return *store_; }
  void Save(int save) { Must(store_->Commit(Edit(save)).status()); }

 private:
  std::unique_ptr<Database> db_;
  std::unique_ptr<Store> store_;
};

KeyPair Key(char fill) { return Must(KeyFromSeed(kDefaultSuite, std::string(kSeedBytes, fill))); }

// A tablet and a server that exchange by handing bytes over.
class Pair {
 public:
  Pair(const std::filesystem::path& dir, const std::string& name, bool is_signed)
      : signed_(is_signed),
        tablet_((dir / (name + "-tablet")).string(), 'T'),
        server_((dir / (name + "-server")).string(), 'S') {}

  void SaveSome() {
    for (int i = 0; i < kChangesOfUpload; ++i) tablet_.Save(saves_++);
  }
  void Upload() {
    Initiator initiator(tablet_.store(), Asking());
    while (auto request = Must(initiator.Next(kNow))) {
      bytes_ += request->size();
      Must(initiator.Receive(Must(Respond(server_.store(), *request, Answering())).response));
    }
  }
  double bytes_per_change() const { return static_cast<double>(bytes_) / saves_; }

 private:
  ExchangeOptions Asking() const {
    ExchangeOptions options;
    if (!signed_) return options;
    options.prove = [this](HeadProof proof) -> absl::StatusOr<HeadProof> {
      proof.set_signer("dev-1");
      proof.set_key(1);
      Must(SignProof(tablet_key_, kSpace, proof));
      return proof;
    };
    options.check_receipt = [this](const Receipt& receipt) {
      return CheckReceipt(server_key_.public_key, kSpace, receipt);
    };
    return options;
  }
  ResponderOptions Answering() const {
    ResponderOptions options;
    options.wall_ms = kNow;
    if (!signed_) return options;
    options.proofs_required = true;
    options.check_proof = [this](const HeadProof& proof) {
      return CheckProof(tablet_key_.public_key, kSpace, proof);
    };
    options.sign_receipt = [this](Receipt& receipt) {
      receipt.set_key(1);
      return SignReceipt(server_key_, kSpace, receipt);
    };
    return options;
  }

  const bool signed_;
  const KeyPair tablet_key_ = Key('t');
  const KeyPair server_key_ = Key('s');
  Replica tablet_;
  Replica server_;
  int saves_ = 0;
  size_t bytes_ = 0;
};

void MeasureUploads(const std::filesystem::path& dir) {
  Pair plain(dir, "plain", false);
  Pair proven(dir, "proven", true);
  std::vector<double> plain_s;
  std::vector<double> proven_s;
  for (int round = 0; round < kRounds; ++round) {
    for (auto [pair, times] : {std::pair(&plain, &plain_s), std::pair(&proven, &proven_s)}) {
      double seconds = 0;
      for (int i = 0; i < kUploads; ++i) {
        pair->SaveSome();
        seconds += Seconds([&] { pair->Upload(); });
      }
      times->push_back(kUploads / seconds);
    }
  }
  std::printf(
      "{\"name\":\"upload\",\"unsigned_per_s\":%.0f,\"signed_per_s\":%.0f,\"ratio\":%.3f,"
      "\"unsigned_bytes_per_change\":%.1f,\"signed_bytes_per_change\":%.1f}\n",
      Median(plain_s), Median(proven_s), Median(proven_s) / Median(plain_s),
      plain.bytes_per_change(), proven.bytes_per_change());
}

void MeasureEncryption(const std::filesystem::path& dir) {
  Replica plain((dir / "plain-file").string(), 'P');
  Replica sealed((dir / "sealed-file").string(), 'P', std::string(32, 'k'));
  std::vector<double> plain_s;
  std::vector<double> sealed_s;
  int save = 0;
  for (int round = 0; round < kRounds; ++round, save += kSaves) {
    for (auto [replica, times] : {std::pair(&plain, &plain_s), std::pair(&sealed, &sealed_s)}) {
      const double seconds = Seconds([&, to = replica] {
        for (int i = 0; i < kSaves; ++i) to->Save(save + i);
      });
      times->push_back(kSaves / seconds);
    }
  }
  std::printf(
      "{\"name\":\"encrypted_save\",\"plain_per_s\":%.0f,\"encrypted_per_s\":%.0f,"
      "\"ratio\":%.3f}\n",
      Median(plain_s), Median(sealed_s), Median(sealed_s) / Median(plain_s));
}

void MeasureSignatures() {
  constexpr int kTimes = 300;
  const std::string message(150, 'm');
  for (const Suite suite :
       {trust::v1::SIGNATURE_SUITE_ED25519_SHA256, trust::v1::SIGNATURE_SUITE_SM2_SM3}) {
    const KeyPair key = Must(KeyFromSeed(suite, std::string(kSeedBytes, 'x')));
    const std::string signature = Must(Sign(key, message));
    const double sign_s = Seconds([&] {
      for (int i = 0; i < kTimes; ++i) Must(Sign(key, message).status());
    });
    const double verify_s = Seconds([&] {
      for (int i = 0; i < kTimes; ++i) {
        if (!Verify(suite, key.public_key, message, signature)) std::exit(1);
      }
    });
    std::printf("{\"name\":\"signature\",\"suite\":\"%s\",\"sign_us\":%.0f,\"verify_us\":%.0f}\n",
                trust::v1::SignatureSuite_Name(suite).c_str(), 1e6 * sign_s / kTimes,
                1e6 * verify_s / kTimes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path dir = argc > 1 ? argv[1] : "trust_bench_data";
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  MeasureUploads(dir);
  MeasureEncryption(dir);
  MeasureSignatures();
  std::filesystem::remove_all(dir);
  return 0;
}
