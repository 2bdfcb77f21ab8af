// One finding as a desk has it before it decides: the visit that found it, what the office made of
// it, and how that is written.
//
// Plain data with functions; the caller holds the space. Errors: NOT_FOUND (RECORD_UNKNOWN),
// ABORTED (CONTENT_CHANGED), and the storage's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "call.h"
#include "dudao/domain/rectification.h"
#include "dudao/records/v1/office_task.pb.h"
#include "dudao/records/v1/rectification.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/store/store.h"
#include "space.h"

namespace dudao::server {

struct FindingCase {
  std::string finding_id;
  sync::StoredRecord visit_record;
  records::v1::Visit visit;
  std::optional<sync::StoredRecord> own_record;  // the rectification's
  records::v1::Rectification own;

  // Null where the visit does not have it any more.
  const records::v1::Finding* finding() const;
  // Whether the office may look at it at all: its visit was submitted, or something was decided.
  bool reached_office() const;
  // What decisions are bound to: visit and rectification.
  std::string ContentDigest() const;
  // What the mark of a changed finding is bound to: the finding alone.
  std::string FindingDigest() const;
  domain::FindingFacts Facts() const;
};

sync::RecordId RectificationId(std::string_view finding_id);
sync::RecordId VisitId(std::string_view visit_key);

absl::StatusOr<FindingCase> LoadCase(Space& space, std::string_view finding_id,
                                     std::string_view visit_key)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

// One save about one finding.
struct CaseEdit {
  // Fields to write; of a first decision also what it is about, which Begin fills in.
  records::v1::Rectification own;
  // Fields of the rectification to clear, by number.
  std::vector<int> cleared;
  // Tasks that go with it into the same space.
  std::vector<sync::Operation> more;
  bool on_behalf = false;
};

// An edit that says what the rectification is about, where that is not written yet.
CaseEdit Begin(const FindingCase& finding);
// Adds the step, and the state that it leads to. `bound`: it was decided on the finding's content.
void AddStep(const Call& call, const FindingCase& finding, domain::FindingAct act,
             const std::string& reason, bool bound, CaseEdit& edit);
// Adds a step that leaves the state as it is.
void AddNote(const Call& call, const FindingCase& finding, const std::string& reason,
             CaseEdit& edit);
// Writes it as the caller, who has seen `form`.
absl::Status SaveCase(Space& space, const Call& call, const FindingCase& finding,
                      std::optional<sync::FormContext> form, CaseEdit edit)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

// The source that a finding is for the rectification that stands for it. Its finder is whoever
// wrote anything of it first.
absl::StatusOr<records::v1::FindingSource> SourceOf(Space& space, const FindingCase& finding)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

// Fields of the finding that were written after the decision that the last bound step made.
absl::StatusOr<std::vector<std::string>> ChangedSince(Space& space, const FindingCase& finding)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(space.mutex());

}  // namespace dudao::server
