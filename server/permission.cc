#include "permission.h"

#include <iterator>
#include <utility>

namespace dudao::server {
namespace {

using records::v1::PersonRole;

constexpr uint32_t Bit(PersonRole role) { return 1u << static_cast<unsigned>(role); }

constexpr uint32_t kInspector = Bit(records::v1::PERSON_ROLE_INSPECTOR);
constexpr uint32_t kLead = Bit(records::v1::PERSON_ROLE_LEAD);
constexpr uint32_t kReviewer = Bit(records::v1::PERSON_ROLE_REVIEWER);
constexpr uint32_t kLeader = Bit(records::v1::PERSON_ROLE_LEADER);
constexpr uint32_t kReporter = Bit(records::v1::PERSON_ROLE_REPORTER);
constexpr uint32_t kAdmin = Bit(records::v1::PERSON_ROLE_ADMIN);

constexpr uint32_t kField = kInspector | kLead;
constexpr uint32_t kOffice = kReviewer | kAdmin;
constexpr uint32_t kReaders = kOffice | kField | kLeader;
constexpr uint32_t kWriters = kOffice | kField;
constexpr uint32_t kJudges = kOffice | kLead;
constexpr uint32_t kAll = kReaders | kReporter;
constexpr uint32_t kAnswerers = kReviewer | kReporter;

constexpr auto kAnybody = Caller::kAnybody;
constexpr auto kSession = Caller::kSession;
constexpr auto kDevice = Caller::kDevice;
constexpr auto kEither = Caller::kSessionOrDevice;

constexpr auto kNone = SpaceNeed::kNone;
constexpr auto kRead = SpaceNeed::kRead;
constexpr auto kWrite = SpaceNeed::kWrite;
constexpr auto kDeliver = SpaceNeed::kDeliver;
constexpr auto kUnit = SpaceNeed::kUnit;

// clang-format off
constexpr MethodRule kRules[] = {
    {"/dudao.identity.v1.IdentityService/SignIn", kAll, kAnybody, kNone},
    {"/dudao.identity.v1.IdentityService/SignOut", kAll, kSession, kNone},
    {"/dudao.identity.v1.IdentityService/ChangePassword", kAll, kSession, kNone},
    {"/dudao.identity.v1.IdentityService/GetSelf", kAll, kEither, kNone},
    {"/dudao.identity.v1.IdentityService/Enrol", kAll, kAnybody, kNone},
    {"/dudao.identity.v1.IdentityService/RotateKey", kAll, kDevice, kNone},

    // Leaders see masked records only, so they hold no replica.
    {"/dudao.sync.v1.SyncService/Exchange", kWriters, kDevice, kDeliver, true},
    {"/dudao.sync.v1.SyncService/ConfirmDelivery", kWriters, kDevice, kDeliver, true},

    {"/dudao.blob.v1.BlobService/StatBlob", kReaders, kDevice, kDeliver, true},
    {"/dudao.blob.v1.BlobService/PutChunk", kWriters, kDevice, SpaceNeed::kUpload, true},
    {"/dudao.blob.v1.BlobService/GetChunk", kReaders, kEither, kRead},
    {"/dudao.blob.v1.BlobService/ListMissingBlobs", kReaders, kEither, kRead},

    {"/dudao.review.v1.ReviewService/ListVisits", kReaders, kEither, kNone},
    {"/dudao.review.v1.ReviewService/ListRecords", kReaders, kEither, kRead},
    {"/dudao.review.v1.ReviewService/GetRecord", kReaders, kEither, kRead},
    {"/dudao.review.v1.ReviewService/ListConflicts", kReaders, kEither, SpaceNeed::kReadOrAll},
    {"/dudao.review.v1.ReviewService/ResolveConflict", kWriters, kEither, kWrite},
    {"/dudao.review.v1.ReviewService/SendConflictToLead", kReviewer, kSession, kWrite},
    {"/dudao.review.v1.ReviewService/ListHistory", kReaders, kEither, kRead},
    {"/dudao.review.v1.ReviewService/DecideVisit", kReviewer, kSession, kWrite},
    {"/dudao.review.v1.ReviewService/RecordLeaderVisit", kReviewer, kSession, kNone},
    {"/dudao.review.v1.ReviewService/GetMonthBoard", kReaders, kEither, kNone},
    {"/dudao.review.v1.ReviewService/GetStateDigest", kReaders, kEither, kRead},
    {"/dudao.review.v1.ReviewService/ListKeptAside", kJudges, kEither, kRead},
    {"/dudao.review.v1.ReviewService/JudgeChange", kJudges, kEither, kWrite},
    {"/dudao.review.v1.ReviewService/ShowPersonalData", kWriters, kSession, kRead},

    {"/dudao.review.v1.RectificationService/ListFindings", kAll, kEither, kNone},
    {"/dudao.review.v1.RectificationService/GetFinding", kAll, kEither, kUnit},
    {"/dudao.review.v1.RectificationService/DecideFinding", kReviewer, kSession, kWrite},
    {"/dudao.review.v1.RectificationService/AnswerFinding", kAnswerers, kSession, kUnit},
    {"/dudao.review.v1.RectificationService/ListAlikeFindings", kReaders, kEither, kRead},
    {"/dudao.review.v1.RectificationService/RenderNotice", kAll, kSession, kUnit},

    {"/dudao.review.v1.LedgerService/GetRevision", kAll, kEither, kNone},
    {"/dudao.review.v1.LedgerService/ListCoverage", kReaders, kEither, kNone},
    {"/dudao.review.v1.LedgerService/GetStatistics", kReaders, kEither, kNone},
    {"/dudao.review.v1.LedgerService/ExportLedger", kReaders, kSession, kNone},
    {"/dudao.review.v1.LedgerService/RenderVisit", kReaders, kSession, kRead},

    {"/dudao.admin.v1.AdminService/CreateSpace", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ListSpaces", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ImportDivisions", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ImportPeople", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ImportForm", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ImportHolidays", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ImportMeasures", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ImportVillageMarks", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/SetVillageMarks", kOffice, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ListQuarantine", kAdmin, kSession, kRead},
    {"/dudao.admin.v1.AdminService/GetServerInfo", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/Checkpoint", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/SetPerson", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ResetPassword", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ListPeople", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/HandOverPerson", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/CreateEnrolment", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ListDevices", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/RevokeDevice", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ListControl", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ListAccess", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ListRetention", kAdmin, kSession, kNone},
    {"/dudao.admin.v1.AdminService/ImportPackage", kAdmin, kSession, kNone},
};

constexpr MethodRule kEventsRule = {"/events", kReaders, kSession, kNone};

// Every "rpc" of the served protos; written by CMake.
constexpr std::string_view kServed[] = {
#include "served_methods.inc"
};
// clang-format on

constexpr int RowsOf(std::string_view method) {
  int rows = 0;
  for (const MethodRule& rule : kRules) rows += rule.method == method ? 1 : 0;
  return rows;
}

constexpr bool EveryMethodHasOneRow() {
  for (const std::string_view method : kServed) {
    if (RowsOf(method) != 1) return false;
  }
  return std::size(kServed) == std::size(kRules);
}
static_assert(EveryMethodHasOneRow(), "a method without a rule, or a rule without a method");

trust::v1::PersonRule RuleOf(const Principal& principal) {
  trust::v1::PersonRule rule;
  rule.set_person_id(principal.person_id);
  rule.set_role(principal.role);
  rule.set_team_id(principal.team_id);
  rule.set_active(true);
  return rule;
}

}  // namespace

View ViewOf(std::string_view method) {
  constexpr std::pair<std::string_view, View> kViews[] = {
      {"/dudao.review.v1.ReviewService/ListVisits", View::kList},
      {"/dudao.review.v1.ReviewService/GetRecord", View::kRecord},
      {"/dudao.review.v1.ReviewService/ListHistory", View::kRecord},
      {"/dudao.review.v1.ReviewService/GetMonthBoard", View::kList},
      {"/dudao.review.v1.RectificationService/ListFindings", View::kList},
      {"/dudao.review.v1.RectificationService/GetFinding", View::kRecord},
      {"/dudao.review.v1.LedgerService/ListCoverage", View::kList},
      {"/dudao.review.v1.LedgerService/GetStatistics", View::kList},
  };
  for (const auto& [name, view] : kViews) {
    if (name == method) return view;
  }
  return View::kNone;
}

absl::Span<const MethodRule> MethodRules() { return kRules; }

const MethodRule* FindRule(std::string_view method) {
  for (const MethodRule& rule : kRules) {
    if (rule.method == method) return &rule;
  }
  return nullptr;
}

const MethodRule& EventsRule() { return kEventsRule; }

bool RoleMay(const MethodRule& rule, PersonRole role) {
  return role > records::v1::PERSON_ROLE_UNSPECIFIED && role <= records::v1::PersonRole_MAX &&
         (rule.roles & Bit(role)) != 0;
}

bool MayRead(const domain::Authority& authority, const Principal& principal,
             std::string_view space) {
  return principal.device_state != trust::v1::DEVICE_STATE_RETIRED &&
         authority.MayRead(RuleOf(principal), space);
}

bool MayWrite(const domain::Authority& authority, const Principal& principal,
              std::string_view space) {
  return principal.device_state != trust::v1::DEVICE_STATE_RETIRED &&
         authority.MayWrite(RuleOf(principal), space);
}

bool CouldWrite(const domain::Authority& authority, const Principal& principal,
                std::string_view space) {
  for (uint64_t position = authority.position(); position > 0; --position) {
    if (authority.WriteStanding(principal.person_id, space, position) != domain::Standing::kNever)
      return true;
  }
  return false;
}

}  // namespace dudao::server
