#include "backend.h"

#include "dudao/server/names.h"
#include "dudao/sync/crdt/status_macros.h"
#include "dudao/sync/log/chain.h"
#include "files.h"

namespace dudao::server {
namespace {

constexpr size_t kIncarnationBytes = 16;

// The token that a copy or a backup of the folder does not carry.
absl::StatusOr<std::string> IncarnationToken(const Options& options) {
  const std::string path = options.incarnation_file.empty() ? options.data_dir + ".incarnation"
                                                            : options.incarnation_file;
  DUDAO_ASSIGN(std::string token, ReadFile(path));
  if (token.size() == kIncarnationBytes) return token;
  token = RandomBytes(kIncarnationBytes);
  DUDAO_TRY(WriteFile(path, token));
  return token;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Backend>> Backend::Open(const Options& options) {
  std::unique_ptr<Backend> backend(new Backend());
  DUDAO_TRY(backend->OpenParts(options));
  DUDAO_TRY(backend->OpenSpaces());
  backend->AddMethods(options);
  return backend;
}

absl::Status Backend::OpenParts(const Options& options) {
  DUDAO_ASSIGN(log_, Log::Open(options.log_file, options.wall_ms));
  DUDAO_ASSIGN(const std::string incarnation, IncarnationToken(options));
  DUDAO_ASSIGN(registry_, Registry::Open(options.data_dir + "/server.db"));
  DUDAO_ASSIGN(spaces_, Spaces::Open(options.data_dir + "/spaces", incarnation, *registry_));
  directory_ = std::make_unique<Directory>(options.users, options.shared_secret);
  DUDAO_ASSIGN(projection_, Projection::Open(options.data_dir + "/projection.db"));
  DUDAO_ASSIGN(blobs_, BlobStore::Open(options.data_dir + "/blobs", options.limits.blob_bytes_max));
  DUDAO_ASSIGN(const std::string key, registry_->TokenKey());
  tokens_ = std::make_unique<TokenSigner>(key);
  after_ = std::make_unique<WriteBack>(*projection_, *directory_, *log_);
  exchange_ = std::make_unique<Exchange>(*spaces_, *directory_, *after_, counters_,
                                         options.limits.exchange_bytes_max);
  review_ = std::make_unique<ReviewDesk>(*spaces_, *projection_, *after_, *tokens_);
  imports_ = std::make_unique<Imports>(*spaces_, *after_);
  admin_ = std::make_unique<AdminDesk>(*spaces_, *registry_, *blobs_, *projection_, *tokens_,
                                       counters_, options.wall_ms());
  dispatcher_ =
      std::make_unique<Dispatcher>(*spaces_, *directory_, counters_, *log_, options.wall_ms);
  return absl::OkStatus();
}

absl::Status Backend::OpenSpaces() {
  if (!spaces_->Traits(kOfficeSpace)) DUDAO_TRY(spaces_->Create({kOfficeSpace, "", true}).status());
  for (const SpaceTraits& traits : spaces_->All()) {
    DUDAO_ASSIGN(Space * space, spaces_->Get(traits.name));
    absl::MutexLock lock(&space->mutex());
    after_->Written(*space);
  }
  return absl::OkStatus();
}

absl::Status Backend::RebuildProjection() {
  for (const SpaceTraits& traits : spaces_->All()) {
    DUDAO_ASSIGN(Space * space, spaces_->Get(traits.name));
    absl::MutexLock lock(&space->mutex());
    DUDAO_TRY(projection_->Forget(traits.name));
    DUDAO_TRY(projection_->CatchUp(traits.name, space->store()));
  }
  return absl::OkStatus();
}

void Backend::AddMethods(const Options&) {
  dispatcher_->AddBytes("/dudao.sync.v1.SyncService/Exchange", PeekSpace,
                        [this](const Call& call, const std::string& space, std::string_view bytes) {
                          return exchange_->Answer(call, space, bytes);
                        });
#define DUDAO_BLOB(Rpc, Request, Method) \
  dispatcher_->Add<blob::v1::Request>(   \
      "/dudao.blob.v1.BlobService/" Rpc, \
      [this](const Call&, const blob::v1::Request& request) { return blobs_->Method(request); })
#define DUDAO_METHOD(package, Service, Rpc, part, Method)                  \
  dispatcher_->Add<package::v1::Rpc##Request>(                             \
      "/dudao." #package ".v1." #Service "/" #Rpc,                         \
      [this](const Call& call, const package::v1::Rpc##Request& request) { \
        return part->Method(call, request);                                \
      })
#define DUDAO_REVIEW(Rpc) DUDAO_METHOD(review, ReviewService, Rpc, review_, Rpc)
#define DUDAO_ADMIN(Rpc) DUDAO_METHOD(admin, AdminService, Rpc, admin_, Rpc)
#define DUDAO_IMPORT(Rpc, Method) DUDAO_METHOD(admin, AdminService, Rpc, imports_, Method)
  DUDAO_BLOB("StatBlob", StatBlobRequest, Stat);
  DUDAO_BLOB("PutChunk", PutChunkRequest, Put);
  DUDAO_BLOB("GetChunk", GetChunkRequest, Get);
  DUDAO_BLOB("ListMissingBlobs", ListMissingBlobsRequest, Missing);
  DUDAO_REVIEW(ListVisits);
  DUDAO_REVIEW(ListRecords);
  DUDAO_REVIEW(GetRecord);
  DUDAO_REVIEW(ListConflicts);
  DUDAO_REVIEW(ResolveConflict);
  DUDAO_REVIEW(ListHistory);
  DUDAO_REVIEW(DecideVisit);
  DUDAO_REVIEW(GetMonthBoard);
  DUDAO_REVIEW(GetStateDigest);
  DUDAO_ADMIN(CreateSpace);
  DUDAO_ADMIN(ListSpaces);
  DUDAO_IMPORT(ImportDivisions, Divisions);
  DUDAO_IMPORT(ImportPeople, People);
  DUDAO_IMPORT(ImportForm, Form);
  DUDAO_IMPORT(ImportHolidays, Holidays);
  DUDAO_ADMIN(ListQuarantine);
  DUDAO_ADMIN(GetServerInfo);
  DUDAO_ADMIN(Checkpoint);
#undef DUDAO_BLOB
#undef DUDAO_METHOD
#undef DUDAO_REVIEW
#undef DUDAO_ADMIN
#undef DUDAO_IMPORT
}

}  // namespace dudao::server
