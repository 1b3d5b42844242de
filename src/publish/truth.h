// SPDX-License-Identifier: GPL-3.0-or-later
/* truth.h - what the image says, what a name server says, and whether it is the same. Pure, but for
 * the look into the image. */
#pragma once

#include "base/addresses.h"
#include "publish/asker.h"

struct image;

/* What the image has of a zone, and of a name in it. */
struct truth {
    bool has_zone;
    bool has_more; /* addresses than have room here */
    uint32_t serial;
    struct addresses addresses;
};

/* `name` may be NULL. `now_s` is in seconds since 1970. */
void truth_find(const struct image *image, const struct name *zone,
                const struct name *name, int64_t now_s, struct truth *out);
/* Whether both say the same. */
bool truth_equal(const struct truth *a, const struct truth *b);

enum truth_state {
    TRUTH_UNKNOWN,   /* it has not been asked yet */
    TRUTH_AGREES,    /* it has what the image has; of a zone: the serial */
    TRUTH_BEHIND,    /* it has something else, and an older serial */
    TRUTH_DIFFERS,   /* it has something else */
    TRUTH_SILENT,    /* it does not answer */
    TRUTH_REFUSED,   /* it answers with an error */
    TRUTH_LAME,      /* it answers, but not for the zone */
    TRUTH_TRUNCATED, /* its answer does not fit a datagram */
    TRUTH_BROKEN,    /* its answer is none */
};
/* "agrees" */
const char *truth_word(enum truth_state state);

/* What one server said: of a host of its A, AAAA and SOA records, of a zone of its SOA record alone.
 * NULL: it was not asked, or has not answered yet. */
struct truth_answers {
    const struct asker_answer *a, *aaaa, *soa;
};
enum truth_state truth_judge_host(const struct truth *truth,
                                  const struct truth_answers *answers);
enum truth_state truth_judge_zone(const struct truth *truth,
                                  const struct asker_answer *soa);
