// SPDX-License-Identifier: GPL-3.0-or-later
/* The answer room as a program, for tests that compare it with others.
 *
 *     tool_answer DIR ADDRESS PORT    serves DIR/data.cdb over UDP and TCP until it is told to
 *                                     stop; prints the port when it is ready (0: any) */
#include <signal.h>
#include <stdio.h>

#include "answer/served_image.h"
#include "answer/server.h"
#include "base/random.h"

static void refused(void *ctx, enum status status, const struct error *err)
{
    (void)ctx;
    (void)status;
    (void)fprintf(stderr, "%s\n", err->text);
}

static void take_signal(void *ctx, int signal_number)
{
    if (signal_number == SIGTERM || signal_number == SIGINT)
        loop_stop((struct loop *)ctx);
}

static enum status serve(struct loop *loop, char *const *args, struct error *err)
{
    static const struct served_image_events events = { .refused = refused };
    CLEANUP(served_image_freep)
    struct served_image *served = served_image_new(loop, args[0], &events, NULL);
    CLEANUP(answer_server_freep)
    struct answer_server *server = answer_server_new(loop, served, NULL);
    struct ip ip;
    uint64_t port = 0;
    uint16_t bound = 0;
    if (ip_parse(str_from(args[1]), &ip) ||
        str_to_u64(str_from(args[2]), UINT16_MAX, &port))
        return FAIL(err, ERR_SYNTAX, "not an address and a port: %s %s", args[1],
                    args[2]);
    enum status status =
        answer_server_listen(server, ip, (uint16_t)port, false, &bound, err);
    if (status == OK)
        status = loop_signals(loop, take_signal, loop, err);
    if (status)
        return status;
    if (printf("%u\n", (unsigned)bound) < 0 || fflush(stdout))
        return FAIL(err, ERR_IO, "standard output is closed");
    loop_run(loop);
    return OK;
}

int main(int argc, char **argv)
{
    struct error err = { .text = "" };
    if (argc != 4) {
        (void)fprintf(stderr, "usage: tool_answer DIR ADDRESS PORT\n");
        return 2;
    }
    random_init();
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    if (serve(loop, argv + 1, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return 0;
}
