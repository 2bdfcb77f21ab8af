// The battery is pulled: kill -9 at random moments, and every acknowledged keystroke and save is
// there afterwards, once.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "dudao/bench/v1/site_visit.pb.h"
#include "dudao/client/system_seams.h"
#include "seeds.h"
#include "world.h"

namespace dudao::client {
namespace {

constexpr char kPath[] = "crash.db";

std::unique_ptr<Client> OpenTablet(SystemSeams& seams) {
  Options options;
  options.database_path = kPath;
  options.person_id = "li";
  options.seams = seams.Get();
  return Must(Client::Open(options));
}

// One step of work: an autosave of number n, or a save of what was typed. The field counts up, the
// counter goes with it.
void Work(Client& client, int n) {
  v1::OpenRecordRequest open;
  *open.mutable_record() = Record(kSite, "v1");
  v1::EditFormRequest typed;
  typed.set_form_id(Must(client.OpenRecord(open)).form_id());
  *typed.add_edits() = SetText("summary", std::to_string(n));
  *typed.add_edits() = Increment("photo_count", 1);
  Must(client.EditForm(typed));
  if (n % 3 != 0) return;
  v1::SaveFormRequest save;
  save.set_form_id(typed.form_id());
  Must(client.SaveForm(save));
}

// What a person would see: the draft if there is one, otherwise the record.
bench::v1::SiteVisit Seen(Client& client) {
  v1::OpenRecordRequest open;
  *open.mutable_record() = Record(kSite, "v1");
  bench::v1::SiteVisit content;
  EXPECT_TRUE(content.ParseFromString(Must(client.OpenRecord(open)).message()));
  return content;
}

// Works in a child that is killed `delay_us` after its first acknowledgement; the last acknowledged
// number.
int WorkUntilKilled(int from, useconds_t delay_us) {
  int pipe_ends[2];
  EXPECT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[0]);
    SystemSeams seams(kPath);
    const auto client = OpenTablet(seams);
    for (int n = from;; ++n) {
      Work(*client, n);
      if (write(pipe_ends[1], &n, sizeof n) != sizeof n) _exit(1);
    }
  }
  close(pipe_ends[1]);
  int last = from - 1;
  EXPECT_EQ(read(pipe_ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  usleep(delay_us);  // the moment of the kill; the test does not depend on it
  kill(child, SIGKILL);
  int acknowledged = 0;
  while (read(pipe_ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged)
    last = acknowledged;
  close(pipe_ends[0]);
  waitpid(child, nullptr, 0);
  return last;
}

TEST(DraftRecovery, KeepsEveryAcknowledgedKeystrokeOverKillNine) {
  testing::SeededTest seeded;
  for (const char* suffix : {"", "-wal", "-shm", ".token"})
    std::remove((std::string(kPath) + suffix).c_str());
  int last = 0;
  for (int round = 0; round < 25; ++round) {
    last = WorkUntilKilled(last + 1, static_cast<useconds_t>(seeded.Below(30'000)));
    SystemSeams seams(kPath);
    const auto client = OpenTablet(seams);
    const bench::v1::SiteVisit seen = Seen(*client);
    // The step under way when the child died may be there too.
    const int shown = std::stoi(seen.summary());
    ASSERT_GE(shown, last) << "round " << round;
    ASSERT_LE(shown, last + 1) << "round " << round;
    // Each keystroke counted once: nothing lost, nothing saved twice.
    ASSERT_EQ(seen.photo_count(), shown) << "round " << round;
    last = shown;
  }
}

}  // namespace
}  // namespace dudao::client
