// Machine-readable reasons of the client API's errors, and how an error leaves the core.
//
// One list: the names below and those of domain/text.h and sync/log/quarantine_reason.h travel in
// ErrorInfo.reason, are listed in docs/client.md and have texts in both languages. A status without
// a reason of its own (from storage) gets one by its code. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace dudao::client {

// INVALID_ARGUMENT: the call is wrong; do not repeat it.
inline constexpr char kMalformedRequest[] = "MALFORMED_REQUEST";
inline constexpr char kSpaceInvalid[] = "SPACE_INVALID";
inline constexpr char kTypeUnknown[] = "TYPE_UNKNOWN";
inline constexpr char kKeyInvalid[] = "KEY_INVALID";
inline constexpr char kPathUnknown[] = "PATH_UNKNOWN";
inline constexpr char kActionUnfit[] = "ACTION_UNFIT";
inline constexpr char kValueUnfit[] = "VALUE_UNFIT";
inline constexpr char kValueTooLong[] = "VALUE_TOO_LONG";
inline constexpr char kTextNotUtf8[] = "TEXT_NOT_UTF8";
inline constexpr char kFieldsUnknown[] = "FIELDS_UNKNOWN";
inline constexpr char kTooManyEdits[] = "TOO_MANY_EDITS";
inline constexpr char kContextInvalid[] = "CONTEXT_INVALID";
inline constexpr char kPageTokenInvalid[] = "PAGE_TOKEN_INVALID";
inline constexpr char kBlobTooLarge[] = "BLOB_TOO_LARGE";
inline constexpr char kBlobHashInvalid[] = "BLOB_HASH_INVALID";
// UNIMPLEMENTED
inline constexpr char kMethodUnknown[] = "METHOD_UNKNOWN";
// NOT_FOUND
inline constexpr char kRecordNotFound[] = "RECORD_NOT_FOUND";
inline constexpr char kFormNotFound[] = "FORM_NOT_FOUND";
inline constexpr char kConflictNotFound[] = "CONFLICT_NOT_FOUND";
inline constexpr char kBlobNotHeld[] = "BLOB_NOT_HELD";
inline constexpr char kStagedNotFound[] = "STAGED_NOT_FOUND";
inline constexpr char kReferenceMissing[] = "REFERENCE_MISSING";
// ALREADY_EXISTS
inline constexpr char kRecordExists[] = "RECORD_EXISTS";
// FAILED_PRECONDITION: a rule forbids it in the present state.
inline constexpr char kFieldFixed[] = "FIELD_FIXED";
inline constexpr char kFieldIssued[] = "FIELD_ISSUED";
inline constexpr char kFieldLifecycle[] = "FIELD_LIFECYCLE";
inline constexpr char kTooManyForms[] = "TOO_MANY_FORMS";
inline constexpr char kStorageNewer[] = "STORAGE_NEWER";
// RESOURCE_EXHAUSTED, DATA_LOSS, UNAVAILABLE: the storage.
inline constexpr char kStorageFull[] = "STORAGE_FULL";
inline constexpr char kStorageDamaged[] = "STORAGE_DAMAGED";
inline constexpr char kStorageBusy[] = "STORAGE_BUSY";
// UNAUTHENTICATED, FAILED_PRECONDITION, DATA_LOSS: the key vault.
inline constexpr char kPinNeeded[] = "PIN_NEEDED";
inline constexpr char kPinWrong[] = "PIN_WRONG";
inline constexpr char kPinUnfit[] = "PIN_UNFIT";
inline constexpr char kKeyDestroyed[] = "KEY_DESTROYED";
inline constexpr char kKeyMissing[] = "KEY_MISSING";
inline constexpr char kVaultDamaged[] = "VAULT_DAMAGED";
inline constexpr char kVaultAbsent[] = "VAULT_ABSENT";
// FAILED_PRECONDITION, UNAUTHENTICATED, PERMISSION_DENIED: who this tablet is.
inline constexpr char kNotEnrolled[] = "NOT_ENROLLED";
inline constexpr char kEnrolmentRefused[] = "ENROLMENT_REFUSED";
inline constexpr char kUnsentWork[] = "UNSENT_WORK";
inline constexpr char kServerUnproven[] = "SERVER_UNPROVEN";
inline constexpr char kServerKeyOld[] = "SERVER_KEY_OLD";
inline constexpr char kDeviceRevoked[] = "DEVICE_REVOKED";
inline constexpr char kClockUnknown[] = "CLOCK_UNKNOWN";
inline constexpr char kCallReplayed[] = "CALL_REPLAYED";
inline constexpr char kChangesUnproven[] = "CHANGES_UNPROVEN";
inline constexpr char kDeliveryUnproven[] = "DELIVERY_UNPROVEN";
// What happened to a tablet (TrustEvent); no errors.
inline constexpr char kReplicaReplaced[] = "REPLICA_REPLACED";
inline constexpr char kServerRestored[] = "SERVER_RESTORED";
inline constexpr char kControlRestarted[] = "CONTROL_RESTARTED";
inline constexpr char kControlRefused[] = "CONTROL_REFUSED";
inline constexpr char kReceiptInvalid[] = "RECEIPT_INVALID";
inline constexpr char kRevocationUnproven[] = "REVOCATION_UNPROVEN";
inline constexpr char kDeviceRetired[] = "DEVICE_RETIRED";
inline constexpr char kEnrolled[] = "ENROLLED";
inline constexpr char kKeyRotated[] = "KEY_ROTATED";
// INTERNAL: our bug.
inline constexpr char kInternal[] = "INTERNAL";

// A status with a reason. `detail` names the field, value or record in question; it is not
// translated.
absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view detail = {});

// The reason of any status of this room, of domain or of the storage; empty for OK.
std::string ReasonOf(const absl::Status& status);

// For people. Of a reason, or with particulars in it.
struct ReasonText {
  std::string zh;
  std::string en;
};
// A status whose texts carry particulars: tries left, a name.
absl::Status Error(absl::StatusCode code, std::string_view reason, const ReasonText& text);

// Texts of a reason of this room or of quarantine_reason.h; the reason itself for one that is not
// known.
ReasonText TextOf(std::string_view reason);

// Texts of a status: its own, or those of its reason.
ReasonText TextOf(const absl::Status& status);

// google.rpc.Status bytes: code, message, one ErrorInfo (domain "dudao"), a LocalizedMessage in
// zh-CN and one in en.
std::string ToRpcStatus(const absl::Status& status);

}  // namespace dudao::client
