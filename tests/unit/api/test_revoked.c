// SPDX-License-Identifier: GPL-3.0-or-later
#include "update/dyndns2.h"
#include "world.h"

#include "test.h"

#include <pthread.h>
#include <string.h>

#include "base/fault.h"
#include "rest/message.h"
#include "update/update.h"

/* The words for what was taken away while an update was on its way, and for what is not known
 * after a commit that failed. The writer is held at a job until all is queued. */
static struct world world;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static size_t waiting;

static enum status pass(struct store *store, void *ctx, struct error *err)
{
    (void)store;
    (void)ctx;
    (void)err;
    CHECK(pthread_mutex_lock(&gate) == 0);
    CHECK(pthread_mutex_unlock(&gate) == 0);
    return OK;
}

static void work_done(void *ctx, enum status status, const struct error *err)
{
    (void)ctx;
    (void)err;
    CHECK_INT(status, OK);
    waiting--;
}

static void hold(void)
{
    waiting++;
    CHECK(pthread_mutex_lock(&gate) == 0);
    CHECK(change_submit(world.change, pass, NULL, work_done, NULL) == OK);
}

static void release(void)
{
    CHECK(pthread_mutex_unlock(&gate) == 0);
    for (int i = 0; waiting && i < 10000; i++)
        loop_turn(world.loop, 1000);
    CHECK_INT(waiting, 0);
}

/* ----- requests that do not wait for their reply ----- */

struct sent {
    struct update update;
    struct arena *arena;
    char secret[32];
    enum update_code code;
    enum update_why why;
    bool told;
};

static void sent_done(void *ctx, const struct update_result *result)
{
    struct sent *sent = (struct sent *)ctx;
    sent->code = result->whole ? result->code : result->outcomes[0].code;
    sent->why = result->whole ? result->why : result->outcomes[0].why;
    sent->told = true;
    waiting--;
}

static void send_update(struct sent *sent, const char *secret, const char *hosts,
                        const char *address, bool dry_run)
{
    *sent = (struct sent){ .arena = arena_new(4096) };
    memcpy(sent->secret, secret, strlen(secret));
    sent->update = (struct update){
        .secret = str_from(sent->secret),
        .hosts = str_from(hosts),
        .values = { { .role = RULE_ADDRESS, .text = str_from(address) } },
        .value_count = 1,
        .dry_run = dry_run,
        .origin = { .dialect = dialect_number(&dyndns2) },
    };
    waiting++;
    update_run(&world.api.updates, sent->arena, &sent->update, sent_done, sent);
}

static void local_reply(void *ctx, struct str reply)
{
    (void)ctx;
    CLEANUP(json_freep) struct json *json = NULL;
    int64_t status = 0;
    CHECK(json_parse(reply, &json, NULL) == OK);
    CHECK(json_as_number(json_get(json, "status"), &status) && status == 200);
    waiting--;
}

static void send_local(const char *request)
{
    waiting++;
    rest_ask_text(&world.api.rest, &world.service.actor, str_from(request), local_reply,
                  NULL);
}

static void check_told(struct sent *sent, enum update_code code, enum update_why why)
{
    CHECK(sent->told);
    CHECK_INT(sent->code, code);
    CHECK_INT(sent->why, why);
    arena_free(sent->arena);
}

static void call(const char *method, const char *path, const char *body, int want)
{
    int code = 0;
    json_free(world_call(&world, method, path, body, &code));
    CHECK_INT(code, want);
}

TEST(behind_its_tokens_removal_an_update_is_badauth_and_behind_its_hosts_nohost)
{
    char first[32], second[32];
    struct sent removed, gone, both;
    world_open(&world);
    world_make_host(&world, "a.dyn.example.org", "", first);
    world_make_host(&world, "b.dyn.example.org", "", second);
    call("POST", "/tokens", "{\"hosts\":[\"a.dyn.example.org\",\"b.dyn.example.org\"]}",
         200);
    hold();
    send_local("{\"method\":\"DELETE\",\"path\":\"/tokens/1\"}");
    send_local("{\"method\":\"DELETE\",\"path\":\"/hosts/b.dyn.example.org\"}");
    send_update(&removed, first, "a.dyn.example.org", "192.0.2.7", false);
    send_update(&gone, second, "b.dyn.example.org", "192.0.2.7", false);
    /* What is wrong with the token is told for the whole call. */
    send_update(&both, first, "a.dyn.example.org,nowhere.dyn.example.org", "192.0.2.8",
                false);
    release();
    check_told(&removed, UPDATE_BADAUTH, WHY_UNKNOWN_TOKEN);
    check_told(&gone, UPDATE_NOHOST, WHY_NO_SUCH_HOST);
    CHECK(both.update.origin.token_id == 1);
    check_told(&both, UPDATE_BADAUTH, WHY_UNKNOWN_TOKEN);
    world_close(&world);
}

TEST(a_dry_run_beside_a_change_in_flight_promises_nothing)
{
    char secret[32];
    struct sent change, dry;
    world_open(&world);
    world_make_host(&world, "a.dyn.example.org", "", secret);
    hold();
    send_update(&change, secret, "a.dyn.example.org", "192.0.2.7", false);
    send_update(&dry, secret, "a.dyn.example.org", "192.0.2.7", true);
    check_told(&dry, UPDATE_GOOD, WHY_CHANGED);
    release();
    check_told(&change, UPDATE_GOOD, WHY_CHANGED);
    send_update(&dry, secret, "a.dyn.example.org", "192.0.2.7", true);
    check_told(&dry, UPDATE_NOCHG, WHY_SAME);
    world_close(&world);
}

TEST(after_a_commit_that_failed_everything_says_busy)
{
    static const char *const reads[] = { "/hosts",
                                         "/hosts/a.dyn.example.org",
                                         "/host-logs/a.dyn.example.org",
                                         "/tokens",
                                         "/zones",
                                         "/accounts" };
    char secret[32];
    int status = 0;
    world_open(&world);
    world_make_host(&world, "a.dyn.example.org", "", secret);
    CHECK_TEXT(world_get(&world, "/nic/update?hostname=a.dyn.example.org&myip=192.0.2.1",
                         secret, &status),
               "good 192.0.2.1\n");
    CHECK_TEXT(world_get(&world, "/readyz", secret, &status), "ready\n");

    fault_arm("store.commit", 1, false);
    CHECK_TEXT(world_get(&world, "/nic/update?hostname=a.dyn.example.org&myip=192.0.2.2",
                         secret, &status),
               "911\n");
    CHECK_INT(fault_hits(), 1);
    CHECK(world.service.commit_failed);
    /* Memory still has it so. */
    CHECK_TEXT(world_get(&world, "/nic/update?hostname=a.dyn.example.org&myip=192.0.2.1",
                         secret, &status),
               "911\n");
    CHECK_INT(status, 503);
    CHECK_TEXT(world_get(&world, "/readyz", secret, &status), "not ready\n");
    CHECK_INT(status, 503);
    for (size_t i = 0; i < LENGTH_OF(reads); i++)
        call("GET", reads[i], NULL, 503);
    call("POST", "/accounts", "{\"email\":\"late@example.org\"}", 503);
    struct json *reply = world_call(&world, "GET", "/status", NULL, &status);
    bool ready = true;
    CHECK_INT(status, 200);
    CHECK(json_as_bool(json_get(reply, "ready"), &ready) && !ready);
    json_free(reply);
    fault_arm(NULL, 0, false);
    world_close(&world);
}

/* ----- who was an operator ----- */

static void make_token(const char *body, char secret[32])
{
    int status = 0;
    struct str text = STR("");
    struct json *reply = world_call(&world, "POST", "/tokens", body, &status);
    CHECK_INT(status, 200);
    CHECK(json_as_text(json_get(reply, "secret"), &text) && text.n < 32);
    memcpy(secret, text.at, text.n);
    secret[text.n] = 0;
    json_free(reply);
}

TEST(a_demoted_operators_tokens_change_no_other_peoples_hosts_and_make_room)
{
    char secret[32];
    int status = 0;
    world_open(&world);
    call("POST", "/accounts", "{\"email\":\"person@example.org\"}", 200);
    call("PATCH", "/accounts/ops@example.org", "{\"role\":\"operator\"}", 200);
    /* The token is the operator's: its first host is his own. */
    world_make_host(&world, "own.dyn.example.org", "", secret);
    world_make_host(&world, "a.dyn.example.org", ",\"owner\":\"person@example.org\"",
                    secret);
    make_token("{\"hosts\":[\"own.dyn.example.org\",\"a.dyn.example.org\"]}", secret);
    CHECK_TEXT(world_get(&world, "/nic/update?hostname=a.dyn.example.org&myip=192.0.2.1",
                         secret, &status),
               "good 192.0.2.1\n");
    call("POST", "/tokens", "{\"hosts\":[\"a.dyn.example.org\"]}", 409);
    call("PATCH", "/accounts/ops@example.org", "{\"role\":\"user\"}", 200);
    CHECK_TEXT(world_get(&world, "/nic/update?hostname=a.dyn.example.org&myip=192.0.2.2",
                         secret, &status),
               "nohost\n");
    CHECK_TEXT(world_get(&world,
                         "/nic/update?hostname=own.dyn.example.org&myip=192.0.2.2",
                         secret, &status),
               "good 192.0.2.2\n");
    call("POST", "/tokens", "{\"hosts\":[\"a.dyn.example.org\"]}", 200);
    /* Nor do they come back with the role. */
    call("PATCH", "/accounts/ops@example.org", "{\"role\":\"operator\"}", 200);
    CHECK_TEXT(world_get(&world, "/nic/update?hostname=a.dyn.example.org&myip=192.0.2.2",
                         secret, &status),
               "nohost\n");
    world_close(&world);
}

/* As a database has it in which the operator was demoted before demotion took anything. */
static enum status demote_alone(struct store *store, void *ctx, struct error *err)
{
    struct account_row row;
    (void)ctx;
    enum status status =
        store_account_find_email(store, STR("ops@example.org"), &row, err);
    if (status)
        return status;
    struct change_row change = { .kind = CHANGE_ACCOUNT, .id = row.id };
    row.role = ROLE_USER;
    status = store_account_update(store, &row, err);
    return status ? status : store_change_append(store, &change, err);
}

TEST(what_a_token_lists_counts_only_while_its_account_may_have_it)
{
    char secret[32];
    int status = 0;
    struct sent sent;
    world_open(&world);
    call("POST", "/accounts", "{\"email\":\"person@example.org\"}", 200);
    call("PATCH", "/accounts/ops@example.org", "{\"role\":\"operator\"}", 200);
    world_make_host(&world, "a.dyn.example.org", "", secret);
    call("PATCH", "/hosts/a.dyn.example.org", "{\"owner\":\"person@example.org\"}", 200);
    CHECK_TEXT(world_get(&world, "/nic/update?hostname=a.dyn.example.org&myip=192.0.2.1",
                         secret, &status),
               "good 192.0.2.1\n");
    waiting++;
    CHECK(change_submit(world.change, demote_alone, NULL, work_done, NULL) == OK);
    for (int i = 0; waiting && i < 10000; i++)
        loop_turn(world.loop, 1000);
    send_update(&sent, secret, "a.dyn.example.org", "192.0.2.2", false);
    check_told(&sent, UPDATE_NOHOST, WHY_NOT_OWNER);
    CHECK_TEXT(update_why_word(sent.why), "of another owner");
    world_close(&world);
}
