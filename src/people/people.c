// SPDX-License-Identifier: GPL-3.0-or-later
#include "people/people.h"

#include "base/mem.h"
#include "people/act.h"

enum status people_new(const struct people_options *options, struct people **out,
                       struct error *err)
{
    struct hasher *hasher = NULL;
    enum status status = hasher_start(options->loop, &hasher, err);
    if (status)
        return status;
    struct people *people = NEW(struct people);
    people->options = *options;
    people->hasher = hasher;
    people->limits = limits_new();
    people->challenges = challenges_new();
    live_start(&people->live, options->loop, options->change);
    *out = people;
    return OK;
}

void people_free(struct people *people)
{
    if (!people)
        return;
    hasher_stop(people->hasher);
    live_stop(&people->live);
    limits_free(people->limits);
    challenges_free(people->challenges);
    mem_free(people);
}

void people_set(struct people *people, const struct people_settings *settings)
{
    people->settings = *settings;
    limits_set_mails(people->limits, settings->mails_per_hour ? settings->mails_per_hour
                                                              : LIMIT_MAILS_PER_HOUR);
}

const struct people_settings *people_settings(const struct people *people)
{
    return &people->settings;
}

struct hasher_counts people_hashes(const struct people *people)
{
    return hasher_count(people->hasher);
}

enum status people_find_session(struct people *people, struct str secret,
                                struct session_row *out, struct error *err)
{
    const struct people_options *options = &people->options;
    struct session_row row;
    int64_t now_s = clock_wall_s(options->clock);
    if (change_has_failed(options->change))
        return FAIL(err, ERR_BUSY, "a commit has failed");
    enum status status = store_session_find_digest(
        change_reader(options->change),
        secret_digest(options->keys, SECRET_SESSION, secret), &row, err);
    if (status)
        return status;
    if (session_is_over(&row, live_used(&people->live, &row), now_s))
        return FAIL(err, ERR_NOT_FOUND, "the session is over");
    live_note(&people->live, row.id, now_s);
    *out = row;
    return OK;
}

int64_t people_session_used(const struct people *people, const struct session_row *row)
{
    return live_used(&people->live, row);
}
