#include "exchange.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/crdt/varint.h"
#include "dudao/sync/log/exchange.h"
#include "dudao/sync/log/quarantine_reason.h"
#include "dudao/sync/v1/sync.pb.h"
#include "privacy_desk.h"
#include "reason.h"
#include "timed_log.h"

namespace dudao::server {
namespace {

using sync::v1::ExchangeRequest;

constexpr size_t kControlEntriesMax = 500;

uint64_t MicrosSince(absl::Time start) {
  return static_cast<uint64_t>(
      std::max<int64_t>(0, absl::ToInt64Microseconds(absl::Now() - start)));
}

// Fields of a request that are needed before it is read as a whole. The last one of a field counts,
// as it does for protobuf.
struct Peeked {
  std::string space;
  std::string replica;
  bool proves_itself = false;  // a proof of the asking replica is among them
};

std::optional<Peeked> Peek(std::string_view request) {
  sync::Reader in(request);
  Peeked peeked;
  std::vector<std::string_view> proofs;
  while (in.ok() && !in.done()) {
    const uint64_t tag = in.Varint();
    switch (tag & 7) {
      case 0:
        in.Varint();
        break;
      case 1:
        in.Raw(8);
        break;
      case 5:
        in.Raw(4);
        break;
      case 2: {
        const std::string_view value = in.Bytes(in.left());
        if (tag >> 3 == ExchangeRequest::kSpaceFieldNumber) peeked.space = std::string(value);
        if (tag >> 3 == ExchangeRequest::kReplicaFieldNumber) peeked.replica = std::string(value);
        if (tag >> 3 == ExchangeRequest::kProofsFieldNumber) proofs.push_back(value);
        break;
      }
      default:
        return std::nullopt;
    }
  }
  if (!in.ok()) return std::nullopt;
  for (const std::string_view bytes : proofs) {
    sync::HeadProof proof;
    if (proof.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
        proof.replica() == peeked.replica)
      peeked.proves_itself = true;
  }
  return peeked;
}

// What the segment decoder refuses has no reason of its own.
absl::Status Damaged(const absl::Status& status) {
  if (absl::IsUnimplemented(status)) {
    return Error(absl::StatusCode::kFailedPrecondition, "PROTOCOL_TOO_NEW");
  }
  if (ReasonOf(status) != "REQUEST_INVALID") return status;
  return Error(absl::StatusCode::kInvalidArgument, "SEGMENT_DAMAGED",
               {status.message().data(), status.message().size()});
}

}  // namespace

std::string PeekSpace(std::string_view request) {
  const std::optional<Peeked> peeked = Peek(request);
  return peeked ? peeked->space : std::string();
}

void UploadAlarm::Raise(std::string_view actor, std::string_view event, std::string_view subject) {
  log_.Event("alarm", event, absl::StrCat(std::string(actor), " ", std::string(subject)));
  access_.AppendRefusal(actor, event, subject);
}

void UploadAlarm::Tell(const UploadRules& rules, std::string_view space, std::string_view actor) {
  for (const std::string& field : rules.identity_numbers()) {
    const std::string subject = absl::StrCat(std::string(space), "/", field);
    log_.Event("warning", kIdentityNumberFound, subject);
    // Not a refusal, so every one counts.
    if (const absl::Status status = access_.Append(actor, kIdentityNumberFound, subject);
        !status.ok())
      log_.Event("error", "access_log_behind", {status.message().data(), status.message().size()});
  }
}

void UploadAlarm::Tell(const sync::IngestOutcome& outcome, std::string_view space,
                       std::string_view actor) {
  for (const sync::Quarantined& what : outcome.quarantined) {
    if (what.reason != sync::kDotReused) continue;
    Raise(actor, sync::kDotReused, absl::StrCat(std::string(space), "/", what.dot.replica.Hex()));
  }
  for (const absl::Status& bad : outcome.bad_proofs) {
    log_.Event("alarm", "proof_not_believed",
               absl::StrCat(std::string(actor), " ", std::string(space), " ", bad.message()));
    access_.AppendRefusal(actor, "PROOF_INVALID", space);
  }
}

absl::StatusOr<sync::ControlAnswer> Exchange::AnswerControl(
    const sync::ControlPosition& asker, absl::Span<const trust::v1::ControlEntry> offered,
    const Call& call, UploadRules& rules) {
  ControlLog& control = parts_.control;
  if (!offered.empty()) {
    const auto taken = control.Adopt(offered, call.wall_ms);
    if (ReasonOf(taken.status()) == "SERVER_KEY_OLD")
      alarm_.Raise(call.principal.device_id, "SERVER_KEY_OLD", "control");
    DUDAO_ASSIGN(const auto adopted, taken);
    if (!adopted.empty()) {
      parts_.log.Event("warning", "control_entries_recovered",
                       absl::StrCat(adopted.size(), " from ", call.principal.device_id));
      rules.SetAuthority(control.Snapshot());
    }
  }
  sync::ControlAnswer answer;
  answer.position = control.chain().position;
  bool prefix = asker.position == 0;
  if (asker.position > 0 && asker.position <= answer.position) {
    DUDAO_ASSIGN(const auto hash8, control.Hash8At(asker.position));
    prefix = hash8 && *hash8 == asker.hash8;
    answer.restart = !prefix;
  } else if (asker.position > answer.position) {
    // It knows more than we do. Either it has not offered it yet, or what it offered did not
    // continue our log.
    answer.restart = !offered.empty();
    if (!answer.restart) return answer;
  }
  const uint64_t after = answer.restart ? 0 : asker.position;
  // Without our newest key it could check nothing of this answer.
  const uint64_t key_since = control.KeySince();
  const size_t needed = key_since > after ? static_cast<size_t>(key_since - after) : 0;
  DUDAO_ASSIGN(answer.entries, control.EntriesAfter(after, std::max(kControlEntriesMax, needed)));
  return answer;
}

absl::StatusOr<sync::ExchangeReply> Exchange::Respond(const Call& call, Space& space,
                                                      UploadRules& rules,
                                                      std::string_view request) {
  sync::ResponderOptions options;
  options.policy = [&rules](const sync::Change& change, std::string_view signer) {
    return rules.Judge(change, signer);
  };
  options.check_proof = [&rules](const sync::HeadProof& proof) { return rules.CheckProof(proof); };
  options.proofs_required = true;
  options.bytes_max = bytes_max_;
  options.wall_ms = call.wall_ms;
  options.sign_receipt = [&](sync::Receipt& receipt) {
    return parts_.heads.SignReceipt(space.name(), receipt);
  };
  options.prove = [&](sync::HeadProof proof) {
    return parts_.heads.Prove(space.name(), std::move(proof));
  };
  options.control_position = parts_.control.chain().position;
  options.control = [&](const sync::ControlPosition& asker,
                        absl::Span<const trust::v1::ControlEntry> offered) {
    return AnswerControl(asker, offered, call, rules);
  };
  options.deliver_only = call.deliver_only;
  const absl::Time start = absl::Now();
  TimedLog timed(space.store());
  auto reply = sync::Respond(timed, request, options);
  const uint64_t total_us = MicrosSince(start);
  Counters& counters = parts_.counters;
  counters.exchanges.fetch_add(1, std::memory_order_relaxed);
  counters.ingest_us.fetch_add(timed.ingest_us(), std::memory_order_relaxed);
  counters.respond_us.fetch_add(total_us - std::min(total_us, timed.ingest_us()),
                                std::memory_order_relaxed);
  return reply;
}

// Refusals that no honest tablet meets are alarms.
absl::Status Exchange::Refused(const Call& call, const std::string& space, absl::Status status) {
  const std::string reason = ReasonOf(status);
  if (reason == "PROOF_INVALID" || reason == "PROOF_MISSING" || reason == "REPLICA_FOREIGN")
    alarm_.Raise(call.principal.device_id, reason, space);
  return status;
}

absl::StatusOr<std::string> Exchange::Answer(const Call& call, const std::string& name,
                                             std::string_view request) {
  if (!call.principal.is_device())
    return Error(absl::StatusCode::kPermissionDenied, "SESSION_FORBIDDEN");
  const std::optional<Peeked> peeked = Peek(request);
  if (!peeked) return Error(absl::StatusCode::kInvalidArgument, "SEGMENT_DAMAGED");
  DUDAO_ASSIGN(Space * space, parts_.spaces.Get(name));
  absl::MutexLock lock(&space->mutex());
  DUDAO_TRY(parts_.heads.Sign(*space));
  DUDAO_ASSIGN(const bool judged, parts_.verdicts.CatchUp(*space));
  if (judged) parts_.after.Written(*space);
  UploadRules rules(*space, parts_.heads, parts_.control.Snapshot());
  const std::string& device = call.principal.device_id;
  if (absl::Status status = rules.CheckReplica(peeked->replica, device); !status.ok())
    return Refused(call, name, std::move(status));
  rules.SetCaller(peeked->replica);
  auto reply = Respond(call, *space, rules, request);
  for (const auto& [replica, signer] : rules.proved()) parts_.heads.Bind(name, replica, signer);
  alarm_.Tell(rules, name, device);
  if (!reply.ok()) {
    parts_.after.Written(*space);  // what others had signed may have been taken
    return Refused(call, name, Damaged(reply.status()));
  }
  alarm_.Tell(reply->outcome, name, device);
  // What was kept aside is news too.
  if (reply->outcome.applied > 0 || !reply->outcome.quarantined.empty())
    parts_.after.Written(*space);
  const std::vector<sync::Dot>& unproven = reply->outcome.unproven;
  const bool bare = !peeked->proves_itself &&
                    std::any_of(unproven.begin(), unproven.end(),
                                [&](const sync::Dot& held) { return held.replica == reply->from; });
  if (bare) return Refused(call, name, Error(absl::StatusCode::kUnauthenticated, "PROOF_MISSING"));
  return std::move(reply->response);
}

}  // namespace dudao::server
