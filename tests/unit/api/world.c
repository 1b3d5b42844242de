// SPDX-License-Identifier: GPL-3.0-or-later
#include "world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "test.h"

enum {
    TURNS_MAX = 2000,
    TURN_MS = 20
};

static void commit_failed(void *ctx, const struct error *err)
{
    (void)err;
    ((struct world *)ctx)->commit_failed = true;
}

static const char *path_in(const struct world *world, const char *file)
{
    static char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", world->folder, file);
    return path;
}

void world_open(struct world *world)
{
    memset(world, 0, sizeof(*world));
    strcpy(world->folder, "/tmp/rove-api-XXXXXX");
    CHECK(mkdtemp(world->folder));
    world->loop = loop_new(clock_system());
    struct error err;
    CHECK_INT(keys_create(path_in(world, "rove.key"), &err), OK);
    CHECK_INT(keys_load(path_in(world, "rove.key"), &world->keys, &err), OK);
    static char database[128];
    (void)snprintf(database, sizeof(database), "%s/rove.db", world->folder);
    CLEANUP(store_closep) struct store *made = NULL;
    CHECK_INT(store_open(database, STORE_CREATE, &made, &err), OK);
    store_close(TAKE(made));
    const struct change_options options = { .database = database,
                                            .keys = &world->keys,
                                            .private_allowed = true,
                                            .failed = commit_failed,
                                            .ctx = world };
    enum status status = change_start(world->loop, &options, &world->change, &err);
    if (status)
        print_error("%s\n", err.text);
    CHECK_INT(status, OK);
    world->api.updates = (struct updates){ .change = world->change,
                                           .keys = &world->keys,
                                           .clock = clock_system(),
                                           .loop = world->loop,
                                           .hosts_max = 20,
                                           .ready = true };
    world->api.rest = (struct rest){ .change = world->change,
                                     .keys = &world->keys,
                                     .clock = clock_system(),
                                     .loop = world->loop,
                                     .updates = &world->api.updates };
    api_init(&world->api);
    const struct http_server_options http = { .handler = api_http, .ctx = &world->api };
    world->http = http_server_new(world->loop, &http);

    int code = 0;
    json_free(
        world_call(world, "POST", "/accounts", "{\"email\":\"ops@example.org\"}", &code));
    CHECK_INT(code, 200);
    static const char *const zones[] = { "dyn.example.org", "other.example.org" };
    for (size_t i = 0; i < LENGTH_OF(zones); i++) {
        char body[256];
        (void)snprintf(body, sizeof(body),
                       "{\"name\":\"%s\",\"owner\":\"ops@example.org\","
                       "\"name_servers\":[\"ns1.example.org\"]}",
                       zones[i]);
        json_free(world_call(world, "POST", "/zones", body, &code));
        CHECK_INT(code, 200);
    }
}

void world_close(struct world *world)
{
    change_stop(world->change);
    http_server_free(world->http);
    api_done(&world->api);
    loop_free(world->loop);
    static const char *const files[] = { "rove.key", "rove.db", "rove.db-wal",
                                         "rove.db-shm", "rove.db.lock" };
    for (size_t i = 0; i < LENGTH_OF(files); i++)
        (void)unlink(path_in(world, files[i]));
    (void)rmdir(world->folder);
}

/* Whether a header and the body that its Content-Length names are there. */
static bool is_whole(const char *reply)
{
    const char *end = strstr(reply, "\r\n\r\n");
    const char *length = strstr(reply, "Content-Length: ");
    if (!end || !length)
        return false;
    uint64_t n = 0;
    struct str digits = str_from(length + strlen("Content-Length: "));
    digits = str_first(digits, str_find(digits, '\r'));
    return !str_to_u64(digits, UINT32_MAX, &n) && strlen(end + 4) >= n;
}

const char *world_http(struct world *world, const char *source, const char *request)
{
    int pair[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
              0);
    struct ip ip;
    CHECK_INT(ip_parse(str_from(source), &ip), OK);
    http_server_add_connection(world->http, pair[0], ip, false);
    CHECK_INT(write(pair[1], request, strlen(request)), (int)strlen(request));
    world->reply_n = 0;
    world->reply[0] = 0;
    for (int i = 0; i < TURNS_MAX && !is_whole(world->reply); i++) {
        loop_turn(world->loop, TURN_MS);
        ssize_t n = read(pair[1], world->reply + world->reply_n,
                         sizeof(world->reply) - 1 - world->reply_n);
        if (n == 0)
            break;
        if (n > 0)
            world->reply_n += (size_t)n;
        world->reply[world->reply_n] = 0;
    }
    (void)close(pair[1]);
    loop_turn(world->loop, 0);
    return world->reply;
}

void world_basic_of(const char *user, const char *secret, char out[512])
{
    char plain[256];
    (void)snprintf(plain, sizeof(plain), "%s:%s", user, secret);
    sodium_bin2base64(out, 512, (const unsigned char *)plain, strlen(plain),
                      sodium_base64_VARIANT_ORIGINAL);
}

void world_basic(const char *secret, char out[512])
{
    world_basic_of("any", secret, out);
}

const char *world_get(struct world *world, const char *target, const char *secret,
                      int *status)
{
    char basic[512], request[8192];
    world_basic(secret, basic);
    (void)snprintf(request, sizeof(request),
                   "GET %s HTTP/1.1\r\nHost: ddns.example.org\r\n"
                   "Authorization: Basic %s\r\nUser-Agent: test/1\r\n\r\n",
                   target, basic);
    const char *reply = world_http(world, "198.51.100.20", request);
    const char *body = strstr(reply, "\r\n\r\n");
    CHECK(body);
    uint64_t code = 0;
    CHECK_INT(str_to_u64(str_bytes(reply + strlen("HTTP/1.1 "), 3), 999, &code), OK);
    if (status)
        *status = (int)code;
    return body + 4;
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

struct json *world_call(struct world *world, const char *method, const char *path,
                        const char *body, int *status)
{
    char request[8192];
    (void)snprintf(request, sizeof(request), "{\"method\":\"%s\",\"path\":\"%s\"%s%s}",
                   method, path, body ? ",\"body\":" : "", body ? body : "");
    struct waiting waiting = { NULL };
    rest_ask(&world->api.rest, str_from(request), take_reply, &waiting);
    for (int i = 0; i < TURNS_MAX && !waiting.text; i++)
        loop_turn(world->loop, TURN_MS);
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

void world_make_host(struct world *world, const char *name, const char *more,
                     char secret[32])
{
    char body[1024];
    int code = 0;
    (void)snprintf(body, sizeof(body), "{\"name\":\"%s\"%s}", name, more);
    struct json *reply = world_call(world, "POST", "/hosts", body, &code);
    struct str text = STR("");
    if (code != 200 && json_as_text(json_get(reply, "error"), &text))
        print_error("%.*s\n", (int)text.n, text.at);
    CHECK_INT(code, 200);
    json_free(reply);
    (void)snprintf(body, sizeof(body), "{\"hosts\":[\"%s\"]}", name);
    reply = world_call(world, "POST", "/tokens", body, &code);
    CHECK_INT(code, 200);
    CHECK(json_as_text(json_get(reply, "secret"), &text));
    CHECK(text.n < 32);
    memcpy(secret, text.at, text.n);
    secret[text.n] = 0;
    json_free(reply);
}
