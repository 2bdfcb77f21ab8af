#include "world.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "dudao/blob/v1/blob.pb.h"
#include "dudao/sync/log/chain.h"
#include "dudao/sync/log/exchange.h"

namespace dudao::client {
namespace {

constexpr char kExchange[] = "/dudao.sync.v1.SyncService/Exchange";

std::string FreshPath(const std::string& name) {
  static int count = 0;
  const std::string path = absl::StrCat(name, "-", ++count, ".db");
  for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  return path;
}

}  // namespace

void MustBeOk(const absl::Status& status) {
  if (status.ok()) return;
  ADD_FAILURE() << status;
  std::fflush(nullptr);
  std::abort();
}

std::string SeededRandom::Bytes(size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    bytes.append(sync::HashBytes(sync::Sha256(absl::StrCat(seed_, "/", ++calls_))));
  }
  bytes.resize(count);
  return bytes;
}

Office::Office() { db_ = Must(sync::Database::Open(FreshPath("office"))); }

sync::Store& Office::Space(const std::string& space) {
  auto& store = spaces_[space];
  if (store == nullptr) {
    sync::IncarnationOptions incarnation;
    incarnation.fresh_replica = sync::ReplicaId::FromBytes(random_.Bytes(16));
    incarnation.fresh_history_id = random_.Bytes(8);
    store = Must(sync::SqliteStore::Open(*db_, space, incarnation));
  }
  return *store;
}

absl::StatusOr<std::string> Office::Answer(const std::string& method, const std::string& request) {
  calls.push_back(method);
  if (method != kExchange) return AnswerBlob(method, request);
  // The space is field 2 of the request; trying each known one is enough here.
  absl::Status last = absl::NotFoundError("no space");
  for (const char* space : {kSpace, kOffice}) {
    sync::ResponderOptions options;
    options.wall_ms = clock.WallMs();
    auto reply = sync::Respond(Space(space), request, options);
    if (reply.ok()) return reply->response;
    last = reply.status();
  }
  return last;
}

absl::StatusOr<std::string> Office::AnswerBlob(const std::string& method,
                                               const std::string& request) {
  if (method == "/dudao.blob.v1.BlobService/StatBlob") {
    blob::v1::StatBlobRequest ask;
    blob::v1::StatBlobResponse answer;
    EXPECT_TRUE(ask.ParseFromString(request));
    const std::string& held = files[ask.sha256()];
    answer.set_offset(held.size());
    answer.set_complete(!held.empty() && sync::HashBytes(sync::Sha256(held)) == ask.sha256());
    return answer.SerializeAsString();
  }
  if (method == "/dudao.blob.v1.BlobService/PutChunk") {
    blob::v1::PutChunkRequest put;
    blob::v1::PutChunkResponse answer;
    EXPECT_TRUE(put.ParseFromString(request));
    std::string& held = files[put.sha256()];
    file_bytes_taken += put.data().size();
    if (put.offset() > held.size()) return absl::InvalidArgumentError("BLOB_OFFSET");
    if (put.offset() == held.size()) held += put.data();
    answer.set_offset(held.size());
    answer.set_complete(held.size() == put.total_bytes());
    return answer.SerializeAsString();
  }
  blob::v1::GetChunkRequest get;
  blob::v1::GetChunkResponse answer;
  EXPECT_TRUE(get.ParseFromString(request));
  if (!files.contains(get.sha256())) return absl::NotFoundError("BLOB_UNKNOWN");
  const std::string& held = files[get.sha256()];
  answer.set_data(held.substr(get.offset(), get.max_bytes()));
  answer.set_total_bytes(held.size());
  return answer.SerializeAsString();
}

Tablet::Tablet(const std::string& person, records::v1::PersonRole role) : random_(person) {
  options_.database_path = FreshPath(person);
  options_.person_id = person;
  options_.device_name = person + "-tablet";
  options_.role = role;
  options_.seams = {&clock, &random_, &token};
  Restart();
}

void Tablet::Restart() {
  client_.reset();
  client_ = Must(Client::Open(options_));
}

v1::SyncFinished Tablet::Sync(Office& office, bool blobs, const std::function<Fate(size_t)>& fate) {
  v1::BeginSyncRequest begin;
  begin.add_spaces(kSpace);
  begin.set_include_blobs(blobs);
  Must(client_->BeginSync(begin));
  for (size_t number = 0; number < 10'000;) {
    const v1::PollResponse step = Must(client_->Poll({}));
    if (step.has_finished()) return step.finished();
    if (!step.has_call()) continue;
    v1::DeliverRequest outcome;
    outcome.set_call_id(step.call().call_id());
    const Fate what = fate(number++);
    absl::StatusOr<std::string> answer = absl::UnavailableError("no network");
    if (what == Fate::kTwice) (void)office.Answer(step.call().method(), step.call().request());
    if (what != Fate::kLostOnTheWay)
      answer = office.Answer(step.call().method(), step.call().request());
    if (what == Fate::kAnswerLost) answer = absl::UnavailableError("the line dropped");
    if (answer.ok()) {
      outcome.set_response(*answer);
    } else {
      outcome.mutable_error()->set_code(static_cast<int>(answer.status().code()));
      outcome.mutable_error()->set_message(std::string(answer.status().message()));
    }
    Must(client_->Deliver(outcome));
  }
  ADD_FAILURE() << "the sync does not end";
  return {};
}

void Tablet::Set(const v1::RecordRef& record, const std::string& path, const std::string& text) {
  v1::EditRequest edit;
  *edit.mutable_record() = record;
  *edit.add_edits() = SetText(path, text);
  Must(client_->Edit(edit));
}

v1::GetRecordResponse Tablet::Get(const v1::RecordRef& record) {
  v1::GetRecordRequest get;
  *get.mutable_record() = record;
  return Must(client_->GetRecord(get));
}

std::string Tablet::Digest(const std::string& space) {
  v1::GetStateDigestRequest request;
  request.set_space(space);
  return Must(client_->GetStateDigest(request)).digest();
}

v1::RecordRef Record(uint32_t type, const std::string& key, const std::string& space) {
  v1::RecordRef ref;
  ref.set_space(space);
  ref.set_type_id(type);
  ref.set_key(key);
  return ref;
}

v1::FieldEdit SetText(const std::string& path, const std::string& text) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_set()->set_text(text);
  return edit;
}

v1::FieldEdit SetInteger(const std::string& path, int64_t number) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_set()->set_integer(number);
  return edit;
}

v1::FieldEdit AddText(const std::string& path, const std::string& text) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_add()->mutable_value()->set_text(text);
  return edit;
}

v1::FieldEdit AddAt(const std::string& path) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_add();
  return edit;
}

v1::FieldEdit RemoveAt(const std::string& path) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_remove();
  return edit;
}

v1::FieldEdit Increment(const std::string& path, int64_t by) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.set_increment(by);
  return edit;
}

}  // namespace dudao::client
