// Runs one sync or enrolment of a client to its end over a channel.
//
// Blocks; everything else (what to send, signatures, retries, pauses) is the core's. Errors: those
// of the client itself, KEY_DESTROYED included. A sync that the network or the server ends is an
// answer: SyncFinished says how each space ended. Not synchronised.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "dudao/client/client.h"
#include "dudao/client/grpc_channel.h"
#include "dudao/client/v1/sync.pb.h"

namespace dudao::client {

using ProgressCallback = std::function<void(const v1::SyncProgress&)>;

// Makes one call that the core handed out; the outcome is for Client::Deliver.
v1::DeliverRequest CarryOut(GrpcChannel& channel, const v1::OutgoingCall& call);

// Polls and delivers until what was begun has ended.
absl::StatusOr<v1::SyncFinished> RunToEnd(Client& client, GrpcChannel& channel,
                                          const ProgressCallback& progress = nullptr);

// `progress` may be null. After Cancel of the channel the sync ends where it stands, with
// CANCELLED.
absl::StatusOr<v1::SyncFinished> RunSync(Client& client, GrpcChannel& channel,
                                         const v1::BeginSyncRequest& begin,
                                         const ProgressCallback& progress = nullptr);

}  // namespace dudao::client
