// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as wire and as text: what is taken comes back the same. */
#include "dns/name.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round(const struct name *name)
{
    struct name back;
    const char *text = name_text(name);
    assert(name_parse(str_from(text), &back, NULL) == OK);
    assert(name_equal(name, &back));
    assert(name_decode(name_bytes(name), &back) == OK);
    assert(name_equal(name, &back));
    assert(name_labels(name) <= NAME_LABELS);

    struct name parent, child;
    name_parent(name, &parent);
    assert(name_is_within(name, &parent));
    if (name_is_root(name))
        return;
    assert(!name_is_within(&parent, name));
    assert(name_prepend(name_first_label(name), &parent, &child) == OK);
    assert(name_equal(name, &child));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct name name;
    if (name_decode(str_bytes(data, size), &name) == OK)
        check_round(&name);
    if (name_parse(str_bytes(data, size), &name, NULL) == OK)
        check_round(&name);
    return 0;
}
