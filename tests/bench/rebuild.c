// SPDX-License-Identifier: GPL-3.0-or-later
/* rebuild - builds DIR/data.cdb from the database once, as the role publish does.
 *
 *     rebuild DATABASE DIR
 *
 * Prints the milliseconds from the first look at the database to the synced directory. */
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "net/loop.h"
#include "publish/publisher.h"

static int code = 1;

static void settled(void *ctx, int64_t seq, enum status status, const struct error *err)
{
    (void)seq;
    if (status)
        (void)fprintf(stderr, "rebuild: %s\n", err->text);
    code = status != OK;
    loop_stop((struct loop *)ctx);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: rebuild DATABASE DIR\n");
        return 2;
    }
    random_init();
    CLEANUP(loop_freep) struct loop *loop = loop_new(clock_system());
    const struct publisher_options options = { .loop = loop,
                                               .database = argv[1],
                                               .directory = argv[2],
                                               .settled = settled,
                                               .ctx = loop };
    CLEANUP(publisher_stopp) struct publisher *publisher = NULL;
    struct error err;
    int64_t start_ms = clock_steady_ms(clock_system());
    if (publisher_start(&options, &publisher, &err)) {
        (void)fprintf(stderr, "rebuild: %s\n", err.text);
        return 1;
    }
    loop_run(loop);
    (void)printf("%lld\n", (long long)(clock_steady_ms(clock_system()) - start_ms));
    return code;
}
