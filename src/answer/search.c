// SPDX-License-Identifier: GPL-3.0-or-later
/* Looks up a question in small steps over one `struct search`. Each step either ends the search
 * with a response code, or tells how it goes on. */
#include "answer/search.h"

#include "base/reader.h"
#include "dns/record.h"

enum {
    SOA_MINIMUM_SIZE = 4, /* size of the last field of an SOA record */
};

/* What a step found. The first four end the search. */
enum found {
    FOUND_ANSWER,  /* the answer is complete: NOERROR */
    FOUND_NO_NAME, /* NXDOMAIN */
    FOUND_FOREIGN, /* the name is in none of our zones */
    FOUND_DAMAGE,  /* the image is damaged there */
    FOUND_ALIAS,   /* search.name is the target of a CNAME */
    FOUND_NO_DATA, /* the name exists without records of the type */
    FOUND_NOTHING, /* the name has no records */
};

/* ----- zones ----- */

/* The name without its first label; empty after the root. */
static struct str parent_of(struct str name)
{
    return str_from_at(name, name.n ? 1U + (uint8_t)name.at[0] : 0);
}

bool search_find(const struct search *search, struct str name, uint16_t type,
                 struct image_record *out)
{
    struct image_cursor cursor;
    image_find(search->image, &search->view, name, false, &cursor);
    while (image_next(&cursor, out)) {
        if (out->type == type)
            return true;
    }
    return false;
}

/* What the records at a name tell. */
struct node {
    bool any;       /* there are records */
    bool apex;      /* the name is the apex of a zone */
    bool delegated; /* no apex, but NS records: the name is not ours */
    bool aliased;
    struct image_record alias; /* the first CNAME */
    struct image_record soa;   /* of the apex */
};

/* Reads the records at `name`, or at its wildcard. Collects those of the question's type as a set
 * of the name that is looked up. */
static void read_node(struct search *search, struct str name, bool wildcard,
                      struct node *out)
{
    struct image_cursor cursor;
    struct image_record record;
    uint16_t type = search->type;
    *out = (struct node){ .any = false };
    image_find(search->image, &search->view, name, wildcard, &cursor);
    while (image_next(&cursor, &record)) {
        bool is_open = out->any &&
                       !(search->type == RR_ANY && message_set_is_empty(search->message));
        if (!is_open) {
            if (search->type == RR_ANY) /* one set is enough (RFC 8482) */
                type = record.type;
            message_set_begin(search->message, name_bytes(&search->name), type);
            out->any = true;
        }
        if (record.type == RR_SOA && !out->apex) {
            out->apex = true;
            out->soa = record;
        }
        out->delegated = out->delegated || record.type == RR_NS;
        if (record.type == type) {
            message_set_add(search->message, record.ttl_s, record.rdata);
        } else if (record.type == RR_CNAME && !out->aliased) {
            out->alias = record;
            out->aliased = true;
        }
    }
}

/* Finds out only whether `name` is an apex or, if not, whether it is delegated. */
static void look_for_bounds(const struct search *search, struct str name,
                            struct node *out)
{
    struct image_cursor cursor;
    struct image_record record = { 0 };
    *out = (struct node){ .any = false };
    image_find(search->image, &search->view, name, false, &cursor);
    while (!out->apex && image_next(&cursor, &record)) {
        out->apex = record.type == RR_SOA;
        out->delegated = out->delegated || record.type == RR_NS;
    }
    out->soa = record; /* of use only at an apex */
}

/* Goes up from `from`, an existing name at or above search->name, to the apex of its zone. `self`
 * is what was read at search->name. The topmost delegation on the way counts: names below it are
 * not ours. */
static bool find_zone(struct search *search, struct str from, const struct node *self)
{
    struct str cut = STR("");
    for (struct str at = from; at.n > 0; at = parent_of(at)) {
        struct node node;
        search->steps++;
        if (at.n == search->name.n)
            node = *self;
        else
            look_for_bounds(search, at, &node);
        if (node.apex) {
            search->zone = at;
            search->soa = node.soa;
            search->cut = cut;
            return true;
        }
        if (node.delegated)
            cut = at;
    }
    return false;
}

/* Finds the zone. The way up begins at the longest part of the name that exists: anybody may ask
 * for a name with very many labels that do not exist. */
static enum found enter_zone(struct search *search, const struct node *self)
{
    struct str name = name_bytes(&search->name);
    search->encloser =
        self->any ? name
                  : image_closest_encloser(search->image, &search->view, name, STR("\0"));
    struct str from = search->encloser;
    /* DS records are in the zone above (RFC 4035 3.1.4.1). */
    struct str above = from.n == name.n ? parent_of(from) : from;
    bool found = (search->type == RR_DS && find_zone(search, above, self)) ||
                 find_zone(search, from, self);
    return found ? FOUND_NOTHING : FOUND_FOREIGN;
}

/* ----- records ----- */

static enum found put(struct search *search, bool needed)
{
    return message_set_put(search->message, needed) == ERR_SYNTAX ? FOUND_DAMAGE
                                                                  : FOUND_ANSWER;
}

/* Puts all records of `type` of `owner`. */
static enum found put_type(struct search *search, struct str owner, uint16_t type,
                           bool needed)
{
    struct image_cursor cursor;
    struct image_record record;
    message_set_begin(search->message, owner, type);
    image_find(search->image, &search->view, owner, false, &cursor);
    while (image_next(&cursor, &record)) {
        if (record.type == type)
            message_set_add(search->message, record.ttl_s, record.rdata);
    }
    return put(search, needed);
}

/* Puts the CNAME, and goes on with its target. It does not follow a target that was looked up
 * before, or more targets than are allowed: then the client has to ask. */
static enum found follow(struct search *search, const struct image_record *alias)
{
    struct name target;
    message_set_begin(search->message, name_bytes(&search->name), RR_CNAME);
    message_set_add(search->message, alias->ttl_s, alias->rdata);
    if (name_decode(alias->rdata, &target) || put(search, true) == FOUND_DAMAGE)
        return FOUND_DAMAGE;
    if (message_is_truncated(search->message) || search->aliases == ANSWER_ALIASES ||
        search->steps >= ANSWER_STEPS)
        return FOUND_ANSWER;

    name_copy(&search->seen[search->aliases++], &search->name);
    for (size_t i = 0; i < search->aliases; i++) {
        if (name_equal(&search->seen[i], &target))
            return FOUND_ANSWER;
    }
    name_copy(&search->name, &target);
    return FOUND_ALIAS;
}

/* Answers from what read_node() has just read. */
static enum found answer_from(struct search *search, const struct node *node)
{
    if (!node->any)
        return FOUND_NOTHING;
    if (!message_set_is_empty(search->message))
        return put(search, true);
    return node->aliased ? follow(search, &node->alias) : FOUND_NO_DATA;
}

static enum found answer_from_wildcard(struct search *search)
{
    struct str encloser = search->encloser;
    if (encloser.n == search->name.n)
        return FOUND_NO_DATA; /* there are names below it, or it has no records now */
    struct node node;
    read_node(search, encloser, true, &node);
    enum found found = answer_from(search, &node);
    search->from_wildcard = search->from_wildcard || found != FOUND_NOTHING;
    if (found != FOUND_NOTHING)
        return found;
    return image_wildcard_exists(search->image, &search->view, encloser) ? FOUND_NO_DATA
                                                                         : FOUND_NO_NAME;
}

/* ----- authority ----- */

/* Puts the zone's SOA record. Its TTL tells how long the negative answer may be cached
 * (RFC 2308 3). */
static enum found put_negative(struct search *search)
{
    const struct image_record *soa = &search->soa;
    if (soa->rdata.n < SOA_MINIMUM_SIZE)
        return FOUND_DAMAGE;
    uint32_t minimum_s = read_u32(soa->rdata.at + soa->rdata.n - SOA_MINIMUM_SIZE);

    message_section(search->message, SECTION_AUTHORITY);
    message_set_begin(search->message, search->zone, RR_SOA);
    message_set_add(search->message, soa->ttl_s < minimum_s ? soa->ttl_s : minimum_s,
                    soa->rdata);
    return put(search, true);
}

/* Puts the addresses of a name server that our zone has. If its name is below the delegation,
 * nobody else has them, so that without room for them the reply is truncated (RFC 9471). */
static enum found put_glue(struct search *search, struct str server)
{
    struct name name, zone, cut;
    if (name_decode(server, &name) || name_decode(search->zone, &zone) ||
        name_decode(search->cut, &cut))
        return FOUND_DAMAGE;
    if (!name_is_within(&name, &zone))
        return FOUND_ANSWER;
    bool needed = name_is_within(&name, &cut);
    /* Broken addresses are left out. */
    (void)put_type(search, name_bytes(&name), RR_A, needed);
    (void)put_type(search, name_bytes(&name), RR_AAAA, needed);
    return FOUND_ANSWER;
}

static enum found put_all_glue(struct search *search)
{
    struct str servers[ANSWER_GLUE];
    size_t count = 0;
    struct image_cursor cursor;
    struct image_record record;
    image_find(search->image, &search->view, search->cut, false, &cursor);
    while (count < ANSWER_GLUE && image_next(&cursor, &record)) {
        bool repeated = record.type != RR_NS;
        for (size_t i = 0; i < count && !repeated; i++)
            repeated = str_equal(servers[i], record.rdata);
        if (repeated)
            continue;
        servers[count++] = record.rdata;
        if (put_glue(search, record.rdata) == FOUND_DAMAGE)
            return FOUND_DAMAGE;
    }
    return FOUND_ANSWER;
}

static enum found refer(struct search *search)
{
    message_section(search->message, SECTION_AUTHORITY);
    if (put_type(search, search->cut, RR_NS, true) == FOUND_DAMAGE)
        return FOUND_DAMAGE;
    if (message_is_truncated(search->message))
        return FOUND_ANSWER;
    message_section(search->message, SECTION_ADDITIONAL);
    return put_all_glue(search);
}

/* ----- the search ----- */

static enum found look_up_one(struct search *search)
{
    struct node self;
    read_node(search, name_bytes(&search->name), false, &self);
    enum found found = enter_zone(search, &self);
    if (found == FOUND_FOREIGN)
        return found;
    if (search->cut.n > 0)
        return refer(search);
    search->authoritative = true;
    found = answer_from(search, &self);
    return found == FOUND_NOTHING ? answer_from_wildcard(search) : found;
}

enum dns_rcode search_run(struct search *search)
{
    enum found found = FOUND_ALIAS;
    while (found == FOUND_ALIAS)
        found = look_up_one(search);

    bool missing = found == FOUND_NO_NAME;
    if (missing || found == FOUND_NO_DATA)
        found = put_negative(search);
    if (found == FOUND_DAMAGE)
        return RCODE_SERVFAIL;
    /* The code is that of the last name (RFC 6604). About a foreign name we know nothing. */
    if (found == FOUND_FOREIGN)
        return search->aliases ? RCODE_NOERROR : RCODE_REFUSED;
    return missing ? RCODE_NXDOMAIN : RCODE_NOERROR;
}
