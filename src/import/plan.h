// SPDX-License-Identifier: GPL-3.0-or-later
/* plan.h - what an import is going to make: zones, hosts, records, and remarks on what cannot
 * be carried over.
 *
 * The reader of each format tells what its file holds, in any order; plan_settle() then finds
 * for all of them alike which record is a zone's SOA or name server, which addresses become
 * a host, and what stays a record. Everything lives in the plan's arena. */
#pragma once

#include "base/addresses.h"
#include "base/arena.h"
#include "dns/record.h"
#include "rule/host_name.h"
#include "rule/record_type.h"
#include "rule/zone.h"

struct json;

enum {
    PLAN_GLUE_MAX = 8,
    PLAN_RDATA_MAX = RECORD_RDATA_MAX,
    PLAN_DATA_TEXT_SIZE = 8 * PLAN_RDATA_MAX /* every byte escaped, and more */
};

struct plan_server {
    struct name name;
    struct ip addresses[PLAN_GLUE_MAX]; /* when it lies in the zone */
    size_t count;
};

struct plan_zone {
    struct name name;
    const char *owner; /* e-mail; NULL: the file names none */
    uint64_t line;
    bool disabled;
    bool has_soa;
    struct soa soa;
    uint32_t soa_ttl_s, ns_ttl_s; /* 0: not given */
    uint8_t labels_max;           /* 0: not given */
    struct plan_server servers[NAME_SERVERS_MAX];
    size_t server_count;
};

struct plan_record {
    struct str owner;     /* wire form */
    bool wildcard, taken; /* taken: it is in a zone's or host's values */
    uint16_t type;
    uint32_t ttl_s;
    struct str rdata;
    size_t zone; /* PLAN_NO_ZONE: in none that is asked for */
    uint64_t line;
};
#define PLAN_NO_ZONE SIZE_MAX

struct plan_host {
    struct name name;
    size_t zone;
    const char *owner; /* NULL: the zone's */
    const char *state; /* NULL: active */
    struct addresses addresses;
    uint32_t ttl_s; /* 0: the zone's */
    bool wildcard;
    struct name follows;  /* n is 0: none */
    uint64_t leader_line; /* of the host that it follows, behind which it is made */
    struct ip interface_id;
    uint64_t line;
};

struct plan_remark {
    uint64_t line; /* 0: of no line */
    struct str text;
};

struct plan {
    struct arena *arena;
    const char *file;
    const char *mark; /* between the file's name and the line: ":", or ":#" for items */
    struct name only; /* n is 0: every zone */
    bool no_hosts;    /* addresses stay records */
    struct str
        reserved; /* words of host_name_check(), lent; at first host_name_reserved */
    struct plan_zone *zones;
    struct plan_record *records;
    struct plan_host *hosts;
    struct plan_remark *remarks;
    size_t zone_count, record_count, host_count, remark_count;
    size_t
        refused; /* how many of the remarks tell of what should have come in and did not */
    size_t zone_room, record_room, host_room, remark_room;
    size_t *slots; /* of plan_zones.c */
    size_t slot_count;
};

void plan_init(struct plan *plan, const char *file);
void plan_done(struct plan *plan);

/* The zone, made when it is not there; an index, as the zones may move. Also of zones that
 * are not asked for, so that theirs are told from the others'. */
size_t plan_zone(struct plan *plan, const struct name *name, uint64_t line);
/* A record as the file has it. With a location or a time stamp it is only remarked. */
void plan_record(struct plan *plan, const struct record *record, uint64_t line);
/* A host of a format that knows hosts. Lent until the next one. */
struct plan_host *plan_host(struct plan *plan, const struct name *name, size_t zone,
                            uint64_t line);
/* Something that changes on its way, or that has no place in Rove, and why. */
void plan_remark(struct plan *plan, uint64_t line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Something that should have come in and does not: broken, or refused. The import ends with a
 * failure. */
void plan_refuse(struct plan *plan, uint64_t line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The name of a record, which was one when it came in. */
struct name plan_name(struct str wire);
/* A text of the plan's own. */
const char *plan_text(struct plan *plan, struct str text);

/* Each SOA makes its zone. */
void plan_zones_by_soa(struct plan *plan);
/* Whether the zone is asked for. */
bool plan_wants(const struct plan *plan, size_t zone);

/* The zone with the longest name at or above the owner; after all zones are known. */
void plan_find_zones(struct plan *plan);
/* After plan_find_zones(): decides what every record becomes. Records and hosts are sorted by
 * their zones then. */
void plan_settle(struct plan *plan);
/* By line; after the last remark. */
void plan_sort_remarks(struct plan *plan);
/* The record as the body of a call that adds it. */
struct json *plan_record_json(const struct plan_record *record);
