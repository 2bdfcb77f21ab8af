// Files over the wire: resumed after a restart, verified, kept to their space.
#include <filesystem>
#include <fstream>

#include "dudao/server/names.h"
#include "dudao/sync/log/chain.h"
#include "server_fixture.h"

namespace dudao::server {
namespace {

std::string Pattern(size_t bytes) {
  std::string data(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) data[i] = static_cast<char>((i * 131 + i / 257) & 0xff);
  return data;
}

std::string HashOf(const std::string& data) {
  return std::string(sync::HashBytes(sync::Sha256(data)));
}

class BlobTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    MakeTeamSpaces();
  }
  grpc::Status Put(const std::string& person, const std::string& data, size_t offset, size_t size,
                   blob::v1::PutChunkResponse* response) {
    blob::v1::PutChunkRequest request;
    request.set_space("team-d1-2026");
    request.set_sha256(HashOf(data));
    request.set_offset(offset);
    request.set_data(data.substr(offset, size));
    request.set_total_bytes(data.size());
    request.set_media_type("image/jpeg");
    AsDevice who(person, kPutChunk, request);
    return blobs_->PutChunk(&who, request, response);
  }
  blob::v1::StatBlobResponse Stat(const std::string& data) {
    blob::v1::StatBlobRequest request;
    request.set_space("team-d1-2026");
    request.set_sha256(HashOf(data));
    blob::v1::StatBlobResponse response;
    AsDevice who("ins1", kStatBlob, request);
    EXPECT_TRUE(blobs_->StatBlob(&who, request, &response).ok());
    return response;
  }
  grpc::Status Get(const std::string& person, const std::string& space, const std::string& data,
                   size_t offset, blob::v1::GetChunkResponse* response) {
    blob::v1::GetChunkRequest request;
    request.set_space(space);
    request.set_sha256(HashOf(data));
    request.set_offset(offset);
    As who(person);
    return blobs_->GetChunk(&who, request, response);
  }
  // The partial file of a blob, as it lies on disk.
  std::string PartFile() {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(options_.data_dir + "/blobs")) {
      if (entry.path().extension() == ".part") return entry.path();
    }
    return {};
  }
};

TEST_F(BlobTest, GoesOnAfterARestartAndIsReadBackWhole) {
  const std::string photo = Pattern(600'000);
  blob::v1::PutChunkResponse response;
  ASSERT_TRUE(Put("ins1", photo, 0, kChunkBytesMax, &response).ok());
  EXPECT_EQ(response.offset(), static_cast<uint64_t>(kChunkBytesMax));
  EXPECT_FALSE(response.complete());
  Restart();
  EXPECT_EQ(Stat(photo).offset(), static_cast<uint64_t>(kChunkBytesMax));
  blob::v1::GetChunkResponse piece;
  EXPECT_EQ(ReasonIn(Get("ins1", "team-d1-2026", photo, 0, &piece)), "BLOB_UNKNOWN")
      << "not complete yet";
  for (size_t at = kChunkBytesMax; at < photo.size(); at += kChunkBytesMax) {
    ASSERT_TRUE(Put("ins1", photo, at, kChunkBytesMax, &response).ok());
  }
  EXPECT_TRUE(response.complete());
  std::string back;
  do {
    ASSERT_TRUE(Get("ins2", "team-d1-2026", photo, back.size(), &piece).ok());
    back += piece.data();
  } while (!piece.data().empty() && back.size() < photo.size());
  EXPECT_EQ(back, photo);
  EXPECT_EQ(piece.media_type(), "image/jpeg");
}

TEST_F(BlobTest, ConfirmsARepeatedPieceAndRefusesAGap) {
  const std::string photo = Pattern(300'000);
  blob::v1::PutChunkResponse response;
  EXPECT_EQ(ReasonIn(Put("ins1", photo, 1000, 1000, &response)), "BLOB_OFFSET");
  ASSERT_TRUE(Put("ins1", photo, 0, 1000, &response).ok());
  ASSERT_TRUE(Put("ins1", photo, 0, 1000, &response).ok());
  EXPECT_EQ(response.offset(), 1000u);
  ASSERT_TRUE(Put("ins1", photo, 500, 1000, &response).ok()) << "overlapping";
  EXPECT_EQ(response.offset(), 1500u);
  ASSERT_TRUE(Put("ins1", photo, 1500, 200'000, &response).ok());
  ASSERT_TRUE(Put("ins1", photo, 201'500, 200'000, &response).ok());
  EXPECT_TRUE(response.complete());
  ASSERT_TRUE(Put("ins1", photo, 0, 1000, &response).ok()) << "once complete, still idempotent";
  EXPECT_TRUE(response.complete());
}

TEST_F(BlobTest, ThrowsAwayWhatDoesNotMatchItsHash) {
  const std::string photo = Pattern(2000);
  blob::v1::PutChunkResponse response;
  ASSERT_TRUE(Put("ins1", photo, 0, 1000, &response).ok());
  {
    std::fstream part(PartFile(), std::ios::in | std::ios::out | std::ios::binary);
    part.seekp(10);
    part.put('X');
  }
  EXPECT_EQ(ReasonIn(Put("ins1", photo, 1000, 1000, &response)), "BLOB_HASH_MISMATCH");
  EXPECT_EQ(Stat(photo).offset(), 0u);
  EXPECT_FALSE(Stat(photo).complete());
  ASSERT_TRUE(Put("ins1", photo, 0, 2000, &response).ok());
  EXPECT_TRUE(response.complete());
}

TEST_F(BlobTest, IsReadOnlyThroughASpaceThatItWasSentTo) {
  const std::string photo = Pattern(2000);
  blob::v1::PutChunkResponse response;
  EXPECT_EQ(ReasonIn(Put("ins3", photo, 0, 2000, &response)), "SPACE_FORBIDDEN");
  EXPECT_EQ(ReasonIn(Put("ld", photo, 0, 2000, &response)), "ROLE_FORBIDDEN");
  ASSERT_TRUE(Put("ins1", photo, 0, 2000, &response).ok());
  blob::v1::GetChunkResponse piece;
  EXPECT_TRUE(Get("zhao", "team-d1-2026", photo, 0, &piece).ok());
  EXPECT_EQ(ReasonIn(Get("ins3", "team-d1-2026", photo, 0, &piece)), "SPACE_FORBIDDEN");
  EXPECT_EQ(ReasonIn(Get("ins3", "team-d2-2026", photo, 0, &piece)), "BLOB_UNKNOWN");
}

TEST_F(BlobTest, RefusesWhatIsTooLargeOrMakesNoSense) {
  const std::string photo = Pattern(700'000);
  blob::v1::PutChunkResponse response;
  EXPECT_EQ(ReasonIn(Put("ins1", photo, 0, 300'000, &response)), "BLOB_TOO_LARGE");
  blob::v1::PutChunkRequest request;
  request.set_space("team-d1-2026");
  request.set_sha256("short");
  AsDevice one("ins1", kPutChunk, request);
  EXPECT_EQ(ReasonIn(blobs_->PutChunk(&one, request, &response)), "HASH_INVALID");
  request.set_sha256(std::string(32, 'h'));
  request.set_total_bytes(uint64_t{1} << 40);
  AsDevice two("ins1", kPutChunk, request);
  EXPECT_EQ(ReasonIn(blobs_->PutChunk(&two, request, &response)), "BLOB_TOO_LARGE");
  request.set_total_bytes(UINT64_MAX);
  request.set_offset(UINT64_MAX - 3);
  request.set_data("abc");
  AsDevice three("ins1", kPutChunk, request);
  EXPECT_EQ(ReasonIn(blobs_->PutChunk(&three, request, &response)), "BLOB_OFFSET");
}

TEST_F(BlobTest, TakesAnEmptyFileAndListsWhatIsMissing) {
  blob::v1::PutChunkResponse response;
  ASSERT_TRUE(Put("ins1", "", 0, 0, &response).ok());
  EXPECT_TRUE(response.complete());
  blob::v1::ListMissingBlobsRequest request;
  request.set_space("team-d1-2026");
  request.add_sha256(HashOf("absent"));
  request.add_sha256(HashOf(""));
  blob::v1::ListMissingBlobsResponse missing;
  As who("ins1");
  ASSERT_TRUE(blobs_->ListMissingBlobs(&who, request, &missing).ok());
  ASSERT_EQ(missing.sha256_size(), 1);
  EXPECT_EQ(missing.sha256(0), HashOf("absent"));
}

}  // namespace
}  // namespace dudao::server
