// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/role_states.h"

#include "base/json.h"
#include "run/role.h"
#include "run/status.h"

static bool is_state(const struct json *status, struct str word)
{
    return str_equal(json_get_text(status, "state"), word);
}

/* Reads a role's own status file. If it cannot be used, that tells nothing about other roles. NULL:
 * the role never ran. */
static struct json *ask_role(const struct config *config, const char *role)
{
    struct json *one = NULL;
    bool alive = false;
    struct error err;
    enum status status = status_read(config, role, &one, &alive, &err);
    if (status == ERR_NOT_FOUND)
        return NULL;
    if (status) {
        one = json_new_object();
        json_put_text(one, "state", STR("unknown"));
        json_put_text(one, "trouble", str_from(err.text));
    } else if (!alive && !is_state(one, STR("stopped"))) {
        json_put_text(one, "state", STR("dead"));
    }
    json_put_text(one, "role", str_from(role));
    return one;
}

/* Adds what the parent, if it runs, knows about the role. */
static void add_from_parent(const struct json *parent, const char *role, struct json *one)
{
    const struct json *roles = parent ? json_get(parent, "roles") : NULL;
    for (size_t i = 0; roles && i < json_count(roles); i++) {
        const struct json *known = json_item(roles, i);
        static const char *const keys[] = { "restarts", "hangs", "last_end",
                                            "last_end_at" };
        if (!str_equal(json_get_text(known, "role"), str_from(role)))
            continue;
        for (size_t k = 0; k < LENGTH_OF(keys); k++)
            if (json_get(known, keys[k]))
                json_put(one, keys[k], json_clone(json_get(known, keys[k])));
        if (json_get_bool(known, "hung"))
            json_put_text(one, "state", STR("hung"));
    }
}

struct json *role_states(const struct config *config)
{
    struct json *all = json_new_array();
    const struct json *parent = NULL;
    for (size_t i = 0; i <= ROLE_COUNT; i++) {
        const char *role = i == 0 ? "parent" : role_names[i - 1];
        struct json *one = ask_role(config, role);
        if (!one)
            continue;
        if (i == 0 && is_state(one, STR("running")))
            parent = one;
        add_from_parent(parent, role, one);
        json_append(all, one);
    }
    return all;
}
