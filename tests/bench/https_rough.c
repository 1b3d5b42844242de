// SPDX-License-Identifier: GPL-3.0-or-later
/* https_rough - clients over HTTPS that are a burden, until its input ends.
 *
 *     https_rough PORT HOSTS idle COUNT     so many connections that ask, and then keep silent
 *     https_rough PORT HOSTS slow COUNT     so many that send a byte each second: half of them of a
 *                                           handshake, half of them of a request
 *     https_rough PORT HOSTS flood RATE     so many handshakes a second, and most of them break off
 *
 * Says "ready" when they are all there. At the end "idle" asks on each connection once more. Prints
 * how many connections were opened and lost, and of "idle" how many were served at the end. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "base/random.h"
#include "https_client.h"

enum {
    IDLE_US = 6000000, /* less than what a connection may wait for its next request */
    STEP_US = 1000000, /* of a slow client */
    LOOK_US = 20000,
    THREADS = 16,
    HELLO_MAX = 2048
};

static SSL_CTX *context;
static uint64_t port, hosts, number;
static size_t opened, lost, served;
static pthread_barrier_t all_there;
static volatile bool ended; /* for the threads */

static bool has_ended(int64_t until_us)
{
    int64_t left_us = until_us - now_us();
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    return poll(&input, 1, left_us > 0 ? (int)(left_us / 1000) : 0) > 0;
}

static void say_ready(void)
{
    (void)puts("ready");
    (void)fflush(stdout);
}

static void wait_for_end(void)
{
    while (!has_ended(now_us() + STEP_US))
        ;
    ended = true;
}

/* ----- idle ----- */

struct idle {
    SSL *ssl;
    int64_t asked_us;
};

/* Each thread has its share: one by one they would be overdue before all are there. */
struct holder {
    pthread_t thread;
    struct idle *idles;
    size_t count, opened, lost, served;
};

static void ask(struct holder *holder, struct idle *idle)
{
    if (!idle->ssl)
        return;
    idle->asked_us = now_us();
    if (client_update(idle->ssl, random_below((uint32_t)hosts), false)) {
        holder->served++;
        return;
    }
    holder->lost++;
    client_close(TAKE(idle->ssl), false);
}

static void ask_all(struct holder *holder)
{
    for (size_t i = 0; i < holder->opened; i++)
        ask(holder, &holder->idles[i]);
}

static void ask_those_due(struct holder *holder)
{
    for (size_t i = 0; i < holder->opened; i++)
        if (holder->idles[i].asked_us + IDLE_US < now_us())
            ask(holder, &holder->idles[i]);
}

static void *hold(void *argument)
{
    struct holder *holder = argument;
    holder->idles = mem_new_array(holder->count, sizeof(*holder->idles));
    while (holder->opened < holder->count) {
        struct idle *idle = &holder->idles[holder->opened];
        idle->ssl = client_open(context, (uint16_t)port, NULL);
        if (!idle->ssl)
            die("a connection");
        holder->opened++;
        ask(holder, idle);
        ask_those_due(holder);
    }
    ask_all(holder);
    (void)pthread_barrier_wait(&all_there);
    for (; !ended; sleep_until_us(now_us() + LOOK_US))
        ask_those_due(holder);
    holder->served = 0;
    ask_all(holder);
    return NULL;
}

static void run_idle(void)
{
    static struct holder holders[THREADS];
    (void)pthread_barrier_init(&all_there, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++) {
        holders[i].count = (number + i) / THREADS;
        if (pthread_create(&holders[i].thread, NULL, hold, &holders[i]))
            die("pthread_create");
    }
    (void)pthread_barrier_wait(&all_there);
    say_ready();
    wait_for_end();
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(holders[i].thread, NULL);
        opened += holders[i].opened;
        lost += holders[i].lost;
        served += holders[i].served;
    }
}

/* ----- slow ----- */

struct slow {
    SSL *ssl; /* NULL: a byte of a handshake at a time */
    int fd;   /* -1: none */
    size_t sent;
};

static char hello[HELLO_MAX];
static size_t hello_n;

static void make_hello(void)
{
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    if (!ssl || !in || !out)
        die("SSL_new");
    SSL_set_bio(ssl, in, out);
    (void)SSL_connect(ssl);
    int n = BIO_read(out, hello, sizeof(hello));
    if (n <= 0)
        die("a hello");
    hello_n = (size_t)n;
    SSL_free(ssl);
}

static void close_slow(struct slow *slow)
{
    if (slow->ssl)
        client_close(TAKE(slow->ssl), false);
    else if (slow->fd >= 0)
        (void)close(slow->fd);
    slow->fd = -1;
}

static void open_slow(struct slow *slow, bool in_handshake)
{
    *slow = (struct slow){ .fd = -1 };
    if (in_handshake)
        slow->fd = client_connect((uint16_t)port);
    else
        slow->ssl = client_open(context, (uint16_t)port, NULL);
    opened++;
}

static void send_byte(struct slow *slow)
{
    static const char request[] =
        "GET /nic/update?hostname=h0000000.dyn.example.org HTTP/1.1\r\n";
    bool sent = false;
    if (slow->ssl && slow->sent < sizeof(request) - 1)
        sent = SSL_write(slow->ssl, request + slow->sent, 1) == 1;
    else if (slow->fd >= 0 && slow->sent + 1 < hello_n)
        sent = send(slow->fd, hello + slow->sent, 1, MSG_NOSIGNAL) == 1;
    slow->sent++;
    if (sent)
        return;
    bool in_handshake = !slow->ssl;
    lost++;
    close_slow(slow);
    open_slow(slow, in_handshake);
}

static void run_slow(void)
{
    struct slow *slows = mem_new_array(number, sizeof(*slows));
    make_hello();
    for (size_t i = 0; i < number; i++)
        open_slow(&slows[i], i % 2 == 0);
    say_ready();
    int64_t due_us = now_us();
    for (size_t at = 0; !has_ended(due_us); at = (at + 1) % number) {
        send_byte(&slows[at]);
        due_us += STEP_US / (int64_t)number;
    }
}

/* ----- flood ----- */

static void reset(int fd)
{
    const struct linger at_once = { .l_onoff = 1 };
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    (void)close(fd);
}

/* Of four: a hello and a reset; a hello and an end after the server's reply to it; nothing but the
 * half of a hello; a whole handshake without a request. False: nobody took the connection. */
static bool break_off(size_t kind)
{
    if (kind == 3) {
        SSL *ssl = client_open(context, (uint16_t)port, NULL);
        if (ssl)
            client_close(ssl, false);
        return ssl != NULL;
    }
    int fd = client_connect((uint16_t)port);
    if (fd < 0)
        return false;
    char reply[4096];
    (void)send(fd, hello, kind == 2 ? hello_n / 2 : hello_n, MSG_NOSIGNAL);
    if (kind == 1)
        (void)recv(fd, reply, sizeof(reply), 0);
    if (kind == 1)
        (void)close(fd);
    else
        reset(fd);
    return true;
}

struct flood {
    pthread_t thread;
    size_t number, opened, lost;
};

static void *run_thread(void *argument)
{
    struct flood *flood = argument;
    int64_t step_us = (int64_t)(1000000 * THREADS / number);
    int64_t due_us = now_us() + step_us * (int64_t)flood->number / THREADS;
    for (size_t kind = flood->number % 4; !ended; kind = (kind + 1) % 4) {
        flood->opened++;
        flood->lost += !break_off(kind);
        sleep_until_us(due_us);
        due_us += step_us;
    }
    return NULL;
}

static void run_flood(void)
{
    static struct flood floods[THREADS];
    make_hello();
    for (size_t i = 0; i < THREADS; i++) {
        floods[i].number = i;
        if (pthread_create(&floods[i].thread, NULL, run_thread, &floods[i]))
            die("pthread_create");
    }
    say_ready();
    wait_for_end();
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(floods[i].thread, NULL);
        opened += floods[i].opened;
        lost += floods[i].lost;
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } kinds[] = { { "idle", run_idle }, { "slow", run_slow }, { "flood", run_flood } };
    size_t kind = 0;
    while (argc == 5 && kind < LENGTH_OF(kinds) && strcmp(argv[3], kinds[kind].name) != 0)
        kind++;
    if (argc != 5 || kind == LENGTH_OF(kinds) ||
        str_to_u64(str_from(argv[1]), UINT16_MAX, &port) ||
        str_to_u64(str_from(argv[2]), UINT32_MAX, &hosts) || hosts == 0 ||
        str_to_u64(str_from(argv[4]), 100000, &number) || number == 0) {
        (void)fprintf(stderr, "usage: https_rough PORT HOSTS idle|slow|flood NUMBER\n");
        return 2;
    }
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    random_init();
    context = client_context("any");
    int64_t start_us = now_us();
    kinds[kind].run();
    (void)printf("opened %zu lost %zu served %zu rate %.0f\n", opened, lost, served,
                 (double)opened * 1e6 / (double)(now_us() - start_us));
    return 0;
}
