// SPDX-License-Identifier: GPL-3.0-or-later
/* nsupdate.info: a list of objects {"model", "pk", "fields"}, as Django's dumpdata writes
 * them. Addresses are not in it: nsupdate.info keeps them in DNS alone. */
#include <stdlib.h>

#include "base/json.h"
#include "server/import.h"

static struct str text_of(const struct json *object, const char *key)
{
    struct str text = STR("");
    (void)json_as_text(json_get(object, key), &text);
    return text;
}

static bool is_set(const struct json *fields, const char *key)
{
    bool value = false;
    return json_as_bool(json_get(fields, key), &value) && value;
}

static const struct json *fields_of(const struct json *item)
{
    return json_get(item, "fields");
}

static bool is_model(const struct json *item, const char *name)
{
    struct str model = text_of(item, "model");
    size_t dot = str_find(model, '.');
    return str_equal(str_from_at(model, dot + 1), str_from(name));
}

/* Users and domains by their numbers, sorted: a service may have very many. */
struct key {
    int64_t number;
    const struct json *fields;
};

struct dump {
    struct plan *plan;
    const struct json *all;
    struct key *users, *domains;
    size_t user_count, domain_count;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = (const struct key *)a, *y = (const struct key *)b;
    return (x->number > y->number) - (x->number < y->number);
}

/* All objects of the model that have a number. */
static struct key *take_keys(const struct dump *dump, const char *model, size_t *count)
{
    struct key *keys = (struct key *)arena_take_array(
        dump->plan->arena, json_count(dump->all) + 1, sizeof(struct key));
    for (size_t i = 0; i < json_count(dump->all); i++) {
        const struct json *item = json_item(dump->all, i);
        if (is_model(item, model) &&
            json_as_number(json_get(item, "pk"), &keys[*count].number))
            keys[(*count)++].fields = fields_of(item);
    }
    qsort(keys, *count, sizeof(*keys), compare_keys);
    return keys;
}

static const struct json *find_key(const struct key *keys, size_t count,
                                   const struct json *number)
{
    struct key wanted = { .number = 0 };
    if (!json_as_number(number, &wanted.number))
        return NULL;
    const struct key *found =
        (const struct key *)bsearch(&wanted, keys, count, sizeof(*keys), compare_keys);
    return found ? found->fields : NULL;
}

/* The e-mail of a user, or NULL. */
static const char *find_email(const struct dump *dump, const struct json *number)
{
    struct str email = text_of(find_key(dump->users, dump->user_count, number), "email");
    return email.n ? plan_text(dump->plan, email) : NULL;
}

static void take_domain(const struct dump *dump, size_t number)
{
    struct plan *plan = dump->plan;
    const struct json *fields = fields_of(json_item(dump->all, number));
    struct name name;
    struct error why;
    if (name_parse(text_of(fields, "name"), &name, &why)) {
        plan_remark(plan, number + 1, "domain: %s", why.text);
        return;
    }
    size_t zone = plan_zone(plan, &name, number + 1);
    plan->zones[zone].owner = find_email(dump, json_get(fields, "created_by"));
    if (plan_wants(plan, zone) && text_of(fields, "nameserver_update_secret").n)
        plan_remark(plan, number + 1,
                    "%s: the secret for its name server is not needed any more",
                    name_text(&name));
}

/* The domain that a host names: by number or, where the dump was made with natural keys, by
 * name. */
static bool find_domain(const struct dump *dump, const struct json *key, struct name *out)
{
    struct str name;
    if (!json_is_array(key))
        name = text_of(find_key(dump->domains, dump->domain_count, key), "name");
    else if (!json_as_text(json_item(key, 0), &name))
        return false;
    return name_parse(name, out, NULL) == OK;
}

static const char *state_of(const struct json *fields)
{
    bool available = true;
    (void)json_as_bool(json_get(fields, "available"), &available);
    if (is_set(fields, "abuse") || is_set(fields, "abuse_blocked"))
        return "abuse";
    return available ? NULL : "disabled";
}

static void take_host(const struct dump *dump, size_t number)
{
    struct plan *plan = dump->plan;
    const struct json *fields = fields_of(json_item(dump->all, number));
    struct str label = text_of(fields, "name");
    struct name domain, name;
    if (label.n == 0)
        label = text_of(fields, "subdomain"); /* what older versions call it */
    if (!find_domain(dump, json_get(fields, "domain"), &domain)) {
        plan_remark(plan, number + 1, "host " STR_FMT ": its domain is not in the file",
                    STR_ARG(label));
        return;
    }
    size_t zone = plan_zone(plan, &domain, number + 1);
    if (!plan_wants(plan, zone))
        return;
    char storage[NAME_TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    buf_put(&text, label);
    buf_put_text(&text, ".");
    name_format(&domain, &text);
    if (text.full || name_parse(buf_str(&text), &name, NULL)) {
        plan_remark(plan, number + 1, "host " STR_FMT ": a bad name", STR_ARG(label));
        return;
    }
    struct plan_host *host = plan_host(plan, &name, zone, number + 1);
    host->owner = find_email(dump, json_get(fields, "created_by"));
    host->state = state_of(fields);
}

static void take_item(const struct dump *dump, size_t number)
{
    static const struct {
        const char *model, *why;
    } others[] = {
        { "relatedhost",
          "make it by hand: host add NAME --follows HOST --interface-id ID" },
        { "serviceupdaterhostconfig", "updates of other services have no place here" },
        { "blacklistedhost", "names that nobody may take are fixed here" },
    };
    const struct json *item = json_item(dump->all, number);
    struct str name = text_of(fields_of(item), "name");
    if (is_model(item, "host"))
        take_host(dump, number);
    for (size_t i = 0; i < LENGTH_OF(others); i++)
        if (is_model(item, others[i].model))
            plan_remark(dump->plan, number + 1, "%s " STR_FMT ": %s", others[i].model,
                        STR_ARG(name), others[i].why);
}

enum status import_nsupdate(struct plan *plan, struct str text, struct error *err)
{
    CLEANUP(json_freep) struct json *all = NULL;
    enum status status = json_parse(text, &all, err);
    if (!status && !json_is_array(all))
        status = FAIL(err, ERR_SYNTAX, "not a list of objects, as dumpdata writes it");
    if (status) {
        error_prefix(err, "%s", plan->file);
        return status;
    }
    plan->mark = ": item ";
    struct dump dump = { .plan = plan, .all = all };
    dump.users = take_keys(&dump, "user", &dump.user_count);
    dump.domains = take_keys(&dump, "domain", &dump.domain_count);
    for (size_t i = 0; i < json_count(all); i++)
        if (is_model(json_item(all, i), "domain"))
            take_domain(&dump, i);
    if (plan->zone_count == 0)
        return FAIL(err, ERR_SYNTAX, "%s: has no domains: not a dump of nsupdate.info",
                    plan->file);
    for (size_t i = 0; i < json_count(all); i++)
        take_item(&dump, i);
    plan_remark(plan, 0,
                "passwords and update secrets cannot be carried over; addresses"
                " come with each host's next update");
    return OK;
}
