// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/review_line.h"

#include <string.h>

enum {
    RR_DNAME = 39,
    ADDRESS_LABELS = 4,
    SRV_PORT = 4, /* where the port stands */
};

size_t review_label(struct str name)
{
    return (uint8_t)name.at[0];
}

const char *review_show(struct str wire)
{
    struct name name;
    return name_decode(wire, &name) ? "?" : name_text(&name);
}

/* Whether it looks like an IPv4 address that stands in the wrong field. */
static bool is_address(struct str name)
{
    size_t labels = 0;
    for (; review_label(name) > 0; name = str_from_at(name, 1 + review_label(name))) {
        for (size_t i = 1; i <= review_label(name); i++)
            if (!char_is_digit(name.at[i]))
                return false;
        labels++;
    }
    return labels == ADDRESS_LABELS;
}

bool review_holds_remark(struct str name)
{
    for (; review_label(name) > 0; name = str_from_at(name, 1 + review_label(name)))
        for (size_t i = 1; i <= review_label(name); i++)
            if (memchr("# \t", name.at[i], 3))
                return true;
    return false;
}

struct str review_target(const struct record *record)
{
    switch (record->type) {
    case RR_NS:
    case RR_CNAME:
    case RR_PTR:
    case RR_DNAME:
        return record->rdata;
    case RR_MX:
        return str_from_at(record->rdata, 2);
    case RR_SRV:
        return str_from_at(record->rdata, 6);
    case RR_SOA: {
        struct str rest = record->rdata;
        while (review_label(rest) > 0)
            rest = str_from_at(rest, 1 + review_label(rest));
        return str_first(record->rdata, record->rdata.n - rest.n + 1);
    }
    default:
        return STR("");
    }
}

static void review_names(struct findings *findings, const struct finding_place *place,
                         const struct record *record)
{
    struct str target = review_target(record);
    if (review_holds_remark(name_bytes(&record->owner)))
        findings_warn(
            findings, place,
            "the name %s has a blank or '#' in it: a remark needs a line of its own",
            name_text(&record->owner));
    if (target.n == 0)
        return;
    if (review_holds_remark(target))
        findings_warn(
            findings, place,
            "the name %s has a blank or '#' in it: a remark needs a line of its own",
            review_show(target));
    else if (is_address(target))
        findings_warn(findings, place,
                      "%s stands where a name should: it is not an address there",
                      review_show(target));
}

static void review_types(struct findings *findings, const struct finding_place *place,
                         const struct record *record)
{
    if (record->type == RR_DNAME)
        findings_warn(findings, place,
                      "the DNAME at %s is given out as it is: no names below it are made",
                      name_text(&record->owner));
    if (record->type == RR_SRV && record->rdata.at[SRV_PORT] == 0 &&
        record->rdata.at[SRV_PORT + 1] == 0 && review_target(record).n > 1)
        findings_warn(findings, place,
                      "an SRV record with port 0: nobody can connect to that");
}

/* Field 2 of a line that may do without an address. */
static void review_field(struct findings *findings, const struct finding_place *place,
                         struct str line)
{
    struct str field = STR(""), rest = line;
    if (!memchr(".&@S", line.at[0], 4))
        return;
    for (size_t i = 0; i < 2; i++)
        if (!str_next(&rest, ':', &field))
            return;
    for (size_t i = 0; i < field.n; i++)
        if (char_is_alpha(field.at[i])) {
            findings_warn(findings, place,
                          "field 2: " STR_FMT
                          " is no address, so none is published; the name of the "
                          "server belongs into field 3",
                          STR_ARG(field));
            return;
        }
}

void review_line(struct findings *findings, const struct finding_place *place,
                 struct str line, const struct record *record)
{
    if (line.n > 0)
        review_field(findings, place, line);
    review_names(findings, place, record);
    review_types(findings, place, record);
}
