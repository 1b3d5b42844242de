// SPDX-License-Identifier: GPL-3.0-or-later
/* openapi.h - the document that describes the API to programs (OpenAPI 3.1), made of the tables that
 * the requests are checked by. */
#pragma once

struct json;

/* `origin`: of the server, such as "https://ddns.example.org". The caller frees it. */
struct json *rest_openapi(const char *origin);
