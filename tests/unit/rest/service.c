// SPDX-License-Identifier: GPL-3.0-or-later
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "people/session.h"
#include "rest/message.h"
#include "test.h"

enum {
    TURNS_MAX = 2000,
    TURN_MS = 20
};

static void commit_failed(void *ctx, const struct error *err)
{
    (void)err;
    ((struct service *)ctx)->commit_failed = true;
}

static const char *path_in(const struct service *service, const char *file)
{
    static char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", service->folder, file);
    return path;
}

static void make_database(struct service *service)
{
    struct error err;
    CHECK_INT(keys_create(path_in(service, "rove.key"), &err), OK);
    CHECK_INT(keys_load(path_in(service, "rove.key"), &service->keys, &err), OK);
    (void)snprintf(service->database, sizeof(service->database), "%s/rove.db",
                   service->folder);
    CLEANUP(store_closep) struct store *made = NULL;
    CHECK_INT(store_open(service->database, STORE_CREATE, &made, &err), OK);
}

void service_start(struct service *service, struct updates *updates, struct rest *rest)
{
    struct error err;
    memset(service, 0, sizeof(*service));
    strcpy(service->folder, "/tmp/rove-rest-XXXXXX");
    CHECK(mkdtemp(service->folder));
    service->loop = loop_new(clock_system());
    make_database(service);
    const struct change_options options = { .database = service->database,
                                            .keys = &service->keys,
                                            .private_allowed = true,
                                            .failed = commit_failed,
                                            .ctx = service };
    enum status status = change_start(service->loop, &options, &service->change, &err);
    if (status)
        print_error("%s\n", err.text);
    CHECK_INT(status, OK);
    const struct people_options people = { .loop = service->loop,
                                           .change = service->change,
                                           .keys = &service->keys,
                                           .clock = clock_system(),
                                           .origin = "http://localhost:8053" };
    CHECK_INT(people_new(&people, &service->people, &err), OK);
    *updates = (struct updates){ .change = service->change,
                                 .keys = &service->keys,
                                 .clock = clock_system(),
                                 .loop = service->loop,
                                 .hosts_max = 20,
                                 .ready = true };
    *rest = (struct rest){ .change = service->change,
                           .keys = &service->keys,
                           .clock = clock_system(),
                           .loop = service->loop,
                           .people = service->people,
                           .origin = people.origin,
                           .updates = updates };
    service->rest = rest;
    service->actor = actor_at_machine();
}

void service_fill(struct service *service)
{
    static const char *const zones[] = { "dyn.example.org", "other.example.org" };
    CHECK_INT(
        service_status(service, "POST", "/accounts", "{\"email\":\"ops@example.org\"}"),
        200);
    for (size_t i = 0; i < LENGTH_OF(zones); i++) {
        char body[256];
        (void)snprintf(body, sizeof(body),
                       "{\"name\":\"%s\",\"owner\":\"ops@example.org\","
                       "\"name_servers\":[\"ns1.example.org\"]}",
                       zones[i]);
        CHECK_INT(service_status(service, "POST", "/zones", body), 200);
    }
}

struct begun {
    struct session_row row;
    bool done;
};

static enum status insert(struct store *store, void *ctx, struct error *err)
{
    return store_session_insert(store, &((struct begun *)ctx)->row, err);
}

static void inserted(void *ctx, enum status status, const struct error *err)
{
    (void)err;
    CHECK_INT(status, OK);
    ((struct begun *)ctx)->done = true;
}

struct actor service_session(struct service *service, const char *email, bool fresh)
{
    char secret[SECRET_TEXT_SIZE];
    struct account_row account;
    CHECK_INT(store_account_find_email(change_reader(service->change), str_from(email),
                                       &account, NULL),
              OK);
    secret_make(secret);
    struct begun begun = { .row = { .account_id = account.id,
                                    .fresh_s = fresh ? INT64_MAX : 0,
                                    .expires_s = INT64_MAX,
                                    .digest =
                                        secret_digest(&service->keys, SECRET_SESSION,
                                                      str_from(secret)) } };
    CHECK_INT(change_submit(service->change, insert, &begun, inserted, &begun), OK);
    for (int i = 0; i < TURNS_MAX && !begun.done; i++)
        loop_turn(service->loop, TURN_MS);
    CHECK(begun.done);
    return actor_of_session(&begun.row, (struct ip){ .family = IP_NONE });
}

void service_stop(struct service *service)
{
    people_free(service->people);
    change_stop(service->change);
}

void service_remove(struct service *service)
{
    static const char *const files[] = { "rove.key", "rove.db", "rove.db-wal",
                                         "rove.db-shm", "rove.db.lock" };
    loop_free(service->loop);
    for (size_t i = 0; i < LENGTH_OF(files); i++)
        (void)unlink(path_in(service, files[i]));
    (void)rmdir(service->folder);
}

void service_open(struct service *service)
{
    service_start(service, &service->own_updates, &service->own_rest);
    updates_init(&service->own_updates);
    rest_init(&service->own_rest);
    service_fill(service);
}

void service_close(struct service *service)
{
    service_stop(service);
    rest_done(&service->own_rest);
    updates_done(&service->own_updates);
    service_remove(service);
}

struct waiting {
    char *text;
};

static void take_reply(void *ctx, struct str reply)
{
    struct waiting *waiting = (struct waiting *)ctx;
    CHECK(!waiting->text);
    waiting->text = strndup(reply.at, reply.n);
}

struct json *service_call(struct service *service, const char *method, const char *path,
                          const char *body, int *status)
{
    char request[8192];
    (void)snprintf(request, sizeof(request), "{\"method\":\"%s\",\"path\":\"%s\"%s%s}",
                   method, path, body ? ",\"body\":" : "", body ? body : "");
    struct waiting waiting = { NULL };
    rest_ask_text(service->rest, &service->actor, str_from(request), take_reply,
                  &waiting);
    for (int i = 0; i < TURNS_MAX && !waiting.text; i++)
        loop_turn(service->loop, TURN_MS);
    CHECK(waiting.text);
    struct json *reply = NULL;
    CHECK_INT(json_parse(str_from(waiting.text), &reply, NULL), OK);
    free(waiting.text);
    int64_t code = 0;
    CHECK(json_as_number(json_get(reply, "status"), &code));
    *status = (int)code;
    struct json *result = json_clone(json_get(reply, "body"));
    json_free(reply);
    return result;
}

int service_status(struct service *service, const char *method, const char *path,
                   const char *body)
{
    int status = 0;
    json_free(service_call(service, method, path, body, &status));
    return status;
}

void service_make_host(struct service *service, const char *name, const char *more,
                       char secret[32])
{
    char body[1024];
    int code = 0;
    (void)snprintf(body, sizeof(body), "{\"name\":\"%s\"%s}", name, more);
    struct json *reply = service_call(service, "POST", "/hosts", body, &code);
    struct str text = STR("");
    if (code != 200 && json_as_text(json_get(reply, "error"), &text))
        print_error("%.*s\n", (int)text.n, text.at);
    CHECK_INT(code, 200);
    json_free(reply);
    (void)snprintf(body, sizeof(body), "{\"hosts\":[\"%s\"]}", name);
    reply = service_call(service, "POST", "/tokens", body, &code);
    CHECK_INT(code, 200);
    CHECK(json_as_text(json_get(reply, "secret"), &text));
    CHECK(text.n < 32);
    memcpy(secret, text.at, text.n);
    secret[text.n] = 0;
    json_free(reply);
}
