// SPDX-License-Identifier: GPL-3.0-or-later
/* option.h - the table of all options of rove.conf.
 *
 * A row says what an option is called, what its value may be, where the value goes, and whether a
 * reload takes it over. The reader and the reload follow the table, and a test holds it against
 * rove.conf(5). A new option is a row, a field of struct config, and an item of the manual page. */
#pragma once

#include "base/conf.h"
#include "config/config.h"

struct config_option;

/* What a value may be, and how it gets into its place: see kind.h. `base` is the struct config, or
 * the struct of the section that the option belongs to. */
struct config_kind {
    enum conf_type type;
    /* CONF_SECTION: it may occur any number of times, each with a title. */
    bool multiple;
    /* As conf_option.check; NULL: everything is fine. */
    enum status (*check)(struct str value, struct error *err);
    /* NULL: the reader of its section takes the value. */
    enum status (*take)(const struct config_option *option, const struct conf *conf,
                        void *base, struct error *err);
    /* Frees what `take` put on the heap; NULL: nothing. */
    void (*release)(const struct config_option *option, void *base);
};

/* What SIGHUP does about an option that has changed in the file. */
enum config_reload {
    CONFIG_UNDECIDED, /* a mistake in the table, which a test finds */
    CONFIG_TAKEN,
    CONFIG_RESTART, /* the option waits for a restart, and the log says so */
};

enum {
    CONFIG_PLACES_MAX = 3
};

/* A field, as a part of the struct that it is in. The size 0 means that there is none. */
struct config_place {
    size_t offset, size;
};

struct config_option {
    /* "data", "http.listen"; of a section its name alone. */
    const char *name;
    const struct config_kind *kind;
    /* The default as it would be written in the file. NULL: empty, or a section. */
    const char *fallback;
    /* A plain section has none: its options have their own. */
    enum config_reload reload;
    /* The value, and for a list the number of its items; some kinds have more. A reload swaps
     * all of them. */
    struct config_place places[CONFIG_PLACES_MAX];
    /* It belongs to a section that may occur many times. Its places are in the struct of that
     * section, which a reload takes over as a whole. */
    bool is_member;
    /* The least and the greatest number. */
    int64_t min, max;
};

/* The last row has no name. An option follows its section. */
extern const struct config_option config_options[];

/* Whether the option is in the section; "" is outside of sections. */
bool config_is_in(const struct config_option *option, struct str section);
/* What the option is called for conf_text() and its like: within its section when it is a member,
 * else in full. */
const char *config_key(const struct config_option *option);
/* The n-th place within `base`. */
void *config_place(const struct config_option *option, void *base, size_t n);
/* Takes all members of a section that may occur many times into its struct. Errors name the key. */
MUST_CHECK enum status config_take_members(const char *section, const struct conf *conf,
                                           void *base, struct error *err);
