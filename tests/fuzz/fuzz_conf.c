// SPDX-License-Identifier: GPL-3.0-or-later
/* Any text is read or refused with its name and line, and a good one can be read after it. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status check_value(struct str value, struct error *err)
{
    return value.n < 100 ? OK : FAIL(err, ERR_LIMIT, "too long");
}

static const struct conf_option inner[] = {
    { .key = "port", .type = CONF_NUMBER, .fallback = "53", .min = 1, .max = 65535 },
    { .key = "names", .type = CONF_LIST, .check = check_value },
    { .key = NULL },
};
static const struct conf_option options[] = {
    { .key = "text", .type = CONF_TEXT, .fallback = "x", .check = check_value },
    { .key = "number", .type = CONF_NUMBER, .min = -10, .max = 10 },
    { .key = "flag", .type = CONF_BOOL },
    { .key = "list", .type = CONF_LIST, .fallback = "{\"a\"}" },
    { .key = "one", .type = CONF_SECTION, .options = inner },
    { .key = "many", .type = CONF_SECTION, .options = inner, .multiple = true },
    { .key = NULL },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(conf_freep) struct conf *conf = NULL;
    struct error err = { .text = "" };
    enum status status = conf_parse("f", str_bytes(data, size), options, &conf, &err);
    if (status) {
        assert(status == ERR_SYNTAX && !conf &&
               str_starts(str_from(err.text), STR("f:")));
    } else {
        int64_t number = conf_number(conf, "number"),
                port = conf_number(conf, "one.port");
        assert(number >= -10 && number <= 10 && port >= 1 && port <= 65535);
        assert(str_from(conf_text(conf, "text")).n < 100);
        for (size_t i = 0; i < conf_section_count(conf, "many"); i++)
            assert(conf_title(conf_section(conf, "many", i)));
    }

    CLEANUP(conf_freep) struct conf *good = NULL;
    status = conf_parse("g", STR("number = 3"), options, &good, &err);
    assert(status == OK && conf_number(good, "number") == 3);
    return 0;
}
