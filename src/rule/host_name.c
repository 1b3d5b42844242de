// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/host_name.h"

#include "dns/punycode.h"

const char host_name_reserved[] =
    "abuse account admin api app auth autoconfig autodiscover broadcasthost dns example ftp"
    " help hostmaster imap invalid isatap local localhost login mail mta-sts mx* noreply ns*"
    " pop postmaster root secure security smtp status support test webmaster wpad www";

enum status host_name_refuse_word(const struct name *name, struct str label,
                                  struct str word, enum word_match match,
                                  struct error *err)
{
    return match == WORD_ALIKE
               ? FAIL(err, ERR_CONFLICT,
                      "%s: '" STR_FMT "' looks like the reserved word '" STR_FMT "'",
                      name_text(name), STR_ARG(label), STR_ARG(word))
               : FAIL(err, ERR_CONFLICT, "%s: '" STR_FMT "' is a reserved word",
                      name_text(name), STR_ARG(label));
}

static enum status check_reserved(struct str label, const struct name *name,
                                  const struct host_name_rules *rules, struct error *err)
{
    enum word_match match = WORD_NO;
    for (struct str rest = rules->reserved, word; str_next(&rest, ' ', &word);) {
        match = word.n ? word_match(word, label) : WORD_NO;
        if (match)
            return host_name_refuse_word(name, label, word, match, err);
    }
    struct str word = word_list_find(rules->words, label, &match);
    return match ? host_name_refuse_word(name, label, word, match, err) : OK;
}

struct str host_name_top_label(const struct name *name, const struct name *zone)
{
    const uint8_t *at = name->wire;
    const uint8_t *end = name->wire + (name->n - zone->n);
    struct str label = STR("");
    while (at < end) {
        label = str_bytes(at + 1, *at);
        at += 1 + *at;
    }
    return label;
}

/* Whether the label, which is in lower case, has only letters, digits and inner hyphens. */
static bool is_plain(struct str label)
{
    for (size_t i = 0; i < label.n; i++)
        if (!char_is_alpha(label.at[i]) && !char_is_digit(label.at[i]) &&
            label.at[i] != '-')
            return false;
    return label.at[0] != '-' && label.at[label.n - 1] != '-';
}

static enum status check_label(struct str label, const struct name *name,
                               const struct host_name_rules *rules, struct error *err)
{
    if (!is_plain(label))
        return FAIL(err, ERR_SYNTAX,
                    "%s: only letters, digits and inner hyphens may stand in a label",
                    name_text(name));
    /* "xn--" encodes other letters, which may look like these. Similar prefixes are reserved. */
    if (label.n < 4 || label.at[2] != '-' || label.at[3] != '-')
        return OK;
    if (!rules->is_trusted)
        return FAIL(err, ERR_SYNTAX, "%s: two hyphens at places 3 and 4 are not allowed",
                    name_text(name));
    if (!punycode_is_label(label))
        return FAIL(err, ERR_SYNTAX, "%s: '" STR_FMT "' stands for no letters",
                    name_text(name), STR_ARG(label));
    return OK;
}

/* Checks each label from the left. The one next to the zone may be a reserved word. */
static enum status check_labels(const struct name *name, size_t labels,
                                const struct host_name_rules *rules, struct error *err)
{
    struct name at = *name;
    for (size_t left = labels; left > 0; left--) {
        struct str label = name_first_label(&at);
        enum status status = check_label(label, name, rules, err);
        if (status)
            return status;
        if (left == 1 && !rules->is_trusted)
            status = check_reserved(label, name, rules, err);
        if (status)
            return status;
        name_parent(&at, &at);
    }
    return OK;
}

enum status host_name_check(const struct name *name, const struct host_name_rules *rules,
                            struct error *err)
{
    const struct name *zone = rules->zone;
    if (!name_is_within(name, zone) || (name_equal(name, zone) && !rules->is_trusted))
        return FAIL(err, ERR_SYNTAX, "%s does not lie below the zone %s", name_text(name),
                    name_text(zone));
    size_t labels = name_labels(name) - name_labels(zone);
    if (labels > rules->labels_max)
        return FAIL(err, ERR_LIMIT, "%s: the zone %s allows %d label%s", name_text(name),
                    name_text(zone), rules->labels_max,
                    rules->labels_max == 1 ? "" : "s");
    return check_labels(name, labels, rules, err);
}
