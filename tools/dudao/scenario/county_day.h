// A day of field work of four teams with twenty tablets, against a server that runs already.
//
// Plays: office, morning in the villages, noon at a place with signal, afternoon apart, evening
// together; then reads everything back. Tablets have no channel but while they sync. Used by one
// thread.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "command_clock.h"
#include "console.h"
#include "office.h"
#include "scenario/crew.h"
#include "scenario/day_report.h"

namespace dudao::command {

struct DayPlan {
  ServerAddress server;
  std::string directory;         // for the tablets' databases
  std::string data;              // folder with the lists
  std::string reviewer_session;  // file for the session of the reviewer
  std::string admin_session;     // the administrator's
  std::string admin_password;    // file that holds the administrator's password
  std::string clock_file;        // the server follows it
  std::string server_folder;     // what the server keeps; verified at the end
  uint64_t seed = 1;
  int past_weeks =
      0;  // that are played before the day, so that the office has something to look at
};

class CountyDay {
 public:
  // `admin` is signed in as administrator; both outlive the day.
  CountyDay(Console& console, CommandClock& clock, Office& admin, const DayPlan& plan);

  absl::Status Play();
  // The machine's clock for everybody again, and the office signed in.
  absl::Status ReturnToNow();
  const DayReport& report() const { return report_; }
  // Password of the reviewer, once played.
  const std::string& reviewer_password() const { return reviewer_password_; }

 private:
  absl::Status LoadOffice();
  // The reviewer gets a first password, signs in and chooses another one.
  absl::Status SignReviewerIn();
  absl::StatusOr<Member> HandOut(const records::v1::Person& person);
  absl::Status HandOutTablets();
  // Visits of the weeks before, and what the office made of them (past_weeks.cc).
  absl::Status PastWeeks();
  absl::Status FieldDay(Crew& crew, int units);
  absl::Status OfficeDay();
  // A county leader in a weak village; the office enters what the secretary says.
  absl::Status LeaderDay();
  absl::Status SignInAgain();
  absl::Status Morning();
  absl::Status OfficeAtNoon();
  absl::Status Afternoon();
  absl::Status Evening();
  absl::Status CheckAtTheEnd();

  // One after another, with signal for as long as it takes; `rounds` times, so that everybody gets
  // everything.
  absl::Status SyncAll(int rounds, Text what);
  absl::Status SyncOne(Tablet& tablet);
  absl::Status DisagreeOnVisit(Crew& crew, size_t writers);
  absl::Status DisagreeOnDeletion(Crew& crew);
  absl::Status DisagreeByStaleForm(Crew& crew);
  absl::Status EditTogether(Crew& crew);
  absl::Status Settle(Crew& crew);
  absl::Status FinishAndSubmit(Crew& crew, const std::string& key, const std::string& witness);
  absl::Status Submit(Crew& crew);
  // Sets everybody's clock to a time of the day on which this one was made.
  absl::Status At(int hour, int minute);
  FieldWork Work(Crew& crew, size_t member);
  Office& office() { return signed_in_again_ ? *signed_in_again_ : admin_; }
  const records::v1::Place& NextVillage();

  Console& console_;
  CommandClock& clock_;
  DayPlan plan_;
  Office& admin_;
  std::unique_ptr<Office> signed_in_again_;
  std::string reviewer_password_;
  std::mt19937_64 dice_;
  int64_t midnight_ms_;
  DayLog log_;
  DayReport report_;
  std::vector<records::v1::Place> villages_;
  size_t next_village_ = 0;
  std::vector<Crew> crews_;
};

}  // namespace dudao::command
