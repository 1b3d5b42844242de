// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/connection.h"

enum {
    CREATED_S = 1700000000,
    DAY_S = 86400
};

void fixture_folder(struct fixture *fixture)
{
    *fixture = (struct fixture){ .folder = "/tmp/store-test-XXXXXX" };
    CHECK(mkdtemp(fixture->folder) != NULL);
    struct buf path = BUF_ON(fixture->path);
    buf_printf(&path, "%s/rove.db", fixture->folder);
    CHECK(buf_text(&path) != NULL && !path.full);
}

void fixture_open(struct fixture *fixture)
{
    fixture_folder(fixture);
    CHECK_INT(store_open(fixture->path, STORE_CREATE, &fixture->store, NULL), OK);
    struct account_row account = account_of("Ops@Example.org");
    begin(fixture->store);
    CHECK_INT(store_account_insert(fixture->store, &account, NULL), OK);
    fixture->account_id = account.id;
    struct zone_row zone = zone_of("dyn.example.org", account.id);
    CHECK_INT(store_zone_insert(fixture->store, &zone, NULL), OK);
    fixture->zone_id = zone.id;
    commit(fixture->store);
}

void fixture_close(struct fixture *fixture)
{
    static const char *const endings[] = { "", "-wal", "-shm", ".lock" };
    store_close(TAKE(fixture->store));
    (void)chmod(fixture->folder, S_IRWXU);
    for (size_t i = 0; i < LENGTH_OF(endings); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s%s", fixture->path, endings[i]);
        (void)unlink(path);
    }
    CHECK_INT(rmdir(fixture->folder), 0);
}

struct store *fixture_reader(const struct fixture *fixture)
{
    struct store *reader = NULL;
    CHECK_INT(store_open(fixture->path, STORE_READER, &reader, NULL), OK);
    return reader;
}

void fixture_reopen(struct fixture *fixture)
{
    store_close(TAKE(fixture->store));
    CHECK_INT(store_open(fixture->path, STORE_CREATE, &fixture->store, NULL), OK);
}

void begin(struct store *store)
{
    CHECK_INT(store_begin(store, NULL), OK);
}

void commit(struct store *store)
{
    CHECK_INT(store_commit(store, NULL), OK);
}

struct name name_of(const char *text)
{
    struct name name;
    CHECK_INT(name_parse(str_from(text), &name, NULL), OK);
    return name;
}

struct ip ip_of(const char *text)
{
    struct ip ip;
    CHECK_INT(ip_parse(str_from(text), &ip), OK);
    return ip;
}

struct account_row account_of(const char *email)
{
    struct account_row row = { .password_hash = "$argon2id$example",
                               .role = ROLE_ZONE_OWNER,
                               .state = ACCOUNT_BLOCKED,
                               .hosts_max = 7,
                               .language = "en",
                               .created_s = CREATED_S,
                               .last_change = 3 };
    struct buf buf = BUF_ON(row.email);
    buf_put_text(&buf, email);
    (void)buf_text(&buf);
    return row;
}

struct zone_row zone_of(const char *name, int64_t owner_id)
{
    return (struct zone_row){ .name = name_of(name),
                              .owner_id = owner_id,
                              .state = ZONE_DISABLED,
                              .policy = ZONE_INVITED,
                              .mname = name_of("ns1.example.org"),
                              .rname = name_of("hostmaster.example.org"),
                              .refresh_s = 3600,
                              .retry_s = 600,
                              .expire_s = 14 * DAY_S,
                              .minimum_s = 60,
                              .soa_ttl_s = 61,
                              .ns_ttl_s = DAY_S,
                              .default_ttl_s = 62,
                              .serial_base = UINT32_MAX,
                              .labels_max = 2,
                              .created_s = CREATED_S,
                              .last_change = 4 };
}

struct host_row host_of(const char *name, const struct fixture *fixture)
{
    return (struct host_row){ .zone_id = fixture->zone_id,
                              .owner_id = fixture->account_id,
                              .name = name_of(name),
                              .v4 = ip_of("192.0.2.1"),
                              .v6 = ip_of("2001:db8::1"),
                              .mode = HOST_FOLLOW,
                              .state = HOST_OFFLINE,
                              .ttl_s = 60,
                              .wildcard = true,
                              .private_allowed = true,
                              .interface_id = { 1, 2, 3, 4, 5, 6, 7, 8 },
                              .subnet = 0xfffe,
                              .liveness_s = 3600,
                              .last_seen_s = CREATED_S + 1,
                              .created_s = CREATED_S,
                              .last_change = 5,
                              .in_clear_s = CREATED_S - CREATED_S % DAY_S };
}

struct token_row token_of(uint8_t byte, const struct fixture *fixture)
{
    struct token_row row = { .account_id = fixture->account_id,
                             .kind = TOKEN_SIGNED,
                             .key_version = 1,
                             .hint = "abcdefgh",
                             .label = "router",
                             .rights = RIGHT_ADDRESS | RIGHT_PREFIX,
                             .weak = true,
                             .expires_s = CREATED_S + DAY_S,
                             .last_used_s = CREATED_S + 1,
                             .created_s = CREATED_S,
                             .last_change = 6 };
    memset(row.digest.bytes, byte, sizeof(row.digest.bytes));
    return row;
}

int64_t add_host(const struct fixture *fixture, const char *name)
{
    struct host_row row = host_of(name, fixture);
    begin(fixture->store);
    CHECK_INT(store_host_insert(fixture->store, &row, NULL), OK);
    commit(fixture->store);
    return row.id;
}

int in_child(int (*fn)(const struct fixture *fixture), const struct fixture *fixture)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(fn(fixture));
    int result = 0;
    CHECK_INT(waitpid(pid, &result, 0), pid);
    CHECK(WIFEXITED(result));
    return WEXITSTATUS(result);
}

void run_sql(struct store *store, const char *text)
{
    begin(store);
    struct error err = { "" };
    if (sql_script(store->sql, text, &err))
        fail_msg("%s", err.text);
    commit(store);
}
