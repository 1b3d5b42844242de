// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever happens to hosts, the numbers of them that quotas go by are right. */
#include "bed.h"

#include "base/random.h"

enum {
    OWNERS = 4,
    NAMES = 24,
    STEPS = 1500
};

struct town {
    struct bed bed;
    int64_t owners[OWNERS];
    unsigned accounts; /* ever made */
};

static struct name name_of(uint32_t number)
{
    char text[64];
    /* Some lie below another, some in the zone that comes and goes. */
    (void)snprintf(text, sizeof(text),
                   number % 3 == 0   ? "n%u.dyn.example.org"
                   : number % 6 == 1 ? "n%u.sub.dyn.example.org"
                                     : "n%u.n0.dyn.example.org",
                   (unsigned)number);
    return bed_name(text);
}

static int64_t any_owner(const struct town *town)
{
    return town->owners[random_below(OWNERS)];
}

static enum status add_host(struct town *town)
{
    struct host_row row = bed_host_row(&town->bed, "x.dyn.example.org");
    uint32_t number = random_below(NAMES);
    row.name = name_of(number);
    /* A zone covers only what is its owner's. */
    row.owner_id = number % 6 == 1 ? town->owners[1] : any_owner(town);
    return admin_host_add(&town->bed.admin, &row, NULL);
}

static enum status remove_host(struct town *town)
{
    struct host_row row;
    const struct name name = name_of(random_below(NAMES));
    enum status status = store_host_find_name(town->bed.store, &name, &row, NULL);
    return status ? status : admin_host_remove(&town->bed.admin, row.id, NULL);
}

static enum status give_host(struct town *town)
{
    struct host_row row;
    const struct name name = name_of(random_below(NAMES));
    enum status status = store_host_find_name(town->bed.store, &name, &row, NULL);
    row.owner_id = any_owner(town);
    return status ? status : admin_host_set(&town->bed.admin, &row, NULL, NULL);
}

static enum status add_zone(struct town *town)
{
    struct zone_row row = bed_zone_row(&town->bed, "sub.dyn.example.org");
    const struct name server = bed_name("ns1.example.net");
    row.owner_id = town->owners[1];
    row.labels_max = 2;
    return admin_zone_add(&town->bed.admin, &row, &server, 1, NULL);
}

static enum status remove_zone(struct town *town)
{
    struct zone_row row;
    const struct name name = bed_name("sub.dyn.example.org");
    enum status status = store_zone_find_name(town->bed.store, &name, &row, NULL);
    for (uint32_t number = 1; number < NAMES && !status; number += 6) {
        struct host_row host;
        const struct name below = name_of(number);
        if (store_host_find_name(town->bed.store, &below, &host, NULL) == OK)
            status = admin_host_remove(&town->bed.admin, host.id, NULL);
    }
    return status ? status : admin_zone_remove(&town->bed.admin, row.id, NULL);
}

/* One that ends makes room for another, which has none of its hosts. */
static enum status end_account(struct town *town)
{
    char email[64];
    enum admin_ending state = ENDING_MORE;
    uint32_t which = random_below(OWNERS);
    if (town->owners[which] == town->bed.owner_id)
        return ERR_CONFLICT;
    enum status status = admin_ending_begin(&town->bed.admin, town->owners[which], NULL);
    while (!status && state == ENDING_MORE)
        status = admin_ending_go_on(&town->bed.admin, &state, NULL);
    if (status || state == ENDING_STUCK)
        return ERR_CONFLICT;
    (void)snprintf(email, sizeof(email), "a%u@example.org", town->accounts++);
    town->owners[which] = bed_account(&town->bed, email, ROLE_USER);
    return OK;
}

static void begin(struct town *town)
{
    static const struct admin_rules no_quarantine = { .quarantine_s = 0 };
    struct zone_row zone;
    *town = (struct town){ .accounts = 0 };
    bed_make(&town->bed);
    town->bed.admin.rules = &no_quarantine;
    bed_begin(&town->bed);
    CHECK_INT(store_zone_find(town->bed.store, town->bed.zone_id, &zone, NULL), OK);
    zone.labels_max = 2;
    CHECK_INT(admin_zone_set(&town->bed.admin, &zone, NULL, 0, NULL), OK);
    for (size_t i = 0; i < OWNERS; i++) {
        char email[64];
        (void)snprintf(email, sizeof(email), "a%u@example.org", town->accounts++);
        town->owners[i] =
            i ? bed_account(&town->bed, email, ROLE_USER) : town->bed.owner_id;
    }
    bed_commit(&town->bed);
}

TEST(the_counts_of_hosts_are_right_after_whatever_happens)
{
    static const struct {
        enum status (*act)(struct town *town);
        uint32_t often;
    } acts[] = {
        { add_host, 40 }, { remove_host, 30 }, { give_host, 12 },
        { add_zone, 8 },  { remove_zone, 7 },  { end_account, 3 },
    };
    static struct town town;
    size_t done[LENGTH_OF(acts)] = { 0 };
    begin(&town);
    for (int step = 0; step < STEPS; step++) {
        size_t which = 0;
        int64_t wrong = -1;
        for (uint32_t left = random_below(100); left >= acts[which].often; which++)
            left -= acts[which].often;
        const struct town before = town;
        bed_begin(&town.bed);
        if (acts[which].act(&town) == OK) {
            bed_commit(&town.bed);
            done[which]++;
        } else {
            store_rollback(town.bed.store);
            town = before;
        }
        CHECK_INT(store_host_counts_wrong(town.bed.store, &wrong, NULL), OK);
        CHECK_INT(wrong, 0);
    }
    for (size_t i = 0; i < LENGTH_OF(acts); i++)
        CHECK(done[i] > 0);
    bed_remove(&town.bed);
}
