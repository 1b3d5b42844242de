// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/parameters.h"

#include <stdlib.h>

#include "account/token.h"
#include "dns/name.h"

/* Hosts come in three ranks: where a service names host and domain both, the first one that
 * is there counts. */
enum meaning {
    MEANS_HOSTNAME,
    MEANS_HOST,
    MEANS_ZONE,
    MEANS_ADDRESS,
    MEANS_V4, /* only for words such as "auto": an address tells its family itself */
    MEANS_V6,
    MEANS_PREFIX,
    MEANS_USER,
    MEANS_SECRET,
    MEANS_OFFLINE,
    MEANS_DRY_RUN,
    MEANS_WAIT,
};

/* In the order of the names, for bsearch(). All others are ignored: system, wildcard, mx,
 * backmx, url and whatever else devices send. */
static const struct known {
    const char *name;
    enum meaning meaning;
} table[] = {
    { "a", MEANS_ADDRESS },
    { "aaaa", MEANS_V6 },
    { "addr", MEANS_ADDRESS },
    { "address", MEANS_ADDRESS },
    { "apikey", MEANS_SECRET },
    { "dn", MEANS_HOST },
    { "dnsto", MEANS_ADDRESS },
    { "domain", MEANS_ZONE },
    { "domains", MEANS_ZONE },
    { "dry-run", MEANS_DRY_RUN },
    { "dry_run", MEANS_DRY_RUN },
    { "fqdn", MEANS_HOST },
    { "h", MEANS_HOST },
    { "host", MEANS_HOST },
    { "host_id", MEANS_HOST },
    { "hostname", MEANS_HOSTNAME },
    { "hostnames", MEANS_HOST },
    { "id", MEANS_USER },
    { "ip", MEANS_ADDRESS },
    { "ip4", MEANS_V4 },
    { "ip6", MEANS_V6 },
    { "ip6lanprefix", MEANS_PREFIX },
    { "ipaddr", MEANS_ADDRESS },
    { "ipv4", MEANS_V4 },
    { "ipv4addr", MEANS_V4 },
    { "ipv6", MEANS_V6 },
    { "ipv6addr", MEANS_V6 },
    { "ipv6prefix", MEANS_PREFIX },
    { "k", MEANS_SECRET },
    { "key", MEANS_SECRET },
    { "login", MEANS_USER },
    { "mid", MEANS_USER },
    { "myip", MEANS_ADDRESS },
    { "myipv4", MEANS_V4 },
    { "myipv6", MEANS_V6 },
    { "offline", MEANS_OFFLINE },
    { "p", MEANS_SECRET },
    { "pass", MEANS_SECRET },
    { "passwd", MEANS_SECRET },
    { "password", MEANS_SECRET },
    { "pw", MEANS_SECRET },
    { "pwd", MEANS_SECRET },
    { "secret", MEANS_SECRET },
    { "subdomain", MEANS_ZONE },
    { "token", MEANS_SECRET },
    { "u", MEANS_USER },
    { "updatehostname", MEANS_HOST },
    { "user", MEANS_USER },
    { "username", MEANS_USER },
    { "wait", MEANS_WAIT },
    { "zone", MEANS_ZONE },
};

/* A parameter, the row that its name leads to, and whether its value could be meant. */
struct slot {
    const struct http_param *param;
    const struct known *known;
    bool clean;
};

/* What is being put together. */
struct reading {
    struct slot slots[HTTP_PARAMS_MAX];
    size_t count;
    struct arena *arena;
    struct update *update;
    bool leaves_v4, leaves_v6; /* a word said so */
    bool names_address;        /* there is a value that is not just such a word */
};

static int compare_name(const void *name, const void *row)
{
    struct str wanted = *(const struct str *)name;
    const char *known = ((const struct known *)row)->name;
    for (size_t i = 0; i < wanted.n; i++) {
        int difference =
            (unsigned char)char_lower(wanted.at[i]) - (unsigned char)known[i];
        if (difference != 0) /* also at the end of `known` */
            return difference;
    }
    return known[wanted.n] ? -1 : 0;
}

static const struct known *find_known(struct str name)
{
    /* A zero byte would compare equal to the end of a name, and go on behind it. */
    if (str_find(name, 0) < name.n)
        return NULL;
    return bsearch(&name, table, LENGTH_OF(table), sizeof(table[0]), compare_name);
}

/* ---- values that could be meant -------------------------------------------------------- */

static bool is_made_of(struct str text, struct str others)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.at[i];
        if (!char_is_alpha(c) && !char_is_digit(c) && str_find(others, c) == others.n)
            return false;
    }
    return true;
}

static bool is_hex_made(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = char_lower(text.at[i]);
        if (!char_is_digit(c) && !(c >= 'a' && c <= 'f') &&
            str_find(STR(".:/[]"), c) == STR(".:/[]").n)
            return false;
    }
    return true;
}

enum word {
    WORD_NONE,
    WORD_LEAVE, /* this family stays as it is */
    WORD_SOURCE
};

static enum word word_of(struct str piece)
{
    static const struct {
        const char *text;
        enum word word;
    } words[] = {
        { "preserve", WORD_LEAVE },
        { "no", WORD_LEAVE },
        { "-", WORD_LEAVE },
        { "auto", WORD_SOURCE },
    };
    for (size_t i = 0; i < LENGTH_OF(words); i++)
        if (str_equal_any_case(piece, str_from(words[i].text)))
            return words[i].word;
    return WORD_NONE;
}

static bool is_clean_address(struct str value)
{
    for (struct str piece; str_next(&value, ',', &piece);) {
        piece = str_trim(piece);
        if (!is_hex_made(piece) && word_of(piece) == WORD_NONE)
            return false;
    }
    return true;
}

/* An empty value never is: the one that says something counts. */
static bool is_clean(enum meaning meaning, struct str value)
{
    if (value.n == 0)
        return false;
    switch (meaning) {
    case MEANS_HOSTNAME:
    case MEANS_HOST:
    case MEANS_ZONE:
        return is_made_of(value, STR(".-_, "));
    case MEANS_ADDRESS:
    case MEANS_V4:
    case MEANS_V6:
    case MEANS_PREFIX:
        return is_clean_address(value);
    case MEANS_SECRET:
        return token_is_formed(value);
    case MEANS_USER:
    case MEANS_OFFLINE:
    case MEANS_DRY_RUN:
    case MEANS_WAIT:
        break;
    }
    return true;
}

/* Whether another value of the same name counts instead of this one. */
static bool is_superseded(const struct reading *reading, size_t at)
{
    const struct slot *slot = &reading->slots[at];
    for (size_t i = 0; i < reading->count; i++) {
        const struct slot *other = &reading->slots[i];
        if (other->known != slot->known || other->clean < slot->clean)
            continue;
        if (other->clean > slot->clean || i > at)
            return true;
    }
    return false;
}

/* ---- hosts ----------------------------------------------------------------------------- */

bool parameters_is_full_name(struct str text)
{
    struct name name;
    struct ip ip;
    return is_made_of(text, STR(".-_")) && !name_parse(text, &name, NULL) &&
           name_labels(&name) >= 2 && ip_parse(text, &ip);
}

/* The last clean value of the rank, or its last one; "YES" is a flag of dyndns1, where
 * another parameter has the name. */
static struct str find_hosts(const struct reading *reading, enum meaning rank)
{
    const struct slot *found = NULL;
    for (size_t i = 0; i < reading->count; i++) {
        const struct slot *slot = &reading->slots[i];
        struct str value = slot->param->value;
        if (slot->known->meaning != rank || value.n == 0 ||
            str_equal_any_case(value, STR("YES")))
            continue;
        if (!found || slot->clean || !found->clean)
            found = slot;
    }
    return found ? found->param->value : STR("");
}

/* A host name all by itself, as routers append it to a URL without placeholders. */
static struct str find_bare_host(const struct http_param *params, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!params[i].has_value && parameters_is_full_name(params[i].name))
            return params[i].name;
    return STR("");
}

static void read_hosts(const struct reading *reading, const struct http_param *params,
                       size_t count)
{
    struct str *hosts = &reading->update->hosts;
    for (enum meaning rank = MEANS_HOSTNAME; rank <= MEANS_ZONE && hosts->n == 0; rank++)
        *hosts = find_hosts(reading, rank);
    if (hosts->n == 0)
        *hosts = find_bare_host(params, count);
}

/* ---- addresses ------------------------------------------------------------------------- */

static bool means_family(enum meaning meaning, uint8_t family)
{
    return meaning == MEANS_ADDRESS || (meaning == MEANS_V4 && family == IP_V4) ||
           (meaning == MEANS_V6 && family == IP_V6);
}

/* What rule.h is to see of one piece. */
static struct str translate(struct reading *reading, enum meaning meaning,
                            struct str piece)
{
    struct ip source = reading->update->origin.source;
    switch (word_of(piece)) {
    case WORD_NONE:
        reading->names_address |= piece.n > 0 && !str_equal(piece, STR("0.0.0.0")) &&
                                  !str_equal(piece, STR("::"));
        return piece;
    case WORD_SOURCE:
        if (!means_family(meaning, source.family))
            break;
        reading->names_address = true;
        return arena_copy(reading->arena, str_from(ip_text(source)));
    case WORD_LEAVE:
        break;
    }
    reading->leaves_v4 |= means_family(meaning, IP_V4);
    reading->leaves_v6 |= means_family(meaning, IP_V6);
    return STR("");
}

static void add_value(struct reading *reading, enum rule_role role, struct str text)
{
    struct update *update = reading->update;
    if (update->value_count < UPDATE_VALUES_MAX)
        update->values[update->value_count++] =
            (struct rule_value){ .role = role, .text = text };
}

static bool has_word(struct str value)
{
    for (struct str piece; str_next(&value, ',', &piece);)
        if (word_of(str_trim(piece)) != WORD_NONE)
            return true;
    return false;
}

/* Without words the list goes on as it came. */
static void read_address(struct reading *reading, const struct slot *slot)
{
    struct str value = slot->param->value;
    bool whole = !has_word(value);
    if (whole)
        add_value(reading, RULE_ADDRESS, value);
    for (struct str piece; str_next(&value, ',', &piece);) {
        struct str text = translate(reading, slot->known->meaning, str_trim(piece));
        if (!whole)
            add_value(reading, RULE_ADDRESS, text);
    }
}

/* When all that was said is to leave the source's own family alone, the source must not
 * come in: an unusable value keeps it out. */
static void keep_source_out(struct reading *reading)
{
    uint8_t family = reading->update->origin.source.family;
    if (!reading->names_address && ((family == IP_V4 && reading->leaves_v4) ||
                                    (family == IP_V6 && reading->leaves_v6)))
        add_value(reading, RULE_ADDRESS, STR("preserve"));
}

/* ---- all of it ------------------------------------------------------------------------- */

static bool is_yes(const struct http_param *param)
{
    static const char *const no[] = { "0", "no", "false", "off" };
    for (size_t i = 0; i < LENGTH_OF(no); i++)
        if (str_equal_any_case(param->value, str_from(no[i])))
            return false;
    return true;
}

static void read_slot(struct reading *reading, const struct slot *slot, struct str *user)
{
    struct update *update = reading->update;
    struct str value = slot->param->value;
    switch (slot->known->meaning) {
    case MEANS_HOSTNAME:
    case MEANS_HOST:
    case MEANS_ZONE:
        return; /* read_hosts() */
    case MEANS_ADDRESS:
    case MEANS_V4:
    case MEANS_V6:
        read_address(reading, slot);
        return;
    case MEANS_PREFIX:
        reading->names_address |= value.n > 0;
        add_value(reading, RULE_PREFIX, value);
        return;
    case MEANS_USER:
        if (user->n == 0)
            *user = value;
        return;
    case MEANS_SECRET:
        if (update->secret.n == 0 || (slot->clean && !token_is_formed(update->secret)))
            update->secret = value;
        return;
    case MEANS_OFFLINE:
        update->offline = str_equal_any_case(value, STR("yes"));
        return;
    case MEANS_DRY_RUN:
        update->dry_run |= is_yes(slot->param);
        return;
    case MEANS_WAIT:
        update->wait |= is_yes(slot->param);
        return;
    }
}

void parameters_read(const struct http_param *params, size_t count, struct arena *arena,
                     struct update *update, struct str *user)
{
    struct reading reading = { .arena = arena, .update = update };
    *user = STR("");
    for (size_t i = 0; i < count; i++) {
        const struct known *known = find_known(params[i].name);
        if (!known)
            continue;
        reading.slots[reading.count++] =
            (struct slot){ .param = &params[i],
                           .known = known,
                           .clean = is_clean(known->meaning, params[i].value) };
    }
    read_hosts(&reading, params, count);
    for (size_t i = 0; i < reading.count; i++)
        if (!is_superseded(&reading, i))
            read_slot(&reading, &reading.slots[i], user);
    keep_source_out(&reading);
}
