// What the worker calls beside the C interface (c_api.h): which files to open, and how to open the
// client on them. C, because JavaScript calls it.
#ifndef DUDAO_CLIENT_WEB_CORE_H_
#define DUDAO_CLIENT_WEB_CORE_H_

#include "dudao/client/c_api.h"

#ifdef __cplusplus
extern "C" {
#endif

// Name of file `number`, counted from 0; null after the last one. The worker opens a handle for
// each, in this order, as the module's `files`, before it opens the client.
DUDAO_CLIENT_EXPORT const char* dudao_web_file_name(int number);

// Opens the client on these files. Texts are UTF-8; any may be empty. `person_id` and `role` count
// until the tablet is enrolled. Answers as dudao_client_open.
DUDAO_CLIENT_EXPORT dudao_client_code dudao_web_open(const char* person_id, int role,
                                                     const char* device_name,
                                                     const char* app_version, const char* pin,
                                                     dudao_client** client,
                                                     dudao_client_bytes* error);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // DUDAO_CLIENT_WEB_CORE_H_
