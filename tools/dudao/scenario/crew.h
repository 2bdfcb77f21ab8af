// The people of the scenario: inspectors with a tablet each, in teams, and what they do in the
// field.
//
// Everything is written through open forms of the client core, as an app would. Deterministic for a
// seed but for random ids. Used by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dudao/records/v1/reference.pb.h"
#include "tablet.h"
#include "visit_form.h"

namespace dudao::command {

struct Member {
  records::v1::Person person;
  std::unique_ptr<Tablet> tablet;
};

// What the day wrote, to be looked for at its end.
struct DayLog {
  uint64_t visits = 0;
  uint64_t findings = 0;
  uint64_t photos = 0;
  uint64_t photo_bytes = 0;
  uint64_t saves = 0;
  std::multimap<std::string, std::string> hashes;  // of files and thumbnails, by space
};

// Values that people wrote to one field without knowing of each other.
struct Clash {
  std::string space;
  std::string key;
  std::string path;
  std::map<std::string, std::string> values;  // by author; "" for a deletion
};

struct Crew {
  std::string team_id;
  std::vector<Member> members;  // the lead first
  std::vector<std::string> visits;
  std::vector<Clash> clashes;

  Tablet& tablet(size_t member) { return *members[member % members.size()].tablet; }
  const std::string& person(size_t member) const {
    return members[member % members.size()].person.person_id();
  }
};

// One person's field work.
class FieldWork {
 public:
  FieldWork(Tablet& tablet, std::mt19937_64& dice, DayLog& log, CommandClock& clock)
      : tablet_(tablet), dice_(dice), log_(log), clock_(clock) {}

  // Starts a visit and fills in header, method, checks, findings and photos. Returns its key.
  absl::StatusOr<std::string> Visit(const records::v1::Place& place, const std::string& colleague);
  // Feedback, signature or refusal, and the time of leaving.
  absl::Status Finish(const std::string& key, bool refused, const std::string& witness);
  // Typed into an open form and saved.
  absl::Status Save(const std::string& key, const std::vector<std::string>& edits);
  absl::Status AddPhoto(const std::string& key, const std::string& finding);

 private:
  absl::Status FillHeader(VisitForm& form, const records::v1::Place& place);
  absl::Status FillChecks(VisitForm& form);
  absl::Status FillMethod(VisitForm& form);
  absl::Status DescribeFindings(VisitForm& form, const std::vector<std::string>& ids);
  absl::Status Sign(const VisitForm& form, client::v1::Signer who, const std::string& name);
  int Roll(int from, int to) { return std::uniform_int_distribution<int>(from, to)(dice_); }
  void Pass(int minutes) { clock_.Shift(int64_t{minutes} * 60 * 1000); }

  Tablet& tablet_;
  std::mt19937_64& dice_;
  DayLog& log_;
  CommandClock& clock_;
};

}  // namespace dudao::command
