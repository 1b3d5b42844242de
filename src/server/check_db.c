// SPDX-License-Identifier: GPL-3.0-or-later
/* roved --check-db: checks the database in one unchanging view, also while front runs. First the
 * database checks its own pages and references; then we check what only we know. It only reads. */
#include "server/once.h"

#include <stdarg.h>
#include <stdio.h>

#include "account/keys.h"
#include "base/clock.h"
#include "store/name_rules.h"
#include "store/tables.h"

enum {
    TOLD_MAX = 100 /* more lines would hide what is wrong */
};

struct check {
    const struct config *config;
    struct store *store;
    struct keys keys;
    bool has_keys;
    int64_t newest;
    size_t accounts, zones, hosts, tokens, records, changes, tombstones;
    size_t troubles;
};

static void complain(struct check *check, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void complain(struct check *check, const char *fmt, ...)
{
    if (++check->troubles > TOLD_MAX)
        return;
    va_list arguments;
    va_start(arguments, fmt);
    (void)fputs("trouble: ", stdout);
    (void)vprintf(fmt, arguments);
    (void)fputs("\n", stdout);
    va_end(arguments);
}

/* A thing has the seq of its last change, which cannot be higher than the newest in the journal. */
static void check_seq(struct check *check, const char *thing, const char *which,
                      int64_t seq)
{
    if (seq < 0 || seq > check->newest)
        complain(check, "%s %s: its last change is %lld, the newest one is %lld", thing,
                 which, (long long)seq, (long long)check->newest);
}

/* ----- rows ----- */

static enum status check_account(void *ctx, const struct account_row *row)
{
    struct check *check = (struct check *)ctx;
    struct account_row found;
    bool is_ending = false;
    check->accounts++;
    check_seq(check, "account", row->email, row->last_change);
    if (store_ending_is_known(check->store, row->id, &is_ending, NULL) == OK &&
        is_ending != (row->state == ACCOUNT_ENDING))
        complain(check, "account %s: %s", row->email,
                 is_ending ? "is removed, and its state is another"
                           : "is ending, and nothing removes it");
    if (store_account_find_email(check->store, str_from(row->email), &found, NULL) ||
        found.id != row->id)
        complain(check, "account %lld: not found by its e-mail %s", (long long)row->id,
                 row->email);
    return OK;
}

static enum status check_zone(void *ctx, const struct zone_row *row)
{
    struct check *check = (struct check *)ctx;
    struct zone_row found;
    const char *name = name_text(&row->name);
    check->zones++;
    check_seq(check, "zone", name, row->last_change);
    if (store_zone_find_name(check->store, &row->name, &found, NULL) ||
        found.id != row->id)
        complain(check, "zone %lld: not found by its name %s", (long long)row->id, name);
    return OK;
}

static void check_zone_of(struct check *check, const char *thing, const struct name *name,
                          int64_t zone_id)
{
    struct zone_row zone;
    if (store_zone_find(check->store, zone_id, &zone, NULL))
        return; /* the check of references has reported it */
    if (!name_is_within(name, &zone.name))
        complain(check, "%s %s: lies outside of its zone %s", thing, name_text(name),
                 name_text(&zone.name));
}

static void check_addresses(struct check *check, const struct host_row *row)
{
    struct addresses all;
    const char *name = name_text(&row->name);
    if ((row->v4.family != IP_NONE && row->v4.family != IP_V4) ||
        (row->v6.family != IP_NONE && row->v6.family != IP_V6))
        complain(check, "host %s: an address stands in the other family's place", name);
    struct error err;
    if (store_host_addresses(check->store, row, &all, &err))
        complain(check, "host %s: its addresses cannot be read: %s", name, err.text);
}

static enum status check_host(void *ctx, const struct host_row *row)
{
    struct check *check = (struct check *)ctx;
    struct host_row found;
    struct zone_row zone;
    const char *name = name_text(&row->name);
    check->hosts++;
    check_seq(check, "host", name, row->last_change);
    check_addresses(check, row);
    if (store_host_find_name(check->store, &row->name, &found, NULL) ||
        found.id != row->id)
        complain(check, "host %lld: not found by its name %s", (long long)row->id, name);
    check_zone_of(check, "host", &row->name, row->zone_id);
    if (store_zone_find_longest(check->store, &row->name, &zone, NULL) == OK &&
        zone.id != row->zone_id)
        complain(check, "host %s: belongs to zone %s by its name", name,
                 name_text(&zone.name));
    if (row->follows_id == row->id)
        complain(check, "host %s: follows itself", name);
    return OK;
}

static enum status check_token(void *ctx, const struct token_row *row)
{
    struct check *check = (struct check *)ctx;
    check->tokens++;
    if (row->last_change < 0 || row->last_change > check->newest)
        complain(check, "token %lld: its last change is %lld, the newest one is %lld",
                 (long long)row->id, (long long)row->last_change,
                 (long long)check->newest);
    if (check->has_keys && row->key_version > check->keys.pepper_version)
        complain(check,
                 "token %lld: made with version %u of the key 'pepper', the key "
                 "file has version %u: it does not work",
                 (long long)row->id, (unsigned)row->key_version,
                 (unsigned)check->keys.pepper_version);
    if (row->kind == TOKEN_UPDATE && row->rights == 0)
        complain(check, "token %lld: may do nothing", (long long)row->id);
    return OK;
}

static enum status check_record(void *ctx, const struct record_row *row)
{
    struct check *check = (struct check *)ctx;
    check->records++;
    check_zone_of(check, "record", &row->owner, row->zone_id);
    return OK;
}

static enum status check_tombstone(void *ctx, const struct name *name, int64_t owner_id,
                                   int64_t until_s)
{
    struct check *check = (struct check *)ctx;
    struct host_row host;
    check->tombstones++;
    if (until_s > clock_wall_s(clock_system()) &&
        store_host_find_name(check->store, name, &host, NULL) == OK &&
        host.owner_id != owner_id)
        complain(check, "name %s: is reserved for somebody else than its owner",
                 name_text(name));
    return OK;
}

static enum status check_change(void *ctx, const struct change_row *row)
{
    struct check *check = (struct check *)ctx;
    check->changes++;
    if (row->prev >= row->seq || row->prev < 0)
        complain(check, "change %lld: the one before it is %lld", (long long)row->seq,
                 (long long)row->prev);
    return OK;
}

static enum status check_member(void *ctx, const struct member_row *row)
{
    struct check *check = (struct check *)ctx;
    struct zone_row zone;
    if (store_zone_find(check->store, row->zone_id, &zone, NULL) == OK &&
        zone.owner_id == row->account_id)
        complain(check, "zone %s: its owner is a member, too", name_text(&zone.name));
    return OK;
}

static enum status check_request(void *ctx, const struct request_row *row)
{
    struct check *check = (struct check *)ctx;
    if ((row->kind == REQUEST_TRANSFER) != (row->host_id != 0))
        complain(check, "request %lld: is not about what its kind is",
                 (long long)row->id);
    return OK;
}

static enum status check_reserved(void *ctx, const struct reserved_row *row)
{
    (void)ctx;
    (void)row;
    return OK;
}

static enum status check_blocked(void *ctx, const struct blocked_row *row)
{
    (void)ctx;
    (void)row;
    return OK;
}

/* Which can be read: one that cannot would stand in the way of all others. */
static enum status check_mail(void *ctx, const struct mail_row *row)
{
    (void)ctx;
    (void)row;
    return OK;
}

/* ----- the whole ----- */

/* A table that cannot be read to its end is reported; the other tables are still checked. */
static void note_walk(struct check *check, const char *table, enum status status,
                      const struct error *err)
{
    if (status)
        complain(check, "%s: %s", table, err->text);
}

static void check_counts(struct check *check)
{
    int64_t wrong = 0;
    struct error err = { "" };
    note_walk(check, "host_counts", store_host_counts_wrong(check->store, &wrong, &err),
              &err);
    if (wrong)
        complain(check, "host_counts: %lld numbers are not what the hosts say",
                 (long long)wrong);
}

/* What people agree on, and the lists of operators and zones. */
static void check_people(struct check *check)
{
    struct store *store = check->store;
    struct error err = { "" };
    const struct store_page all = { .after = 0, .limit = SIZE_MAX };
    const struct store_open open = { .now_s = 0 };
    note_walk(check, "zone_members",
              store_member_list(store, 0, all, check_member, check, &err), &err);
    note_walk(check, "requests",
              store_request_list(store, all, open, check_request, check, &err), &err);
    note_walk(check, "reserved_names",
              store_reserved_list(store, 0, all, check_reserved, check, &err), &err);
    note_walk(check, "blocked_networks",
              store_blocked_list(store, all, check_blocked, check, &err), &err);
}

static void check_rows(struct check *check)
{
    struct store *store = check->store;
    struct error err = { "" };
    note_walk(check, "accounts",
              store_account_list(store,
                                 (struct store_page){ .after = 0, .limit = SIZE_MAX },
                                 check_account, check, &err),
              &err);
    note_walk(check, "zones",
              store_zone_list(store, (struct store_page){ .after = 0, .limit = SIZE_MAX },
                              check_zone, check, &err),
              &err);
    note_walk(check, "hosts",
              store_host_list(store, 0,
                              (struct store_page){ .after = 0, .limit = SIZE_MAX },
                              check_host, check, &err),
              &err);
    note_walk(check, "tokens",
              store_token_list(store, 0,
                               (struct store_page){ .after = 0, .limit = SIZE_MAX },
                               check_token, check, &err),
              &err);
    note_walk(check, "records", store_record_list(store, 0, check_record, check, &err),
              &err);
    note_walk(check, "tombstones",
              store_tombstone_list(store, check_tombstone, check, &err), &err);
    note_walk(check, "changes",
              store_change_list(store,
                                (struct store_page){ .after = 0, .limit = SIZE_MAX },
                                check_change, check, &err),
              &err);
    note_walk(check, "mails",
              store_mail_list(store, (struct store_page){ .after = 0, .limit = SIZE_MAX },
                              check_mail, check, &err),
              &err);
}

/* Without the right to read the key file everything else can still be checked. */
static void check_keys(struct check *check)
{
    struct error err;
    enum status status = keys_load(check->config->key_file, &check->keys, &err);
    if (status == ERR_IO) {
        (void)fprintf(stderr, "roved: %s: the keys are not checked\n", err.text);
        return;
    }
    check->has_keys = status == OK;
    if (!status)
        status = keys_match(&check->keys, check->store, &err);
    if (status)
        complain(check, "key file: %s", err.text);
}

static enum status check_all(struct check *check, struct error *err)
{
    enum status status =
        store_open(check->config->database, STORE_READER, &check->store, err);
    if (!status)
        status = store_begin(check->store, err);
    if (!status)
        status = store_newest_seq(check->store, &check->newest, err);
    if (status)
        return status;
    struct error why = { "" };
    note_walk(check, check->config->database, store_check(check->store, &why), &why);
    check_keys(check);
    check_rows(check);
    check_counts(check);
    check_people(check);
    return OK;
}

int run_check_db(const struct config *config)
{
    struct error err = { "" };
    struct check check = { .config = config };
    enum status status = check_all(&check, &err);
    store_close(check.store);
    keys_done(&check.keys);
    if (status) {
        (void)fprintf(stderr, "roved: %s\n", err.text);
        return EXIT_TROUBLE;
    }
    (void)printf("%s: %zu accounts, %zu zones, %zu hosts, %zu tokens, %zu records, "
                 "%zu changes up to %lld, %zu reserved names\n",
                 config->database, check.accounts, check.zones, check.hosts, check.tokens,
                 check.records, check.changes, (long long)check.newest, check.tombstones);
    if (check.troubles)
        (void)printf("%zu troubles: go back to a backup (roved --restore), or ask for "
                     "help before anything is written\n",
                     check.troubles);
    else
        (void)printf("fine\n");
    return check.troubles ? EXIT_TROUBLE : EXIT_OK;
}
