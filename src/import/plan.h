// SPDX-License-Identifier: GPL-3.0-or-later
/* plan.h - what an import is going to make: zones, hosts and records, and remarks on what cannot be
 * imported.
 *
 * The reader of each format adds what its file holds, in any order. Then plan_settle() decides, in
 * the same way for all formats, which record is a zone's SOA or name server, which addresses become
 * a host, and what stays a record. All texts live in the plan's arena. */
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
    PLAN_DATA_TEXT_SIZE = 8 * PLAN_RDATA_MAX /* enough even if every byte is escaped */
};

struct plan_server {
    struct name name;
    struct ip addresses[PLAN_GLUE_MAX]; /* if its name is in the zone */
    size_t count;
};

struct plan_zone {
    struct name name;
    const char *owner; /* an e-mail address; NULL: the file has none */
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
    struct str owner;     /* in wire form */
    bool wildcard, taken; /* taken: it has become part of a zone or host */
    uint16_t type;
    uint32_t ttl_s;
    struct str rdata;
    size_t zone; /* PLAN_NO_ZONE: it is in no zone that is imported */
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
    uint64_t leader_line; /* of the host that it follows, which is made before it */
    struct ip interface_id;
    uint64_t line;
};

struct plan_remark {
    uint64_t line; /* 0: it belongs to no line */
    struct str text;
};

struct plan {
    struct arena *arena;
    const char *file;
    const char *mark; /* between the file's name and the number: ":", or ":#" for items */
    struct name only; /* the one zone to import; n is 0: every zone */
    bool no_hosts;    /* addresses stay records */
    /* Reserved words for host_name_check(), lent; host_name_reserved unless the caller sets
     * them. */
    struct str reserved;
    struct plan_zone *zones;
    struct plan_record *records;
    struct plan_host *hosts;
    struct plan_remark *remarks;
    size_t zone_count, record_count, host_count, remark_count;
    size_t refused; /* how many remarks plan_refuse() has made */
    size_t zone_room, record_room, host_room, remark_room;
    size_t *slots; /* see plan_zones.c */
    size_t slot_count;
};

void plan_init(struct plan *plan, const char *file);
void plan_done(struct plan *plan);

/* The index of the zone, which is added if it is not there. Zones that are not imported are added,
 * too, so that their records do not count for others. (An index, as the array may move.) */
size_t plan_zone(struct plan *plan, const struct name *name, uint64_t line);
/* Adds a record of the file. One with a location or a time stamp only becomes a remark. */
void plan_record(struct plan *plan, const struct record *record, uint64_t line);
/* Adds a host, for formats that have hosts. It is lent until the next one is added. */
struct plan_host *plan_host(struct plan *plan, const struct name *name, size_t zone,
                            uint64_t line);
/* Adds a remark: what the import changes, or what has no place in Rove, and why. */
void plan_remark(struct plan *plan, uint64_t line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Adds a remark on something that should be imported but is broken or refused. The import then ends
 * with a failure. */
void plan_refuse(struct plan *plan, uint64_t line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The name in a record's wire form, which was checked when the record was added. */
struct name plan_name(struct str wire);
/* A copy of the text that lives as long as the plan. */
const char *plan_text(struct plan *plan, struct str text);

/* Adds the zone of each SOA record. */
void plan_zones_by_soa(struct plan *plan);
/* Whether the zone is imported. */
bool plan_wants(const struct plan *plan, size_t zone);

/* Finds the zone of each record: the one with the longest name at or above the owner. To be called
 * when all zones are known. */
void plan_find_zones(struct plan *plan);
/* Decides what every record becomes, after plan_find_zones(). Afterwards records and hosts are
 * sorted by their zones. */
void plan_settle(struct plan *plan);
/* Sorts the remarks by line. To be called after the last remark. */
void plan_sort_remarks(struct plan *plan);
/* The body of the call that adds the record; the caller frees it. */
struct json *plan_record_json(const struct plan_record *record);
