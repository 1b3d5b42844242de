// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/truth.h"

#include "dns/message.h"
#include "dns/record.h"
#include "image/image.h"

/* ----- the image ----- */

static void find_serial(const struct image *image, const struct image_view *view,
                        const struct name *zone, struct truth *out)
{
    struct image_cursor cursor;
    struct image_record record;
    struct soa soa;
    image_find(image, view, name_bytes(zone), false, &cursor);
    while (image_next(&cursor, &record)) {
        if (record.type == RR_SOA && !soa_decode(record.rdata, &soa)) {
            out->has_zone = true;
            out->serial = soa.serial;
        }
    }
}

static void find_addresses(const struct image *image, const struct image_view *view,
                           const struct name *name, struct truth *out)
{
    struct image_cursor cursor;
    struct image_record record;
    struct ip ip;
    image_find(image, view, name_bytes(name), false, &cursor);
    while (image_next(&cursor, &record))
        if ((record.type == RR_A || record.type == RR_AAAA) &&
            !ip_from_bytes(record.rdata, &ip))
            out->has_more |= addresses_add(&out->addresses, ip) != OK;
}

void truth_find(const struct image *image, const struct name *zone,
                const struct name *name, int64_t now_s, struct truth *out)
{
    const struct image_view view = { .now_tai = image_tai(now_s) };
    *out = (struct truth){ .has_zone = false };
    find_serial(image, &view, zone, out);
    if (name && out->has_zone)
        find_addresses(image, &view, name, out);
}

bool truth_equal(const struct truth *a, const struct truth *b)
{
    return a->has_zone == b->has_zone && a->serial == b->serial &&
           a->has_more == b->has_more && addresses_equal(&a->addresses, &b->addresses);
}

/* ----- the judgement ----- */

const char *truth_word(enum truth_state state)
{
    static const char *const words[] = {
        [TRUTH_UNKNOWN] = "unknown", [TRUTH_AGREES] = "agrees",
        [TRUTH_BEHIND] = "behind",   [TRUTH_DIFFERS] = "differs",
        [TRUTH_SILENT] = "silent",   [TRUTH_REFUSED] = "refused",
        [TRUTH_LAME] = "lame",       [TRUTH_TRUNCATED] = "truncated",
        [TRUTH_BROKEN] = "broken",
    };
    return words[state];
}

/* TRUTH_AGREES: it is an answer that says something of the zone. */
static enum truth_state judge_answer(const struct asker_answer *answer)
{
    if (!answer)
        return TRUTH_UNKNOWN;
    switch (answer->result) {
    case ASKER_SILENT:
        return TRUTH_SILENT;
    case ASKER_TRUNCATED:
        return TRUTH_TRUNCATED;
    case ASKER_BROKEN:
        return TRUTH_BROKEN;
    case ASKER_ANSWERED:
        break;
    }
    if (answer->rcode != RCODE_NOERROR && answer->rcode != RCODE_NXDOMAIN)
        return TRUTH_REFUSED;
    return answer->authoritative ? TRUTH_AGREES : TRUTH_LAME;
}

static enum truth_state judge_serial(const struct truth *truth,
                                     const struct asker_answer *soa)
{
    if (!soa->has_serial)
        return TRUTH_LAME;
    if (!truth->has_zone)
        return TRUTH_DIFFERS;
    if (soa->serial == truth->serial)
        return TRUTH_AGREES;
    return serial_is_newer(truth->serial, soa->serial) ? TRUTH_BEHIND : TRUTH_DIFFERS;
}

enum truth_state truth_judge_zone(const struct truth *truth,
                                  const struct asker_answer *soa)
{
    enum truth_state state = judge_answer(soa);
    return state == TRUTH_AGREES ? judge_serial(truth, soa) : state;
}

static bool has_addresses(const struct truth *truth, const struct truth_answers *answers)
{
    const struct addresses said = { .v4 = answers->a->addresses.v4,
                                    .v6 = answers->aaaa->addresses.v6 };
    return truth->has_zone && !truth->has_more && !answers->a->has_more &&
           !answers->aaaa->has_more && addresses_equal(&truth->addresses, &said);
}

enum truth_state truth_judge_host(const struct truth *truth,
                                  const struct truth_answers *answers)
{
    const struct asker_answer *const all[] = { answers->a, answers->aaaa, answers->soa };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        enum truth_state state = judge_answer(all[i]);
        if (state != TRUTH_AGREES)
            return state;
    }
    if (has_addresses(truth, answers))
        return TRUTH_AGREES;
    enum truth_state state = judge_serial(truth, answers->soa);
    return state == TRUTH_AGREES ? TRUTH_DIFFERS : state;
}
