#include "county.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "absl/time/clock.h"
#include "field_edit.h"
#include "import_files.h"
#include "process.h"
#include "spaces.h"

namespace dudao::integration {
namespace {

using nlohmann::json;

constexpr absl::Duration kCommandLimit = absl::Seconds(60);

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Slurp(const std::string& path) { return command::ReadWholeFile(path).value_or(""); }

}  // namespace

std::string Program() { return Environment("DUDAO_BIN_DIR") + "/dudao"; }

std::string DataFolder() { return Environment("DUDAO_SOURCE_DIR") + "/data"; }

Outcome Dudao(const std::string& now, const std::vector<std::string>& arguments) {
  static std::atomic<int> runs = 0;
  const std::string base = "command-" + std::to_string(++runs);
  command::ProcessOptions options;
  options.command = {Program(), "--json", "--lang", "en", "--now", now};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  options.stdout_file = base + ".out";
  options.stderr_file = base + ".err";
  auto process = command::Process::Start(options);
  Outcome outcome;
  EXPECT_TRUE(process.ok()) << process.status();
  const auto code = process->Wait(kCommandLimit);
  EXPECT_TRUE(code.ok()) << "a command hangs: " << arguments.front();
  outcome.code = code.value_or(-1);
  std::istringstream lines(Slurp(base + ".out"));
  for (std::string line; std::getline(lines, line);) {
    outcome.lines.push_back(json::parse(line, nullptr, false));
    EXPECT_TRUE(outcome.lines.back().is_object()) << "not one JSON object a line: " << line;
  }
  outcome.errors = Slurp(base + ".err");
  std::filesystem::remove(base + ".out");
  std::filesystem::remove(base + ".err");
  return outcome;
}

Outcome DudaoOk(const std::string& now, const std::vector<std::string>& arguments) {
  Outcome outcome = Dudao(now, arguments);
  std::string words;
  for (const std::string& word : arguments) words += " " + word;
  EXPECT_EQ(outcome.code, 0) << "dudao" << words << "\n" << outcome.errors;
  if (outcome.lines.empty()) outcome.lines.push_back(json::object());
  return outcome;
}

OwnFolder::OwnFolder() : before_(std::filesystem::current_path().string()) {
  std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::replace(name.begin(), name.end(), '/', '-');
  std::filesystem::create_directories(name);
  std::filesystem::current_path(name);
}

OwnFolder::~OwnFolder() { std::filesystem::current_path(before_); }

County::County(const std::string& folder, const std::string& now)
    : folder_(folder), now_(now), office_now_(now) {
  const command::ServerProcessOptions options = OptionsFor("127.0.0.1:0");
  admin_session_ = command::AdminSessionFile(options);
  auto started = command::StartFreshServer(options);
  EXPECT_TRUE(started.ok()) << started.status();
  if (!started.ok()) return;
  server_ = std::move(started->process);
  office_ = std::move(started->admin);
  address_ = server_->address();
}

command::ServerProcessOptions County::OptionsFor(const std::string& listen) const {
  command::ServerProcessOptions options;
  options.program = Program();
  options.data_directory = folder_;
  options.listen = listen;
  options.web_listen = "127.0.0.1:0";
  options.log_file = folder_ + ".log";
  options.now = now_;
  return options;
}

void County::Start(const std::string& listen) {
  auto started = command::ServerProcess::Start(OptionsFor(listen));
  ASSERT_TRUE(started.ok()) << started.status();
  server_ = *std::move(started);
  address_ = server_->address();
}

void County::Restart() { Start(address_); }

void County::Kill() { server_->process().Kill(); }

void County::RestoreElsewhere(const std::string& folder, const std::function<void()>& restore) {
  EXPECT_TRUE(server().Stop().ok());
  restore();
  folder_ = folder;
  Start(address_);
}

void County::ImportAll() {
  const std::string data = DataFolder();
  DoOk("admin", {"import", "divisions", data + "/jishan-divisions.csv"});
  DoOk("admin", {"import", "people", data + "/sample-people.csv"});
  DoOk("admin", {"import", "form", data + "/form-default.textproto"});
}

std::string County::SessionOf(const std::string& person) {
  if (person == command::kOfficeAdmin) return admin_session_;
  const std::string file = folder_ + "." + person + "-session";
  if (std::filesystem::exists(file)) return file;
  admin::v1::ResetPasswordRequest reset;
  reset.set_person_id(person);
  const auto first = office_->ResetPassword(reset);
  EXPECT_TRUE(first.ok()) << first.status();
  if (!first.ok()) return file;
  const auto signed_in = command::SignInForGood(file, {address_, ""}, person, first->password());
  EXPECT_TRUE(signed_in.ok()) << signed_in.status();
  return file;
}

void County::SignInAgain() {
  std::ifstream in(folder_ + ".admin-password");
  std::string password;
  std::getline(in, password);
  const auto signed_in =
      command::SignInForGood(admin_session_, {address_, ""}, command::kOfficeAdmin, password);
  ASSERT_TRUE(signed_in.ok()) << signed_in.status();
  auto office = command::OpenOffice(admin_session_);
  ASSERT_TRUE(office.ok()) << office.status();
  office_ = *std::move(office);
  for (const auto& entry : std::filesystem::directory_iterator(".")) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(folder_ + ".") && name.ends_with("-session") && name != admin_session_)
      std::filesystem::remove(entry.path());
  }
}

Outcome County::Do(const std::string& person, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"--session", SessionOf(person)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return Dudao(office_now_, words);
}

Outcome County::DoOk(const std::string& person, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"--session", SessionOf(person)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return DudaoOk(office_now_, words);
}

std::string County::CodeFor(const std::string& person) {
  const auto code = command::EnrolmentCode(*office_, person);
  EXPECT_TRUE(code.ok()) << code.status();
  return code.value_or("");
}

std::unique_ptr<command::Tablet> County::EnrolledTablet(const std::string& file,
                                                        const std::string& person,
                                                        client::Clock& clock) {
  command::TabletProfile profile;
  profile.server.target = address_;
  profile.device_name = file;
  profile.office_space = command::kOfficeSpace;
  auto tablet = command::Tablet::Open(file, profile, clock);
  EXPECT_TRUE(tablet.ok()) << tablet.status();
  if (!tablet.ok()) return nullptr;
  const absl::Status enrolled = (*tablet)->Enrol(CodeFor(person));
  EXPECT_TRUE(enrolled.ok()) << enrolled;
  return *std::move(tablet);
}

void TerminalTablet::Enrol(County& county, const std::string& person, const std::string& server) {
  DoOk({"enrol", county.CodeFor(person), "--server", server.empty() ? county.address() : server});
}

std::vector<std::string> TerminalTablet::Command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> words = {"tablet", "--tablet", file_};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

Outcome TerminalTablet::Do(const std::vector<std::string>& arguments) const {
  return Dudao(now_, Command(arguments));
}

bool TerminalTablet::DoAndKill(const std::vector<std::string>& arguments, int after_ms) const {
  command::ProcessOptions options;
  options.command = {Program(), "--json"};
  for (const std::string& word : Command(arguments)) options.command.push_back(word);
  options.stdout_file = "killed.out";
  options.stderr_file = "killed.err";
  auto process = command::Process::Start(options);
  EXPECT_TRUE(process.ok());
  absl::SleepFor(absl::Milliseconds(after_ms));
  const bool running = process->Running();
  process->Kill();
  return running;
}

Outcome TerminalTablet::DoOk(const std::vector<std::string>& arguments) const {
  return DudaoOk(now_, Command(arguments));
}

json TerminalTablet::Conflict(const std::string& visit, const std::string& path) const {
  const json all_conflict = Show(visit).at("conflicts");
  for (const json& conflict : all_conflict) {
    if (conflict.at("path") == path) return conflict;
  }
  return json();
}

std::string TerminalTablet::TeamDigest() const {
  const json status = DoOk({"status"}).last();
  for (const json& space : status.at("spaces")) {
    if (space.at("space") != command::kOfficeSpace) return space.at("digest").get<std::string>();
  }
  return "";
}

std::string WritePhoto(const std::string& path, uint64_t seed, size_t bytes) {
  // Head and tail of a JPEG file and noise in between: it cannot be compressed on the way.
  std::string photo("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00", 20);
  std::mt19937_64 noise(seed);
  while (photo.size() + 2 < bytes) photo += static_cast<char>(noise() & 0xFF);
  std::ofstream(path, std::ios::binary) << photo << "\xFF\xD9";
  return path;
}

std::string ServerDigest(command::Office& office, const std::string& space) {
  const auto digest = office.StateDigest(space);
  EXPECT_TRUE(digest.ok()) << digest.status();
  return digest.ok() ? command::Hex(*digest) : "";
}

}  // namespace dudao::integration
