// SPDX-License-Identifier: GPL-3.0-or-later
/* request.h - an update for a host of a database that bench_store filled. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/buf.h"
#include "secret.h"

enum {
    BENCH_REQUEST_SIZE = 1024
};

/* Asks for the host's address 2001:db8:X:Y::1, X and Y being the halves of `address`; its own
 * number is what it has. `more`: header fields. */
static inline void bench_request(uint64_t host, uint64_t address, const char *more,
                                 struct buf *out)
{
    char secret[BENCH_SECRET_SIZE], plain[64], basic[128];
    bench_secret(host, secret);
    (void)snprintf(plain, sizeof(plain), "u:%s", secret);
    sodium_bin2base64(basic, sizeof(basic), (const unsigned char *)plain, strlen(plain),
                      sodium_base64_VARIANT_ORIGINAL);
    buf_printf(
        out,
        "GET /nic/update?hostname=h%07llu.dyn.example.org&myip=2001:db8:%llx:%llx::1 "
        "HTTP/1.1\r\nHost: ddns.example.org\r\nAuthorization: Basic %s\r\n"
        "User-Agent: load/1\r\n%s\r\n",
        (unsigned long long)host, (unsigned long long)(address >> 16 & 0xffff),
        (unsigned long long)(address & 0xffff), basic, more);
}
