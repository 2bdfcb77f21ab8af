// The client core from any language: open, call, poll, close, free. C11 and C++.
//
// Messages are protobuf bytes of dudao.client.v1; errors are google.rpc.Status bytes (see
// docs/client.md). Nothing else crosses. Threading: one call at a time per client; different
// clients are independent. Callbacks run within the calls, on their thread. Ownership: every buffer
// that is handed out is freed with dudao_client_free; null may be freed. Arguments are borrowed for
// the call. No exception leaves. Every function takes null pointers and answers
// DUDAO_CLIENT_INVALID_ARGUMENT. The numbers of dudao_client_code are those of gRPC and frozen.
#ifndef DUDAO_CLIENT_C_API_H_
#define DUDAO_CLIENT_C_API_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define DUDAO_CLIENT_EXPORT __declspec(dllexport)
#else
#define DUDAO_CLIENT_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Grows when a function or field is added; what is there never changes. A caller that was compiled
// for an earlier version keeps working.
// 2: seams.read_vault, seams.write_vault, options.pin; person_id may be null.
#define DUDAO_CLIENT_ABI_VERSION 2

typedef struct dudao_client dudao_client;

typedef enum dudao_client_code {
  DUDAO_CLIENT_OK = 0,
  DUDAO_CLIENT_UNKNOWN = 2,
  DUDAO_CLIENT_INVALID_ARGUMENT = 3,
  DUDAO_CLIENT_NOT_FOUND = 5,
  DUDAO_CLIENT_ALREADY_EXISTS = 6,
  DUDAO_CLIENT_PERMISSION_DENIED = 7,
  DUDAO_CLIENT_RESOURCE_EXHAUSTED = 8,
  DUDAO_CLIENT_FAILED_PRECONDITION = 9,
  DUDAO_CLIENT_ABORTED = 10,
  DUDAO_CLIENT_UNIMPLEMENTED = 12,
  DUDAO_CLIENT_INTERNAL = 13,
  DUDAO_CLIENT_UNAVAILABLE = 14,
  DUDAO_CLIENT_DATA_LOSS = 15,
  DUDAO_CLIENT_UNAUTHENTICATED = 16
} dudao_client_code;

// Bytes handed out by the library; free them.
typedef struct dudao_client_bytes {
  uint8_t* data;
  size_t size;
} dudao_client_bytes;

// What the host provides. All callbacks get `host`. They outlive the client.
typedef struct dudao_client_seams {
  void* host;
  // Milliseconds since 1970 UTC by the device's clock. Required.
  int64_t (*wall_ms)(void* host);
  // Fills `count` bytes that nobody can guess; 0 for success. Required.
  int (*random_bytes)(void* host, uint8_t* out, size_t count);
  // Reads the 16-byte incarnation token, kept where no backup of the database goes: bytes read, 0
  // where there is none, below 0 for an error. May be null, then copies of a database are noticed
  // by the server only.
  int (*read_token)(void* host, uint8_t* out, size_t capacity);
  // Replaces the token durably; 0 for success. Null exactly if read_token is.
  int (*write_token)(void* host, const uint8_t* token, size_t size);
  // The same for the key vault, which goes where the database goes: at most 64 KiB. Since version
  // 2. May be null, then the database is in the clear.
  int (*read_vault)(void* host, uint8_t* out, size_t capacity);
  // Null exactly if read_vault is.
  int (*write_vault)(void* host, const uint8_t* bytes, size_t size);
} dudao_client_seams;

// Texts are UTF-8 and end with a zero byte.
typedef struct dudao_client_options {
  uint32_t abi_version;       // DUDAO_CLIENT_ABI_VERSION
  const char* database_path;  // required
  const char* person_id;      // until the tablet is enrolled; required in version 1
  const char* device_name;    // may be null
  const char* office_space;   // null for "office"
  const char* app_version;    // may be null
  int32_t tablet_index;       // 0 to 25
  int32_t role;               // dudao.records.v1.PersonRole; 0 for inspector
  dudao_client_seams seams;
  const char* pin;  // null where none is set. Since version 2
} dudao_client_options;

// Opens the database. On success `*client` is set, else `*error`.
DUDAO_CLIENT_EXPORT dudao_client_code dudao_client_open(const dudao_client_options* options,
                                                        dudao_client** client,
                                                        dudao_client_bytes* error);

// Calls `method` ("OpenRecord"). `*response` gets the answer, or the error where the code is not
// OK. `request` may be null where `request_size` is 0.
DUDAO_CLIENT_EXPORT dudao_client_code dudao_client_call(dudao_client* client, const char* method,
                                                        const uint8_t* request, size_t request_size,
                                                        dudao_client_bytes* response);

// Short for calling "Poll": `*response` gets a PollResponse.
DUDAO_CLIENT_EXPORT dudao_client_code dudao_client_poll(dudao_client* client,
                                                        dudao_client_bytes* response);

// Closes the client; nothing durable is lost if it is never called. Null is fine.
DUDAO_CLIENT_EXPORT void dudao_client_close(dudao_client* client);

// Frees bytes handed out and empties `*bytes`.
DUDAO_CLIENT_EXPORT void dudao_client_free(dudao_client_bytes* bytes);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // DUDAO_CLIENT_C_API_H_
