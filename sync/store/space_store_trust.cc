#include "space_store.h"

namespace dudao::sync {
namespace {
absl::Status Later() { return absl::UnimplementedError("being built"); }
}  // namespace
absl::StatusOr<std::optional<Hash>> SpaceStore::HashAt(const Dot&) { return Later(); }
absl::StatusOr<std::optional<Receipt>> SpaceStore::NewestReceipt() {
  return std::optional<Receipt>();
}
absl::StatusOr<bool> SpaceStore::NewIncarnation(const FreshIdentity&, uint64_t) { return Later(); }
absl::Status SpaceStore::CutFork(const ReplicaId&, uint64_t, const std::string&) { return Later(); }
absl::Status SpaceStore::SetAside(const Dot&, std::string_view, std::string_view) {
  return Later();
}
absl::Status SpaceStore::Judge(const Dot&, const Hash&, bool) { return Later(); }
absl::Status SpaceStore::PutProof(const HeadProof&) { return Later(); }
absl::Status SpaceStore::PutReceipt(const Receipt&) { return Later(); }
absl::StatusOr<std::vector<HeadProof>> SpaceStore::Proofs() { return Later(); }
absl::StatusOr<std::vector<Receipt>> SpaceStore::Receipts(uint64_t, size_t) { return Later(); }
}  // namespace dudao::sync
