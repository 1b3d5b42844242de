// SPDX-License-Identifier: GPL-3.0-or-later
/* Either all keys are there with a version, or nothing was touched. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "account/keys.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct keys zeros;
    struct keys keys = zeros;
    struct error err = { "" };
    if (keys_parse(str_bytes(data, size), &keys, &err) == OK) {
        assert(keys.pepper_version && keys.master_version && keys.seal_version);
    } else {
        assert(memcmp(&keys, &zeros, sizeof(keys)) == 0);
        assert(err.text[0]);
    }
    return 0;
}
