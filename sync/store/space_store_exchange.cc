// What the exchange needs: segments out, segments in.
#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "batch_chain.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/segment.h"
#include "dudao/sync/trust/statements.h"
#include "ingestion.h"
#include "space_store.h"
#include "tuning.h"

namespace dudao::sync {
namespace {

// Open saves compress to about a third; what is cut should fit the link's budget.
constexpr size_t kCompression = 3;

size_t SealBytes(size_t bytes_max) {
  return bytes_max > kSealBytesMax ? kSealBytesMax : bytes_max * kCompression;
}

bool Fits(const SegmentBatch& batch, size_t held, size_t next, size_t bytes_max) {
  return batch.segments.empty() || held + next <= bytes_max;
}

}  // namespace

absl::StatusOr<SegmentBatch> SpaceStore::SegmentsSince(const VersionVector& known,
                                                       size_t bytes_max) {
  DUDAO_TRY(Ready());
  const bool own_lacking = tables_.heads.Get(tables_.self).seq > known.Get(tables_.self);
  if (own_lacking) DUDAO_TRY(Guard(tables_.SealAlone(SealBytes(bytes_max))));
  DUDAO_ASSIGN(const SegmentTable::Lacking lacking,
               tables_.segments.FindLacking(tables_.heads.delivered(), known));
  SegmentBatch batch;
  batch.reaches = known;
  batch.more = lacking.more || (own_lacking && tables_.fresh.size() > 0);
  std::vector<uint64_t> positions;
  size_t bytes = 0;
  uint64_t needed = 0;  // what would otherwise be sent without its proof goes with it
  for (const auto& [pos, newest] : lacking.positions) {
    DUDAO_ASSIGN(std::string body, BodyFor(known, pos));
    if (!Fits(batch, bytes, body.size(), bytes_max)) {
      if (pos > needed) {
        DUDAO_ASSIGN(needed, ProofBoundary(positions));
      }
      if (pos > needed) {
        batch.more = true;
        break;
      }
    }
    bytes += body.size();
    batch.segments.push_back(std::move(body));
    batch.cursor = pos;
    positions.push_back(pos);
    for (const Dot& dot : newest) batch.reaches.Set(dot.replica, dot.seq);
  }
  if (!batch.more) batch.cursor = tables_.segments.last_pos();
  for (const auto& [replica, seq] : known.entries())
    tables_.quarantine.AddAside(replica, 1, seq, batch.set_aside);
  return Handed(std::move(batch), positions, known);
}

// What an earlier peer joined may carry others along.
absl::StatusOr<std::string> SpaceStore::BodyFor(const VersionVector& known, uint64_t pos) {
  DUDAO_ASSIGN(std::string body, tables_.segments.Body(pos));
  const auto left_out = [&known](const ReplicaId& replica) {
    return known.Get(replica) == kLeftOut;
  };
  const auto& entries = known.entries();
  if (std::none_of(entries.begin(), entries.end(),
                   [&](const auto& entry) { return left_out(entry.first); }))
    return body;
  DUDAO_ASSIGN(const std::vector<SegmentTable::Span> spans, tables_.segments.SpansAt(pos));
  if (std::none_of(spans.begin(), spans.end(),
                   [&](const SegmentTable::Span& span) { return left_out(span.replica); }))
    return body;
  DUDAO_ASSIGN(std::vector<Change> changes, DecodeSegment(tables_.space, body));
  std::erase_if(changes, [&](const Change& change) { return left_out(change.replica); });
  return EncodeSegment(tables_.space, changes);
}

// The position of the last segment that a proof of these segments' changes covers. What this device
// wrote itself it signs as far as it sends it.
absl::StatusOr<uint64_t> SpaceStore::ProofBoundary(const std::vector<uint64_t>& positions) {
  std::map<ReplicaId, uint64_t> newest;
  for (const uint64_t pos : positions) {
    DUDAO_ASSIGN(const std::vector<SegmentTable::Span> spans, tables_.segments.SpansAt(pos));
    for (const SegmentTable::Span& span : spans) newest[span.replica] = span.last;
  }
  uint64_t boundary = 0;
  for (const auto& [replica, seq] : newest) {
    if (tables_.IsOurs(replica)) continue;
    DUDAO_ASSIGN(const std::optional<HeadProof> proof, tables_.proofs.Covering(replica, seq));
    if (!proof || proof->seq() == seq) continue;
    DUDAO_ASSIGN(const std::optional<uint64_t> pos, tables_.segments.Find({replica, proof->seq()}));
    if (pos) boundary = std::max(boundary, *pos);
  }
  return boundary;
}

absl::StatusOr<SegmentBatch> SpaceStore::SegmentsAfter(uint64_t cursor, const ReplicaId& skip,
                                                       size_t bytes_max) {
  DUDAO_TRY(Ready());
  DUDAO_TRY(Guard(tables_.SealAlone(SealBytes(bytes_max))));
  DUDAO_ASSIGN(const std::optional<int64_t> skip_ix, tables_.replicas.Find(skip));
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  SegmentBatch batch;
  batch.cursor = std::min(cursor, kMax);
  batch.more = tables_.fresh.size() > 0;
  std::vector<uint64_t> positions;
  size_t bytes = 0;
  absl::Status found;
  DUDAO_TRY(tables_.segments.VisitAfter(batch.cursor, [&](const SegmentTable::Place& place) {
    if (skip_ix && place.source == *skip_ix) {
      // What it handed on of others it gets back: a clone of it may have been the one.
      const absl::StatusOr<bool> own = OnlyOf(skip, place.pos);
      found = own.status();
      if (!found.ok()) return false;
      if (*own) batch.cursor = place.pos;
      if (*own) return true;
    }
    if (!positions.empty() && bytes + place.bytes > bytes_max) {
      batch.more = true;
      return false;
    }
    bytes += place.bytes;
    batch.cursor = place.pos;
    positions.push_back(place.pos);
    return true;
  }));
  DUDAO_TRY(found);
  for (const uint64_t pos : positions) {
    DUDAO_ASSIGN(std::string body, tables_.segments.Body(pos));
    batch.segments.push_back(std::move(body));
  }
  return Handed(std::move(batch), positions, {});
}

absl::StatusOr<bool> SpaceStore::OnlyOf(const ReplicaId& replica, uint64_t pos) {
  DUDAO_ASSIGN(const std::vector<SegmentTable::Span> spans, tables_.segments.SpansAt(pos));
  return std::all_of(spans.begin(), spans.end(),
                     [&](const SegmentTable::Span& span) { return span.replica == replica; });
}

// Small segments joined, with the verdicts on what they carry and its proofs.
absl::StatusOr<SegmentBatch> SpaceStore::Handed(SegmentBatch batch,
                                                const std::vector<uint64_t>& positions,
                                                const VersionVector& known) {
  batch.segments = JoinSegments(tables_.space, std::move(batch.segments), kJoinBytesMax);
  std::map<ReplicaId, std::pair<uint64_t, uint64_t>> carried;
  for (const uint64_t pos : positions) {
    DUDAO_ASSIGN(const std::vector<SegmentTable::Span> spans, tables_.segments.SpansAt(pos));
    for (const SegmentTable::Span& span : spans) {
      if (known.Get(span.replica) == kLeftOut) continue;
      carried.try_emplace(span.replica, span.first, 0).first->second.second = span.last;
      tables_.quarantine.AddAside(span.replica, span.first, span.last, batch.set_aside);
    }
  }
  for (const auto& [replica, seqs] : carried) {
    DUDAO_ASSIGN(std::optional<HeadProof> proof,
                 tables_.proofs.NewestWithin(replica, seqs.first, seqs.second));
    const bool whole = proof && proof->seq() == seqs.second;
    if (replica == tables_.self || (tables_.IsOurs(replica) && !whole)) {
      DUDAO_ASSIGN(const std::optional<Hash> hash, tables_.HashAt({replica, seqs.second}));
      if (hash) batch.to_prove.push_back({replica, seqs.second, *hash});
    }
    if (proof) batch.proofs.push_back(*std::move(proof));
  }
  return batch;
}

absl::StatusOr<IngestOutcome> SpaceStore::Ingest(const Arrival& arrival) {
  DUDAO_TRY(Ready());
  std::vector<std::vector<Change>> changes;
  for (const std::string& segment : arrival.segments) {
    DUDAO_ASSIGN(std::vector<Change> decoded, DecodeSegment(tables_.space, segment));
    changes.push_back(std::move(decoded));
  }
  DUDAO_ASSIGN(const std::optional<PeerState> peer, PeerToPut(arrival.peer_after, changes));
  const bool empty = arrival.segments.empty() && arrival.proofs.empty() && !peer &&
                     arrival.set_aside.empty() && !arrival.receipt && !arrival.sign_receipt;
  if (empty) return IngestOutcome();
  return Guard(IngestAll(arrival, std::move(changes), peer));
}

// Nothing if the file has it already: a sync that moves nothing writes nothing.
absl::StatusOr<std::optional<PeerState>> SpaceStore::PeerToPut(
    const std::optional<PeerState>& peer_after, const std::vector<std::vector<Change>>& changes) {
  if (!peer_after) return std::nullopt;
  PeerState peer = *peer_after;
  for (const std::vector<Change>& segment : changes) {
    for (const Change& change : segment) {
      if (change.seq > peer.known.Get(change.replica)) peer.known.Set(change.replica, change.seq);
    }
  }
  DUDAO_ASSIGN(const PeerState held, tables_.peers.Get(peer.name));
  if (held == peer) return std::nullopt;
  return peer;
}

absl::StatusOr<IngestOutcome> SpaceStore::IngestAll(const Arrival& arrival,
                                                    std::vector<std::vector<Change>> changes,
                                                    const std::optional<PeerState>& peer) {
  BatchChain chain(tables_);
  chain.Link(changes);
  if (arrival.on_fork != OnFork::kKeepAside) DUDAO_TRY(chain.FindForks(changes));
  DUDAO_TRY(chain.CheckProofs(arrival, changes));
  const std::vector<ReplicaId> forked(chain.forked().begin(), chain.forked().end());
  if (arrival.on_fork == OnFork::kRefuse && !forked.empty()) {
    IngestOutcome refused;
    refused.forked = forked;
    return refused;
  }
  DUDAO_ASSIGN(Transaction transaction, Transaction::Begin(tables_.db));
  DUDAO_ASSIGN(const int64_t source, tables_.replicas.Intern(arrival.from));
  Ingestion ingestion(tables_, arrival, chain, source, ++ingests_);
  for (size_t i = 0; i < arrival.segments.size(); ++i) {
    DUDAO_TRY(ingestion.Add(arrival.segments[i], std::move(changes[i])));
  }
  DUDAO_ASSIGN(IngestOutcome outcome, ingestion.Finish());
  if (peer) DUDAO_TRY(tables_.peers.Put(*peer));
  outcome.receipt = arrival.receipt;
  if (arrival.receipt) DUDAO_TRY(tables_.receipts.Put(*arrival.receipt));
  if (arrival.sign_receipt && !outcome.own_proof_bad) {
    DUDAO_ASSIGN(outcome.receipt, GiveReceipt(arrival));
  }
  outcome.forked = forked;
  DUDAO_TRY(transaction.Commit());
  for (const HybridTime time : ingestion.times())
    last_time_ = Absorb(last_time_, time, last_wall_ms_);
  tables_.records.Trim();
  return outcome;
}

// For the head of whoever delivers; the same head gets the same receipt.
absl::StatusOr<std::optional<Receipt>> SpaceStore::GiveReceipt(const Arrival& arrival) {
  const HeadState head = tables_.heads.Get(arrival.from);
  if (head.seq == 0) return std::nullopt;
  DUDAO_ASSIGN(std::optional<Receipt> given, tables_.receipts.NewestOf(arrival.from));
  if (given && given->seq() == head.seq && given->hash() == HashBytes(head.hash)) return given;
  DUDAO_ASSIGN(const std::optional<Receipt> before, tables_.receipts.Newest());
  Receipt receipt;
  receipt.set_position(before ? before->position() + 1 : 1);
  receipt.set_time_ms(arrival.receipt_time_ms);
  receipt.set_replica(std::string(arrival.from.AsBytes()));
  receipt.set_seq(head.seq);
  receipt.set_hash(std::string(HashBytes(head.hash)));
  receipt.set_previous(before ? ReceiptHash(tables_.space, *before)
                              : std::string(sizeof(Hash), '\0'));
  receipt.set_control_position(arrival.control_position);
  DUDAO_TRY(arrival.sign_receipt(receipt));
  DUDAO_TRY(tables_.receipts.Put(receipt));
  return receipt;
}

}  // namespace dudao::sync
