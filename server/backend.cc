#include "backend.h"

#include "absl/strings/str_cat.h"
#include "anchor.h"
#include "anchor_keeper.h"
#include "dudao/sync/crdt/status_macros.h"
#include "files.h"
#include "first_entries.h"

namespace dudao::server {
namespace {

constexpr size_t kIncarnationBytes = 16;

// The token that a copy or a backup of the folder does not carry.
absl::StatusOr<std::string> IncarnationToken(const Options& options, Log& log) {
  const std::string path = options.incarnation_file.empty() ? options.data_dir + ".incarnation"
                                                            : options.incarnation_file;
  DUDAO_ASSIGN(std::string token, ReadFile(path));
  DUDAO_ASSIGN(const bool put_back, WasPutBack(options.data_dir, options.wall_ms(), log));
  if (!put_back && token.size() == kIncarnationBytes) return token;
  token = RandomBytes(kIncarnationBytes);
  DUDAO_TRY(WriteFile(path, token));
  DUDAO_TRY(ForgetPutBack(options.data_dir));
  return token;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Backend>> Backend::Open(const Options& options) {
  std::unique_ptr<Backend> backend(new Backend());
  DUDAO_ASSIGN(backend->log_, Log::Open(options.log_file, options.wall_ms));
  DUDAO_TRY(backend->OpenTrust(options));
  DUDAO_TRY(backend->OpenStorage(options));
  backend->MakeDesks(options);
  DUDAO_TRY(SeedSpaces(*backend->control_, *backend->registry_, options.wall_ms()));
  DUDAO_TRY(backend->OpenSpaces());
  DUDAO_TRY(SeedPeople(*backend->control_, *backend->spaces_, *backend->log_, options.wall_ms()));
  backend->AddIdentityMethods();
  backend->AddFieldMethods();
  backend->AddReviewMethods();
  backend->AddAdminMethods();
  return backend;
}

absl::Status Backend::OpenTrust(const Options& options) {
  DUDAO_ASSIGN(db_, ServerDb::Open(options.data_dir + "/server.db"));
  DUDAO_ASSIGN(const bool has_log, ControlLog::Exists(*db_));
  DUDAO_ASSIGN(key_, ServerKey::Open(options.data_dir + "/server.key", !has_log));
  DUDAO_ASSIGN(control_, ControlLog::Open(*db_, *key_, options.wall_ms()));
  DUDAO_ASSIGN(access_, AccessLog::Open(*db_, options.wall_ms));
  sync::ScryptCost cost;
  if (options.password_cost_log2 > 0) cost.log2_n = options.password_cost_log2;
  DUDAO_ASSIGN(people_, People::Open(*db_, cost));
  DUDAO_ASSIGN(sessions_, Sessions::Open(*db_, {options.session_idle, options.session_absolute}));
  DUDAO_ASSIGN(devices_, Devices::Open(*db_));
  return absl::OkStatus();
}

absl::Status Backend::OpenStorage(const Options& options) {
  DUDAO_ASSIGN(const std::string incarnation, IncarnationToken(options, *log_));
  registry_ = std::make_unique<Registry>(*db_);
  DUDAO_ASSIGN(spaces_,
               Spaces::Open(options.data_dir + "/spaces", incarnation, *registry_, *control_));
  DUDAO_ASSIGN(heads_, OwnHeads::Create(*key_, *db_));
  DUDAO_ASSIGN(const auto restored, ReadRestored(options.data_dir));
  heads_->SetRestored(!restored.empty());
  verdicts_ = std::make_unique<Verdicts>(*control_, *heads_);
  DUDAO_ASSIGN(projection_, Projection::Open(options.data_dir + "/projection.db"));
  DUDAO_ASSIGN(blobs_, BlobStore::Open(options.data_dir + "/blobs", options.limits.blob_bytes_max));
  DUDAO_ASSIGN(const std::string key, registry_->TokenKey());
  tokens_ = std::make_unique<TokenSigner>(key);
  revisions_ = std::make_unique<Revisions>(options.wall_ms());
  after_ = std::make_unique<WriteBack>(*projection_, *heads_, *verdicts_, *revisions_, *log_);
  return absl::OkStatus();
}

void Backend::MakeDesks(const Options& options) {
  const Exchange::Parts parts{*spaces_, *control_, *heads_, *verdicts_,
                              *after_,  *access_,  *log_,   counters_};
  const int64_t now_ms = options.wall_ms();
  exchange_ = std::make_unique<Exchange>(parts, options.limits.exchange_bytes_max);
  packages_ =
      std::make_unique<PackageImport>(parts, *blobs_, *key_, options.data_dir + "/packages");
  delivery_ = std::make_unique<Delivery>(*spaces_, *blobs_);
  review_ = std::make_unique<ReviewDesk>(*spaces_, *projection_, *after_, *tokens_);
  leaders_ = std::make_unique<LeaderVisits>(*spaces_, *projection_, *after_);
  notices_ = std::make_unique<NoticeNumbers>(*spaces_, *projection_, options.notice_prefix);
  findings_ =
      std::make_unique<RectificationDesk>(*spaces_, *projection_, *after_, *tokens_, *notices_);
  ledger_ = std::make_unique<LedgerDesk>(*spaces_, *projection_, *revisions_, *tokens_);
  documents_ = std::make_unique<DocumentDesk>(*spaces_, *projection_, *access_,
                                              options.data_dir + "/exports");
  aside_ = std::make_unique<AsideDesk>(*spaces_, *control_, *heads_, *verdicts_, *after_, *tokens_);
  privacy_ = std::make_unique<PrivacyDesk>(*spaces_, *projection_, *blobs_, *access_);
  imports_ = std::make_unique<Imports>(*spaces_, *control_, *projection_, *after_);
  admin_ = std::make_unique<AdminDesk>(*spaces_, *registry_, *blobs_, *projection_, *tokens_,
                                       counters_, *key_, options.data_dir, now_ms);
  identity_ = std::make_unique<IdentityDesk>(*control_, *people_, *sessions_, *spaces_, *access_);
  device_desk_ = std::make_unique<DeviceDesk>(*control_, *devices_, *spaces_, *blobs_, *access_,
                                              *key_, *tokens_);
  people_desk_ = std::make_unique<PeopleDesk>(*control_, *people_, *sessions_, *devices_, *spaces_,
                                              *after_, *access_, *tokens_);
  logs_ = std::make_unique<LogDesk>(*control_, *access_, *projection_, *tokens_);
  auth_ = std::make_unique<CallAuth>(*control_, *sessions_, *people_, *devices_, now_ms);
  guard_ = std::make_unique<CallGuard>(
      options.limits, [folder = options.data_dir] { return SpaceAt(folder); },
      [this](DiskLevel level, DiskSpace space) { TellDisk(level, space); });
  dispatcher_ = std::make_unique<Dispatcher>(*spaces_, *auth_, *guard_, *access_, counters_, *log_,
                                             options.wall_ms);
}

void Backend::TellDisk(DiskLevel level, DiskSpace space) {
  const std::string free = absl::StrCat(space.free_bytes >> 20, " MiB free");
  if (level == DiskLevel::kEnough) return log_->Event("info", "disk_has_room", free);
  const bool low = level == DiskLevel::kLow;
  log_->Event(low ? "error" : "warning", low ? "disk_low_uploads_refused" : "disk_getting_full",
              free);
}

void Backend::Figures(MetricsText& text) {
  const auto of = [](const std::atomic<uint64_t>& count) {
    return static_cast<double>(count.load(std::memory_order_relaxed));
  };
  text.Counter("dudao_exchanges_total", "Exchanges answered.", of(counters_.exchanges));
  text.Begin("dudao_door_calls_total", MetricsText::Kind::kCounter, "Calls answered, by door.");
  text.Value(of(counters_.calls_grpc), {{"door", "grpc"}});
  text.Value(of(counters_.calls_web), {{"door", "web"}});
  text.Gauge("dudao_spaces", "Spaces.", static_cast<double>(spaces_->All().size()));
  if (const auto bytes = admin_->StoredBytes(); bytes.ok())
    text.Gauge("dudao_stored_bytes", "Bytes of all databases.", static_cast<double>(*bytes));
  if (const auto blobs = blobs_->Count(); blobs.ok()) {
    text.Gauge("dudao_blobs", "Files held.", static_cast<double>(blobs->count));
    text.Gauge("dudao_blob_bytes", "Bytes of files held.", static_cast<double>(blobs->bytes));
  }
}

absl::Status Backend::OpenSpaces() {
  for (const auto& rule : spaces_->All()) {
    DUDAO_ASSIGN(Space * space, spaces_->Get(rule.space()));
    absl::MutexLock lock(&space->mutex());
    after_->Written(*space);
  }
  return absl::OkStatus();
}

absl::Status Backend::RebuildProjection() {
  for (const auto& rule : spaces_->All()) {
    DUDAO_ASSIGN(Space * space, spaces_->Get(rule.space()));
    absl::MutexLock lock(&space->mutex());
    DUDAO_TRY(projection_->Forget(rule.space()));
    DUDAO_TRY(projection_->CatchUp(rule.space(), space->store()));
  }
  return absl::OkStatus();
}

#define DUDAO_METHOD(package, Service, Rpc, part, Method)                  \
  dispatcher_->Add<package::v1::Rpc##Request>(                             \
      "/dudao." #package ".v1." #Service "/" #Rpc,                         \
      [this](const Call& call, const package::v1::Rpc##Request& request) { \
        return part->Method(call, request);                                \
      })
#define DUDAO_BLOB(Rpc, Method)                                    \
  dispatcher_->Add<blob::v1::Rpc##Request>(                        \
      "/dudao.blob.v1.BlobService/" #Rpc,                          \
      [this](const Call&, const blob::v1::Rpc##Request& request) { \
        return blobs_->Method(request);                            \
      })
#define DUDAO_IDENTITY(Rpc, part) DUDAO_METHOD(identity, IdentityService, Rpc, part, Rpc)
#define DUDAO_REVIEW(Rpc, part) DUDAO_METHOD(review, ReviewService, Rpc, part, Rpc)
#define DUDAO_FINDING(Rpc, part) DUDAO_METHOD(review, RectificationService, Rpc, part, Rpc)
#define DUDAO_LEDGER(Rpc, part) DUDAO_METHOD(review, LedgerService, Rpc, part, Rpc)
#define DUDAO_ADMIN(Rpc, part) DUDAO_METHOD(admin, AdminService, Rpc, part, Rpc)
#define DUDAO_IMPORT(Rpc, part, Method) DUDAO_METHOD(admin, AdminService, Rpc, part, Method)

void Backend::AddIdentityMethods() {
  DUDAO_IDENTITY(SignIn, identity_);
  DUDAO_IDENTITY(SignOut, identity_);
  DUDAO_IDENTITY(ChangePassword, identity_);
  DUDAO_IDENTITY(GetSelf, identity_);
  DUDAO_IDENTITY(Enrol, device_desk_);
  DUDAO_IDENTITY(RotateKey, device_desk_);
}

void Backend::AddFieldMethods() {
  dispatcher_->AddBytes("/dudao.sync.v1.SyncService/Exchange", PeekSpace,
                        [this](const Call& call, const std::string& space, std::string_view bytes) {
                          return exchange_->Answer(call, space, bytes);
                        });
  DUDAO_METHOD(sync, SyncService, ConfirmDelivery, delivery_, Confirm);
  DUDAO_BLOB(StatBlob, Stat);
  DUDAO_BLOB(PutChunk, Put);
  DUDAO_METHOD(blob, BlobService, GetChunk, privacy_, GetChunk);
  DUDAO_BLOB(ListMissingBlobs, Missing);
}

void Backend::AddReviewMethods() {
  DUDAO_REVIEW(ListVisits, review_);
  DUDAO_REVIEW(ListRecords, review_);
  DUDAO_REVIEW(GetRecord, review_);
  DUDAO_REVIEW(ListConflicts, review_);
  DUDAO_REVIEW(ResolveConflict, review_);
  DUDAO_REVIEW(SendConflictToLead, review_);
  DUDAO_REVIEW(ListHistory, review_);
  DUDAO_REVIEW(DecideVisit, review_);
  DUDAO_REVIEW(RecordLeaderVisit, leaders_);
  DUDAO_REVIEW(GetMonthBoard, review_);
  DUDAO_REVIEW(GetStateDigest, review_);
  DUDAO_REVIEW(ListKeptAside, aside_);
  DUDAO_REVIEW(JudgeChange, aside_);
  DUDAO_REVIEW(ShowPersonalData, privacy_);
  DUDAO_FINDING(ListFindings, findings_);
  DUDAO_FINDING(GetFinding, findings_);
  DUDAO_FINDING(DecideFinding, findings_);
  DUDAO_FINDING(AnswerFinding, findings_);
  DUDAO_FINDING(ListAlikeFindings, findings_);
  DUDAO_FINDING(RenderNotice, documents_);
  DUDAO_LEDGER(GetRevision, ledger_);
  DUDAO_LEDGER(ListCoverage, ledger_);
  DUDAO_LEDGER(GetStatistics, ledger_);
  DUDAO_LEDGER(ExportLedger, documents_);
  DUDAO_LEDGER(RenderVisit, documents_);
}

void Backend::AddAdminMethods() {
  DUDAO_ADMIN(CreateSpace, admin_);
  DUDAO_ADMIN(ListSpaces, admin_);
  DUDAO_IMPORT(ImportDivisions, imports_, Divisions);
  DUDAO_IMPORT(ImportPeople, imports_, People);
  DUDAO_IMPORT(ImportForm, imports_, Form);
  DUDAO_IMPORT(ImportHolidays, imports_, Holidays);
  DUDAO_IMPORT(ImportMeasures, imports_, Measures);
  DUDAO_IMPORT(ImportVillageMarks, imports_, VillageMarks);
  DUDAO_ADMIN(SetVillageMarks, imports_);
  DUDAO_IMPORT(ImportPackage, packages_, Import);
  DUDAO_ADMIN(ListQuarantine, admin_);
  DUDAO_ADMIN(GetServerInfo, admin_);
  DUDAO_ADMIN(Checkpoint, admin_);
  DUDAO_ADMIN(SetPerson, people_desk_);
  DUDAO_ADMIN(ResetPassword, people_desk_);
  DUDAO_ADMIN(ListPeople, people_desk_);
  DUDAO_ADMIN(HandOverPerson, people_desk_);
  DUDAO_ADMIN(CreateEnrolment, device_desk_);
  DUDAO_ADMIN(ListDevices, device_desk_);
  DUDAO_ADMIN(RevokeDevice, device_desk_);
  DUDAO_ADMIN(ListControl, logs_);
  DUDAO_ADMIN(ListAccess, logs_);
  DUDAO_ADMIN(ListRetention, logs_);
}

#undef DUDAO_METHOD
#undef DUDAO_BLOB
#undef DUDAO_IDENTITY
#undef DUDAO_REVIEW
#undef DUDAO_FINDING
#undef DUDAO_LEDGER
#undef DUDAO_ADMIN
#undef DUDAO_IMPORT

}  // namespace dudao::server
