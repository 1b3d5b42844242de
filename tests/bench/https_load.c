// SPDX-License-Identifier: GPL-3.0-or-later
/* https_load - sends updates that change nothing over HTTPS, and counts them.
 *
 *     https_load PORT CLIENTS SECONDS HOSTS 1.2|1.3 fresh|resumed|last|same [RATE]
 *
 * The service on 127.0.0.1:PORT must have the hosts and tokens of bench_store. Each client is a
 * thread that waits for its reply: over a new connection each time, with a whole handshake
 * ("fresh") or with the newest ticket ("resumed"; "last" is the same, and the server is asked to
 * end the connection), or over one that is kept alive ("same"). RATE is of all together, evenly
 * spread; a reply's time then counts from the moment when its request was due. Prints the number of
 * replies and their times in microseconds. */
#include <pthread.h>

#include "base/mem.h"
#include "base/random.h"
#include "https_client.h"

enum {
    CLIENTS_MAX = 64,
    TIMES_MAX = 200000 /* of each client */
};

enum mode {
    MODE_FRESH,
    MODE_RESUMED,
    MODE_LAST,
    MODE_SAME
};

struct client {
    pthread_t thread;
    size_t number, count, failed;
    uint32_t *times_us;
    SSL *ssl;
    SSL_SESSION *session;
};

static struct client clients[CLIENTS_MAX];
static SSL_CTX *context;
static uint64_t port, count, seconds, hosts, rate;
static enum mode mode;
static int64_t start_us, end_us;

static bool resumes(void)
{
    return mode == MODE_RESUMED || mode == MODE_LAST;
}

static bool connect_client(struct client *client)
{
    SSL_SESSION *session = resumes() ? client->session : NULL;
    client->ssl = client_open(context, (uint16_t)port, session);
    if (!client->ssl)
        return false;
    if (session && !SSL_session_reused(client->ssl))
        die("a ticket was not taken");
    return true;
}

static void disconnect_client(struct client *client)
{
    if (!client->ssl)
        return;
    if (resumes()) {
        SSL_SESSION_free(client->session);
        client->session = SSL_get1_session(client->ssl);
    }
    client_close(TAKE(client->ssl), true);
}

static bool update(struct client *client)
{
    if (!client->ssl && !connect_client(client))
        return false;
    bool done =
        client_update(client->ssl, random_below((uint32_t)hosts), mode == MODE_LAST);
    if (mode != MODE_SAME || !done)
        disconnect_client(client);
    return done;
}

static void *run(void *argument)
{
    struct client *client = argument;
    int64_t step_us = rate ? (int64_t)(1000000 * count / rate) : 0;
    int64_t due_us = start_us + step_us * (int64_t)client->number / (int64_t)count;
    /* The first one gets the ticket, or the connection. */
    bool warm = update(client);
    for (; warm && now_us() < end_us && client->count < TIMES_MAX; due_us += step_us) {
        if (rate)
            sleep_until_us(due_us);
        else
            due_us = now_us();
        if (update(client))
            client->times_us[client->count++] = (uint32_t)(now_us() - due_us);
        else
            client->failed++;
    }
    client->failed += !warm;
    disconnect_client(client);
    return NULL;
}

static bool read_arguments(int argc, char **argv)
{
    static const char *const modes[] = { "fresh", "resumed", "last", "same" };
    if (argc < 7 || argc > 8 || str_to_u64(str_from(argv[1]), UINT16_MAX, &port) ||
        str_to_u64(str_from(argv[2]), CLIENTS_MAX, &count) || count == 0 ||
        str_to_u64(str_from(argv[3]), 600, &seconds) ||
        str_to_u64(str_from(argv[4]), UINT32_MAX, &hosts) || hosts == 0 ||
        (argc == 8 && (str_to_u64(str_from(argv[7]), 1000000, &rate) || rate == 0)))
        return false;
    for (mode = MODE_FRESH; mode <= MODE_SAME; mode++)
        if (strcmp(argv[6], modes[mode]) == 0)
            return true;
    return false;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = 0, y = 0;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return x < y ? -1 : x > y;
}

static void tell(void)
{
    size_t replies = 0, failed = 0, n = 0;
    for (size_t i = 0; i < count; i++) {
        replies += clients[i].count;
        failed += clients[i].failed;
    }
    uint32_t *times_us = mem_new_array(replies + 1, sizeof(*times_us));
    for (size_t i = 0; i < count; i++) {
        memcpy(times_us + n, clients[i].times_us, clients[i].count * sizeof(*times_us));
        n += clients[i].count;
    }
    qsort(times_us, n, sizeof(*times_us), by_value);
    size_t last = n > 0 ? n - 1 : 0;
    (void)printf("replies %zu failed %zu p50 %u us p99 %u us\n", replies, failed,
                 times_us[last / 2], times_us[last * 99 / 100]);
    mem_free(times_us);
}

int main(int argc, char **argv)
{
    if (!read_arguments(argc, argv)) {
        (void)fprintf(stderr, "usage: https_load PORT CLIENTS SECONDS HOSTS 1.2|1.3 "
                              "fresh|resumed|last|same [RATE]\n");
        return 2;
    }
    random_init();
    context = client_context(argv[5]);
    start_us = now_us();
    end_us = start_us + (int64_t)seconds * 1000000;
    for (size_t i = 0; i < count; i++) {
        clients[i].number = i;
        clients[i].times_us = mem_new_array(TIMES_MAX, sizeof(*clients[i].times_us));
        if (pthread_create(&clients[i].thread, NULL, run, &clients[i]))
            die("pthread_create");
    }
    for (size_t i = 0; i < count; i++)
        (void)pthread_join(clients[i].thread, NULL);
    tell();
    return 0;
}
