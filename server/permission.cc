#include "permission.h"

namespace dudao::server {
namespace {

using records::v1::PersonRole;

constexpr uint32_t Bit(PersonRole role) { return 1u << static_cast<unsigned>(role); }

constexpr uint32_t kAdmin = Bit(records::v1::PERSON_ROLE_ADMIN);
constexpr uint32_t kReview = kAdmin | Bit(records::v1::PERSON_ROLE_REVIEWER);
constexpr uint32_t kField =
    Bit(records::v1::PERSON_ROLE_INSPECTOR) | Bit(records::v1::PERSON_ROLE_LEAD);
constexpr uint32_t kReaders = kReview | kField | Bit(records::v1::PERSON_ROLE_LEADER);
constexpr uint32_t kDecide = Bit(records::v1::PERSON_ROLE_REVIEWER);

}  // namespace

const std::vector<MethodRule>& MethodRules() {
  static const auto* const rules = new std::vector<MethodRule>{
      {"/dudao.sync.v1.SyncService/Exchange", kReaders, SpaceNeed::kRead},

      {"/dudao.blob.v1.BlobService/StatBlob", kReaders, SpaceNeed::kRead},
      {"/dudao.blob.v1.BlobService/PutChunk", kReview | kField, SpaceNeed::kWrite},
      {"/dudao.blob.v1.BlobService/GetChunk", kReaders, SpaceNeed::kRead},
      {"/dudao.blob.v1.BlobService/ListMissingBlobs", kReaders, SpaceNeed::kRead},

      {"/dudao.review.v1.ReviewService/ListVisits", kReaders, SpaceNeed::kNone},
      {"/dudao.review.v1.ReviewService/ListRecords", kReaders, SpaceNeed::kRead},
      {"/dudao.review.v1.ReviewService/GetRecord", kReaders, SpaceNeed::kRead},
      {"/dudao.review.v1.ReviewService/ListConflicts", kReaders, SpaceNeed::kReadOrAll},
      {"/dudao.review.v1.ReviewService/ResolveConflict", kReview | kField, SpaceNeed::kWrite},
      {"/dudao.review.v1.ReviewService/ListHistory", kReaders, SpaceNeed::kRead},
      {"/dudao.review.v1.ReviewService/DecideVisit", kDecide, SpaceNeed::kWrite},
      {"/dudao.review.v1.ReviewService/GetMonthBoard", kReaders, SpaceNeed::kNone},
      {"/dudao.review.v1.ReviewService/GetStateDigest", kReaders, SpaceNeed::kRead},

      {"/dudao.admin.v1.AdminService/CreateSpace", kAdmin, SpaceNeed::kNone},
      {"/dudao.admin.v1.AdminService/ListSpaces", kAdmin, SpaceNeed::kNone},
      {"/dudao.admin.v1.AdminService/ImportDivisions", kAdmin, SpaceNeed::kNone},
      {"/dudao.admin.v1.AdminService/ImportPeople", kAdmin, SpaceNeed::kNone},
      {"/dudao.admin.v1.AdminService/ImportForm", kAdmin, SpaceNeed::kNone},
      {"/dudao.admin.v1.AdminService/ImportHolidays", kAdmin, SpaceNeed::kNone},
      {"/dudao.admin.v1.AdminService/ListQuarantine", kAdmin, SpaceNeed::kRead},
      {"/dudao.admin.v1.AdminService/GetServerInfo", kAdmin, SpaceNeed::kNone},
      {"/dudao.admin.v1.AdminService/Checkpoint", kAdmin, SpaceNeed::kNone},
  };
  return *rules;
}

const MethodRule* FindRule(std::string_view method) {
  for (const MethodRule& rule : MethodRules()) {
    if (rule.method == method) return &rule;
  }
  return nullptr;
}

bool RoleMay(const MethodRule& rule, PersonRole role) {
  return role > records::v1::PERSON_ROLE_UNSPECIFIED && role <= records::v1::PersonRole_MAX &&
         (rule.roles & Bit(role)) != 0;
}

bool MayRead(const SpaceTraits& space, const Principal& principal) {
  if (ReadsAll(principal.role)) return true;
  if (!IsInspector(principal.role)) return false;
  return space.shared || space.team_id.empty() || space.team_id == principal.team_id;
}

bool MayWrite(const SpaceTraits& space, const Principal& principal) {
  if (IsOffice(principal.role)) return true;
  if (!IsInspector(principal.role) || space.shared) return false;
  return space.team_id.empty() || space.team_id == principal.team_id;
}

}  // namespace dudao::server
