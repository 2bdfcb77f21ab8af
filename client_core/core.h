// What is behind Client: the parts, and the use cases over them, one source file a subject.
//
// Private to this room. Not synchronised.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "blobs.h"
#include "core_parts.h"
#include "delivery.h"
#include "dudao/client/client.h"
#include "dudao/records/v1/form_template.pb.h"
#include "dudao/records/v1/visit.pb.h"
#include "edit.h"
#include "enrolment.h"
#include "forms.h"
#include "key_rotation.h"
#include "key_vault.h"
#include "reference.h"
#include "schema.h"
#include "spaces.h"
#include "sync_session.h"
#include "trust.h"
#include "work_index.h"

namespace dudao::client {

class Core {
 public:
  static absl::StatusOr<std::unique_ptr<Core>> Open(const Options& options);
  ~Core();

  // OK until the key is destroyed; then this is the answer to every call, and the Core is to go.
  const absl::Status& usable() const { return usable_; }

#define DUDAO_DECLARE(Method) \
  absl::StatusOr<v1::Method##Response> Method(const v1::Method##Request& request);
  DUDAO_CLIENT_METHODS(DUDAO_DECLARE)
#undef DUDAO_DECLARE

 private:
  using Target = CoreTarget;
  using Save = CoreSave;
  using Loaded = CoreLoaded;
  using Subject = CoreSubject;
  using IndexedSpace = CoreIndexedSpace;
  using PlaceStates = std::map<std::string, CorePlaceState, std::less<>>;

  Core(const Options& options, KeyVault vault, std::string key, std::unique_ptr<sync::Database> db);

  // core.cc: naming, rules, the one way to write
  absl::Status Start();
  absl::Status StartTrust();
  absl::Status FinishInterruptedSaves();
  absl::StatusOr<bool> WasSaved(const Form& form);
  absl::StatusOr<Target> Resolve(const v1::RecordRef& ref, bool fresh_key = false);
  absl::Status ApplyBasis(const v1::EditBasis& basis, const Target& target, Save& save);
  absl::StatusOr<Loaded> Load(const Target& target);
  // Applies the rules, then makes one durable change; nothing where the operations came to nothing.
  absl::StatusOr<std::optional<sync::Change>> Commit(const Target& target, Save save);
  absl::Status CheckSave(const Target& target, Save& save);
  absl::Status CheckVisitWrite(const sync::Record& record, const Save& save);
  absl::Status CheckVisitMove(const sync::Record& record, records::v1::VisitState to);
  absl::StatusOr<Form*> NewForm(const Target& target);
  v1::RecordRef Ref(const Target& target) const;
  std::string FreshId();
  int64_t WallMs() { return options_.seams.clock->WallMs(); }

  // core_records.cc
  absl::StatusOr<std::string> ContextBytes(const Target& target);

  // core_state.cc
  absl::Status FillAside(const std::string& space, sync::Store& store,
                         const v1::SpaceStatus& refused, v1::SpaceStatus* out);
  absl::Status FillSpaceStatus(const std::string& space, sync::Store& store, v1::SpaceStatus* out);

  // core_attachments.cc
  absl::StatusOr<std::vector<sync::Operation>> EvidenceWrites(const Target& target,
                                                              const records::v1::Evidence& evidence,
                                                              const std::string& finding_id);
  void FillEvidence(std::string_view bytes, std::string_view thumbnail,
                    records::v1::Evidence& evidence);

  // core_visits.cc
  template <typename Message>
  absl::StatusOr<std::optional<Message>> LoadOffice(std::string_view space, uint32_t type,
                                                    const std::string& key);
  absl::StatusOr<records::v1::Visit> LoadVisit(const Target& target);
  records::v1::PersonRole Role();
  absl::StatusOr<v1::CheckVisitResponse> ValidateVisit(const records::v1::Visit& visit,
                                                       const std::string& key,
                                                       const std::string& office_space);
  absl::StatusOr<std::vector<std::string>> OpenFindings(const records::v1::Visit& visit,
                                                        const std::string& key);
  absl::StatusOr<records::v1::Visit> FillVisit(const v1::NewVisitRequest& request,
                                               sync::Store& store);

  // core_forms.cc
  absl::Status Type(Form& form, Save save);
  absl::Status Type(Form& form, const google::protobuf::RepeatedPtrField<v1::FieldEdit>& edits);

  // core_lists.cc: what the pages share
  absl::StatusOr<std::string> UseReference(const std::string& office_space);
  std::vector<std::string> TeamSpaces(const std::string& wanted);
  absl::StatusOr<std::vector<IndexedSpace>> Indexed(const std::string& wanted);
  absl::StatusOr<Subject> SubjectOf(const v1::RecordRef& record);
  absl::StatusOr<Subject> SubjectOf(const std::string& form_id);
  template <typename Request>
  absl::StatusOr<Subject> SubjectIn(const Request& request) {
    return request.has_form_id() ? SubjectOf(request.form_id()) : SubjectOf(request.record());
  }
  int QuotaOf(const std::string& team_id) const;
  absl::Status FillMonth(const std::vector<IndexedSpace>& spaces, absl::CivilMonth month,
                         v1::MonthLine* out);
  absl::StatusOr<std::set<std::string>> UnsentFiles();
  void FillVisitLine(const IndexedSpace& space, const std::string& key, const v1::VisitNote& note,
                     const std::set<std::string>& unsent_files, v1::VisitLine* out);

  // core_view.cc
  absl::Status FillForm(const Subject& subject, v1::GetVisitViewResponse& response);
  absl::Status FillRights(const Subject& subject, v1::GetVisitViewResponse& response);
  absl::Status FillPeople(const Subject& subject, v1::GetVisitViewResponse& response);
  absl::Status FillFindings(const Subject& subject, v1::GetVisitViewResponse& response);
  absl::Status FillLookBacks(const Subject& subject, v1::GetVisitViewResponse& response);
  absl::Status FillFiles(const Subject& subject, v1::GetVisitViewResponse& response);

  // core_signing.cc
  std::string TextToSign(const records::v1::Visit& visit, v1::Signer who);

  // core_tasks.cc
  void FillTask(const IndexedSpace& at, const std::string& key, v1::TaskLine* out);
  static std::string AnsweredIn(const std::vector<IndexedSpace>& spaces,
                                const records::v1::OfficeTask& task);
  void FillFromRectifications(const IndexedSpace& at, v1::ListLookBacksResponse& response);
  void FillFromTasks(const std::vector<IndexedSpace>& spaces, const IndexedSpace& at,
                     v1::ListLookBacksResponse& response);

  // core_plan.cc
  static PlaceStates StatesOf(const std::vector<IndexedSpace>& spaces);
  void FillPlan(const v1::PlanVisitsRequest& request, const PlaceStates& states,
                v1::PlanVisitsResponse& response);

  // core_home.cc
  absl::Status FillWork(const std::vector<IndexedSpace>& spaces, v1::GetHomeResponse& response);
  absl::Status FillSync(v1::GetHomeResponse& response);

  // core_sync.cc
  absl::Status KeepSyncResult();
  absl::StatusOr<std::string> RefusedBytes(const v1::SpaceSyncResult& result);
  std::vector<std::string> SpacesToSync();
  void EndSession();
  void StartSession(SyncPlan plan);
  v1::DeliverResponse DeliverToEnrolment(const v1::DeliverRequest& request);
  absl::StatusOr<v1::DeliverResponse> DeliverToRotation(const v1::DeliverRequest& request);
  absl::StatusOr<v1::PollResponse> PollRotation();

  // core_trust.cc
  absl::StatusOr<bool> HasUnsentWork();
  absl::Status TakeEnrolment(const std::string& answer);
  absl::Status SealToOffice();
  absl::Status CheckRevoked(bool proven);
  absl::Status CheckPinChange(const v1::SetPinRequest& request);

  Options options_;
  KeyVault vault_;
  std::string key_;  // of the database; empty where it is not encrypted
  absl::Status usable_;
  std::unique_ptr<sync::Database> db_;
  Trust trust_;
  Schema schema_;
  Spaces spaces_;
  Forms forms_;
  Blobs blobs_;
  Delivery delivery_;
  Reference reference_;
  WorkIndex index_;
  std::optional<SyncSession> session_;
  std::optional<Enrolment> enrolment_;
  std::optional<KeyRotation> rotation_;
  std::optional<SyncPlan> after_rotation_;  // a sync that waits for it
  uint64_t next_call_id_ =
      1;  // never given twice, so that a late answer of an earlier sync is known as such
};

}  // namespace dudao::client
