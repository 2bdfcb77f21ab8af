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
  uint8_t vault[4096];
  size_t vault_size;
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

static int read_vault(void* self, uint8_t* out, size_t capacity) {
  host* h = self;
  if (h->vault_size > capacity) return -1;
  memcpy(out, h->vault, h->vault_size);
  return (int)h->vault_size;
}

static int write_vault(void* self, const uint8_t* bytes, size_t size) {
  host* h = self;
  if (size > sizeof h->vault) return -1;
  memcpy(h->vault, bytes, size);
  h->vault_size = size;
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
  host h = {.random_state = 1};
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
  options.seams.read_vault = read_vault;
  CHECK(dudao_client_open(&options, &client, NULL) == DUDAO_CLIENT_INVALID_ARGUMENT);
  options = good_options(&h);
  options.abi_version = 1;
  options.person_id = NULL;
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
  host h = {.random_state = 2};
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
  host h = {.random_state = 3};
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

// The structs as a host has them that was compiled for version 1.
typedef struct seams_v1 {
  void* host;
  int64_t (*wall_ms)(void* host);
  int (*random_bytes)(void* host, uint8_t* out, size_t count);
  int (*read_token)(void* host, uint8_t* out, size_t capacity);
  int (*write_token)(void* host, const uint8_t* token, size_t size);
} seams_v1;

typedef struct options_v1 {
  uint32_t abi_version;
  const char* database_path;
  const char* person_id;
  const char* device_name;
  const char* office_space;
  const char* app_version;
  int32_t tablet_index;
  int32_t role;
  seams_v1 seams;
} options_v1;

static void test_version_1(void) {
  host h = {.random_state = 4};
  // At the very end of an allocation of its own size: reading further would be noticed.
  options_v1* options = malloc(sizeof *options);
  dudao_client_options bytes_after;
  dudao_client* client = NULL;
  dudao_client_bytes bytes = {NULL, 0};
  CHECK(options != NULL);
  if (options == NULL) return;
  memset(options, 0, sizeof *options);
  options->abi_version = 1;
  options->database_path = "c_test_1.db";
  options->person_id = "li";
  options->seams.host = &h;
  options->seams.wall_ms = wall_ms;
  options->seams.random_bytes = random_bytes;
  options->seams.read_token = read_token;
  options->seams.write_token = write_token;
  // What follows in memory is anything; it must not be taken for callbacks.
  memset(&bytes_after, 0x5a, sizeof bytes_after);
  memcpy(&bytes_after, options, sizeof *options);
  CHECK(dudao_client_open(&bytes_after, &client, &bytes) == DUDAO_CLIENT_OK);
  dudao_client_free(&bytes);
  CHECK(dudao_client_call(client, "Edit", kEdit, sizeof kEdit - 1, &bytes) == DUDAO_CLIENT_OK);
  dudao_client_free(&bytes);
  dudao_client_close(client);
  CHECK(dudao_client_open((const dudao_client_options*)(const void*)options, &client, NULL) ==
        DUDAO_CLIENT_OK);
  dudao_client_close(client);
  free(options);
}

static int file_contains(const char* path, const char* text) {
  static char buffer[1 << 20];
  FILE* file = fopen(path, "rb");
  if (file == NULL) return 0;
  const size_t size = fread(buffer, 1, sizeof buffer, file);
  fclose(file);
  dudao_client_bytes bytes = {(uint8_t*)buffer, size};
  return contains(bytes, text);
}

static void test_vault(void) {
  host h = {.random_state = 5};
  dudao_client_options options = good_options(&h);
  dudao_client* client = NULL;
  dudao_client_bytes bytes = {NULL, 0};
  options.database_path = "c_test_2.db";
  options.seams.read_vault = read_vault;
  options.seams.write_vault = write_vault;
  CHECK(dudao_client_open(&options, &client, &bytes) == DUDAO_CLIENT_OK);
  CHECK(h.vault_size > 32);
  CHECK(dudao_client_call(client, "Edit", kEdit, sizeof kEdit - 1, &bytes) == DUDAO_CLIENT_OK);
  dudao_client_free(&bytes);
  dudao_client_close(client);
  CHECK(!file_contains("c_test_2.db", "typed in C") &&
        !file_contains("c_test_2.db-wal", "typed in C"));
  CHECK(dudao_client_open(&options, &client, NULL) == DUDAO_CLIENT_OK);
  CHECK(dudao_client_call(client, "GetRecord", kGet, sizeof kGet - 1, &bytes) == DUDAO_CLIENT_OK);
  CHECK(contains(bytes, "typed in C"));
  dudao_client_free(&bytes);
  dudao_client_close(client);
  // Without its key it stays closed, and says why.
  h.vault_size = 0;
  CHECK(dudao_client_open(&options, &client, &bytes) == DUDAO_CLIENT_UNAUTHENTICATED);
  CHECK(client == NULL && contains(bytes, "KEY_MISSING"));
  dudao_client_free(&bytes);
}

int main(void) {
  const char* const files[] = {"c_test.db",       "c_test.db-wal", "c_test_1.db",
                               "c_test_1.db-wal", "c_test_2.db",   "c_test_2.db-wal"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; ++i) remove(files[i]);
  test_open_refuses();
  test_call_and_reopen();
  test_call_refuses();
  test_version_1();
  test_vault();
  if (failures == 0) puts("the C ABI holds");
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
