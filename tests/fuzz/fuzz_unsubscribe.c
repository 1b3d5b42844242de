// SPDX-License-Identifier: GPL-3.0-or-later
/* The token of a mail's link: what is read is what would be made. */
#include <stdlib.h>

#include "post/unsubscribe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct keys keys = { .seal = { 1, 2, 3 } };
    struct str token = str_bytes(data, size);
    int64_t account_id = 0;
    enum post_kind kind = POST_TEST;
    if (!unsubscribe_read(&keys, token, &account_id, &kind))
        return 0;
    char made[UNSUBSCRIBE_SIZE];
    unsubscribe_make(&keys, account_id, kind, made);
    if (!str_equal_any_case(str_from(made), token))
        abort();
    return 0;
}
