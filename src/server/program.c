// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/program.h"

#include <stdio.h>

#include "base/random.h"
#include "net/loop.h"
#include "server/role.h"

int program_complain(const char *program, const struct error *err)
{
    (void)fprintf(stderr, "%s: %s\n", program, err->text);
    return EXIT_TROUBLE;
}

enum status program_begin(const char *file, bool is_service, struct config **out,
                          struct error *err)
{
    if (is_service)
        loop_hold_signals();
    enum status status = privileges_hide(err);
    if (status)
        return status;
    random_init();
    status = config_load(file, out, err);
    if (!status)
        role_users_know(*out);
    return status;
}

void program_log(const struct config *config, const char *name)
{
    log_init(name, config->log_level);
    log_never_wait();
}

int program_refuse(const char *why)
{
    log_error("cannot-start", LOG_TEXT("why", why));
    return EXIT_TROUBLE;
}

int program_run_role(struct config *config, enum role role, const char *option,
                     launch_data_fn make_data, int (*run)(struct config *config))
{
    struct error err;
    program_log(config, role_names[role]);
    if (!role_is_enabled(config, role))
        (void)FAIL(&err, ERR_NOT_FOUND, "%s is empty", option);
    else if (!launch_role(config, role, make_data, &err))
        return run(config);
    return program_refuse(err.text);
}
