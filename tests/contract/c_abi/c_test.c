// The C ABI from C11: what a host in any language does, error paths included. No protobuf here: the
// few messages are bytes by hand.
#include <dudao/client/c_api.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                     \
    }                                                                 \
  } while (0)

typedef struct host {
  uint64_t random_state;
  uint8_t token[64];
  size_t token_size;
  int token_fails;
} host;

static int64_t wall_ms(void* self) {
  (void)self;
  return INT64_C(1789952400000);
}

static int random_bytes(void* self, uint8_t* out, size_t count) {
  host* h = self;
  for (size_t i = 0; i < count; ++i) {
    h->random_state =
        h->random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    out[i] = (uint8_t)(h->random_state >> 56);
  }
  return 0;
}

static int read_token(void* self, uint8_t* out, size_t capacity) {
  host* h = self;
  if (h->token_fails || h->token_size > capacity) return -1;
  memcpy(out, h->token, h->token_size);
  return (int)h->token_size;
}

static int write_token(void* self, const uint8_t* token, size_t size) {
  host* h = self;
  if (h->token_fails || size > sizeof h->token) return -1;
  memcpy(h->token, token, size);
  h->token_size = size;
  return 0;
}

static dudao_client_options good_options(host* h) {
  dudao_client_options options;
  memset(&options, 0, sizeof options);
  options.abi_version = DUDAO_CLIENT_ABI_VERSION;
  options.database_path = "c_test.db";
  options.person_id = "li";
  options.seams.host = h;
  options.seams.wall_ms = wall_ms;
  options.seams.random_bytes = random_bytes;
  options.seams.read_token = read_token;
  options.seams.write_token = write_token;
  return options;
}

static int contains(dudao_client_bytes bytes, const char* text) {
  const size_t size = strlen(text);
  for (size_t i = 0; i + size <= bytes.size; ++i) {
    if (memcmp(bytes.data + i, text, size) == 0) return 1;
  }
  return 0;
}

// EditRequest: record {space "s", type_id 900, key "k"}, edits {path "summary", set {text "typed in
// C"}}.
static const uint8_t kEdit[] =
    "\x0a\x09\x0a\x01s\x10\x84\x07\x1a\x01k"
    "\x12\x17\x0a\x07summary\x12\x0c\x0a\x0atyped in C";
// GetRecordRequest for the same record.
static const uint8_t kGet[] = "\x0a\x09\x0a\x01s\x10\x84\x07\x1a\x01k";

static void test_open_refuses(void) {
  host h = {1, {0}, 0, 0};
  dudao_client* client = NULL;
  dudao_client_bytes error = {NULL, 0};
  dudao_client_options options = good_options(&h);
  CHECK(dudao_client_open(NULL, &client, &error) == DUDAO_CLIENT_INVALID_ARGUMENT);
  CHECK(contains(error, "MALFORMED_REQUEST"));
  dudao_client_free(&error);
  CHECK(dudao_client_open(&options, NULL, NULL) == DUDAO_CLIENT_INVALID_ARGUMENT);
  options.abi_version = 99;
  CHECK(dudao_client_open(&options, &client, NULL) == DUDAO_CLIENT_INVALID_ARGUMENT);
  options = good_options(&h);
  options.seams.wall_ms = NULL;
  CHECK(dudao_client_open(&options, &client, NULL) == DUDAO_CLIENT_INVALID_ARGUMENT);
  options = good_options(&h);
  options.seams.write_token = NULL;
  CHECK(dudao_client_open(&options, &client, NULL) == DUDAO_CLIENT_INVALID_ARGUMENT);
  options = good_options(&h);
  options.database_path = "no/such/folder/x.db";
  CHECK(dudao_client_open(&options, &client, &error) != DUDAO_CLIENT_OK);
  CHECK(client == NULL && error.size > 0);
  dudao_client_free(&error);
  options = good_options(&h);
  h.token_fails = 1;
  CHECK(dudao_client_open(&options, &client, NULL) == DUDAO_CLIENT_UNAVAILABLE);
  CHECK(client == NULL);
}

static void test_call_and_reopen(void) {
  host h = {2, {0}, 0, 0};
  dudao_client_options options = good_options(&h);
  dudao_client* client = NULL;
  dudao_client_bytes bytes = {NULL, 0};
  CHECK(dudao_client_open(&options, &client, &bytes) == DUDAO_CLIENT_OK);
  CHECK(client != NULL && h.token_size == 16);
  CHECK(dudao_client_call(client, "Edit", kEdit, sizeof kEdit - 1, &bytes) == DUDAO_CLIENT_OK);
  CHECK(bytes.size > 16);
  dudao_client_free(&bytes);
  CHECK(bytes.data == NULL && bytes.size == 0);
  dudao_client_close(client);
  CHECK(dudao_client_open(&options, &client, NULL) == DUDAO_CLIENT_OK);
  CHECK(dudao_client_call(client, "GetRecord", kGet, sizeof kGet - 1, &bytes) == DUDAO_CLIENT_OK);
  CHECK(contains(bytes, "typed in C"));
  dudao_client_free(&bytes);
  CHECK(dudao_client_poll(client, &bytes) == DUDAO_CLIENT_OK);
  CHECK(bytes.size > 0);  // idle
  dudao_client_free(&bytes);
  dudao_client_close(client);
}

static void test_call_refuses(void) {
  host h = {3, {0}, 0, 0};
  dudao_client_options options = good_options(&h);
  dudao_client* client = NULL;
  dudao_client_bytes bytes = {NULL, 0};
  CHECK(dudao_client_open(&options, &client, NULL) == DUDAO_CLIENT_OK);
  CHECK(dudao_client_call(NULL, "Poll", NULL, 0, &bytes) == DUDAO_CLIENT_INVALID_ARGUMENT);
  dudao_client_free(&bytes);
  CHECK(dudao_client_call(client, NULL, NULL, 0, &bytes) == DUDAO_CLIENT_INVALID_ARGUMENT);
  dudao_client_free(&bytes);
  CHECK(dudao_client_call(client, "Poll", NULL, 1, &bytes) == DUDAO_CLIENT_INVALID_ARGUMENT);
  dudao_client_free(&bytes);
  CHECK(dudao_client_call(client, "Poll", NULL, 0, NULL) == DUDAO_CLIENT_INVALID_ARGUMENT);
  CHECK(dudao_client_call(client, "Nonsense", NULL, 0, &bytes) == DUDAO_CLIENT_UNIMPLEMENTED);
  CHECK(contains(bytes, "METHOD_UNKNOWN"));
  dudao_client_free(&bytes);
  CHECK(dudao_client_call(client, "Edit", (const uint8_t*)"\xff\xff", 2, &bytes) ==
        DUDAO_CLIENT_INVALID_ARGUMENT);
  CHECK(contains(bytes, "MALFORMED_REQUEST"));
  dudao_client_free(&bytes);
  CHECK(dudao_client_call(client, "CloseForm", (const uint8_t*)"\x0a\x01x", 3, &bytes) ==
        DUDAO_CLIENT_NOT_FOUND);
  CHECK(contains(bytes, "FORM_NOT_FOUND"));
  dudao_client_free(&bytes);
  dudao_client_free(&bytes);
  dudao_client_free(NULL);
  dudao_client_close(client);
  dudao_client_close(NULL);
}

int main(void) {
  remove("c_test.db");
  remove("c_test.db-wal");
  test_open_refuses();
  test_call_and_reopen();
  test_call_refuses();
  if (failures == 0) puts("the C ABI holds");
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
