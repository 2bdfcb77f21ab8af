// Checks the control log and the access log in server.db, and answers from the control log whom a
// key belongs to, when a device was in use, and what was decided.
//
// Reads only, in one read transaction; a value afterwards. Errors: those of the database; a
// difference is DATA_LOSS, told by `found`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "dudao/admin/v1/admin.pb.h"
#include "dudao/sync/store/audit.h"
#include "dudao/sync/store/database.h"
#include "dudao/sync/trust/control_chain.h"
#include "dudao/trust/v1/trust.pb.h"

namespace dudao::server {

class ControlAudit {
 public:
  using VisitEntry = std::function<absl::Status(const trust::v1::ControlEntry& entry)>;
  using VisitAccess =
      std::function<absl::Status(const admin::v1::AccessRow& row, std::string_view hash)>;

  // On DATA_LOSS `found` says what differs.
  absl::Status Read(sync::Database& db, const VisitEntry& entry, const VisitAccess& access,
                    std::optional<sync::AuditBreak>& found);

  std::optional<sync::SignerKey> KeyOf(std::string_view signer, uint32_t number) const;
  // Whether the device was there, with this key, and not revoked when the log stood at `position`.
  bool UsableAt(std::string_view signer, uint32_t number, uint64_t position) const;
  sync::AuditVerdict VerdictOn(std::string_view space, const sync::ReplicaId& replica, uint64_t seq,
                               std::string_view change_hash) const;
  bool HasSpace(std::string_view space) const { return spaces_.contains(std::string(space)); }

  const sync::ControlChain& chain() const { return chain_; }
  uint64_t verdicts() const { return verdicts_.size(); }
  uint64_t accesses() const { return accesses_; }
  const std::string& access_hash() const { return access_hash_; }
  // Verdicts that no change was found for yet; each VerdictOn takes one away.
  const std::map<std::string, uint64_t>& verdicts_unseen() const { return unseen_; }

 private:
  struct DeviceAt {
    uint64_t position = 0;
    trust::v1::DeviceRule rule;
  };
  absl::Status ReadControl(sync::Database& db, const VisitEntry& visit,
                           std::optional<sync::AuditBreak>& found);
  absl::Status ReadAccess(sync::Database& db, const VisitAccess& visit,
                          std::optional<sync::AuditBreak>& found);
  void Fold(const trust::v1::ControlEntry& entry, uint64_t position, int depth);

  sync::ControlChain chain_;
  std::map<std::string, std::vector<DeviceAt>, std::less<>> devices_;
  std::map<std::string, bool> spaces_;
  std::map<std::string, bool> verdicts_;
  mutable std::map<std::string, uint64_t> unseen_;
  uint64_t accesses_ = 0;
  std::string access_hash_;
};

}  // namespace dudao::server
