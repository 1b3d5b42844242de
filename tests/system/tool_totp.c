// SPDX-License-Identifier: GPL-3.0-or-later
/* Prints codes of an authenticator app: tool_totp SEED-IN-HEX FIRST-STEP COUNT */
#include <inttypes.h>
#include <stdio.h>

#include "account/totp.h"

int main(int argc, char **argv)
{
    uint8_t seed[TOTP_SEED_SIZE];
    uint64_t first = 0, count = 0;
    if (argc != 4 || str_from_hex(str_from(argv[1]), seed, sizeof(seed)) ||
        str_to_u64(str_from(argv[2]), INT64_MAX, &first) ||
        str_to_u64(str_from(argv[3]), INT32_MAX, &count))
        return 1;
    for (uint64_t i = 0; i < count; i++)
        (void)printf("%06" PRIu32 "\n", totp_code(seed, (int64_t)(first + i)));
    return 0;
}
