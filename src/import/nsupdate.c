// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads a dump of nsupdate.info: a list of objects {"model", "pk", "fields"}, as Django's dumpdata
 * writes it. It has no addresses, as nsupdate.info keeps them only in DNS. */
#include <stdlib.h>

#include "base/json.h"
#include "import/import.h"

static const struct json *fields_of(const struct json *item)
{
    return json_get(item, "fields");
}

static bool is_model(const struct json *item, const char *name)
{
    struct str model = json_get_text(item, "model");
    size_t dot = str_find(model, '.');
    return str_equal(str_from_at(model, dot + 1), str_from(name));
}

/* A user, domain or host by its number. They are sorted, as a service may have very many. */
struct key {
    int64_t number;
    size_t item; /* its position in the file, from 0 */
    const struct json *fields;
};

struct dump {
    struct plan *plan;
    const struct json *all;
    struct key *users, *domains, *hosts;
    size_t user_count, domain_count, host_count;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = (const struct key *)a, *y = (const struct key *)b;
    return (x->number > y->number) - (x->number < y->number);
}

/* The objects of a model that have a number, sorted, in the plan's arena. */
static struct key *take_keys(const struct dump *dump, const char *model, size_t *count)
{
    struct key *keys = (struct key *)arena_take_array(
        dump->plan->arena, json_count(dump->all) + 1, sizeof(struct key));
    for (size_t i = 0; i < json_count(dump->all); i++) {
        const struct json *item = json_item(dump->all, i);
        if (is_model(item, model) &&
            json_as_number(json_get(item, "pk"), &keys[*count].number)) {
            keys[*count].item = i;
            keys[(*count)++].fields = fields_of(item);
        }
    }
    qsort(keys, *count, sizeof(*keys), compare_keys);
    return keys;
}

static const struct key *find_key(const struct key *keys, size_t count,
                                  const struct json *number)
{
    struct key wanted = { .number = 0 };
    if (!json_as_number(number, &wanted.number))
        return NULL;
    return (const struct key *)bsearch(&wanted, keys, count, sizeof(*keys), compare_keys);
}

static struct str text_of_key(const struct key *key, const char *member)
{
    return key ? json_get_text(key->fields, member) : STR("");
}

/* The e-mail address of a user, or NULL. */
static const char *find_email(const struct dump *dump, const struct json *number)
{
    struct str email =
        text_of_key(find_key(dump->users, dump->user_count, number), "email");
    return email.n ? plan_text(dump->plan, email) : NULL;
}

static void take_domain(const struct dump *dump, size_t number)
{
    struct plan *plan = dump->plan;
    const struct json *fields = fields_of(json_item(dump->all, number));
    struct name name;
    struct error why;
    if (name_parse(json_get_text(fields, "name"), &name, &why)) {
        plan_refuse(plan, number + 1, "domain: %s", why.text);
        return;
    }
    size_t zone = plan_zone(plan, &name, number + 1);
    plan->zones[zone].owner = find_email(dump, json_get(fields, "created_by"));
    if (plan_wants(plan, zone) && json_get_text(fields, "nameserver_update_secret").n)
        plan_remark(plan, number + 1,
                    "%s: the secret for its name server is not needed any more",
                    name_text(&name));
}

/* The domain of a host. The host has its number or, if the dump was made with natural keys, its
 * name. */
static bool find_domain(const struct dump *dump, const struct json *key, struct name *out)
{
    struct str name;
    if (!json_is_array(key))
        name = text_of_key(find_key(dump->domains, dump->domain_count, key), "name");
    else if (!json_as_text(json_item(key, 0), &name))
        return false;
    return name_parse(name, out, NULL) == OK;
}

static const char *state_of(const struct json *fields)
{
    bool available = true;
    (void)json_as_bool(json_get(fields, "available"), &available);
    if (json_get_bool(fields, "abuse") || json_get_bool(fields, "abuse_blocked"))
        return "abuse";
    return available ? NULL : "disabled";
}

static struct str label_of(const struct json *fields)
{
    struct str label = json_get_text(fields, "name");
    /* Older versions have this name. */
    return label.n ? label : json_get_text(fields, "subdomain");
}

/* The name of a host from its fields. False: there is none, and the plan has the reason. */
static bool host_name(const struct dump *dump, const struct json *fields, size_t item,
                      struct name *domain, struct name *out)
{
    char storage[NAME_TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    struct str label = label_of(fields);
    if (!find_domain(dump, json_get(fields, "domain"), domain)) {
        plan_refuse(dump->plan, item + 1,
                    "host " STR_FMT ": its domain is not in the file", STR_ARG(label));
        return false;
    }
    buf_put(&text, label);
    buf_put_text(&text, ".");
    name_format(domain, &text);
    if (text.full || name_parse(buf_str(&text), out, NULL)) {
        plan_refuse(dump->plan, item + 1, "host " STR_FMT ": a bad name", STR_ARG(label));
        return false;
    }
    return true;
}

static void take_host(const struct dump *dump, size_t number)
{
    struct plan *plan = dump->plan;
    const struct json *fields = fields_of(json_item(dump->all, number));
    struct name domain, name;
    if (!host_name(dump, fields, number, &domain, &name))
        return;
    size_t zone = plan_zone(plan, &domain, number + 1);
    if (!plan_wants(plan, zone))
        return;
    struct plan_host *host = plan_host(plan, &name, zone, number + 1);
    host->owner = find_email(dump, json_get(fields, "created_by"));
    host->state = state_of(fields);
}

/* ----- hosts behind another one ----- */

/* Takes the interface id of a related host. Its name is below its main host, and it gets that
 * host's prefix. nsupdate.info does so for IPv4, too; Rove does not. */
static void take_interface_id(struct plan *plan, const struct json *fields, size_t number,
                              struct plan_host *host)
{
    struct str v4 = str_trim(json_get_text(fields, "interface_id_ipv4"));
    struct str v6 = str_trim(json_get_text(fields, "interface_id_ipv6"));
    if (v4.n)
        plan_remark(plan, number + 1,
                    "%s: its interface id " STR_FMT " for IPv4 has no place here: hosts"
                    " follow with IPv6",
                    name_text(&host->name), STR_ARG(v4));
    if (v6.n == 0)
        plan_remark(plan, number + 1, "%s: has no interface id for IPv6",
                    name_text(&host->name));
    else if (ip_parse(v6, &host->interface_id) || host->interface_id.family != IP_V6) {
        host->interface_id = (struct ip){ .family = IP_NONE };
        plan_refuse(plan, number + 1, "%s: '" STR_FMT "' is no interface id",
                    name_text(&host->name), STR_ARG(v6));
    }
}

static void take_related(const struct dump *dump, size_t number)
{
    enum {
        LABELS = 2
    };
    struct plan *plan = dump->plan;
    const struct json *fields = fields_of(json_item(dump->all, number));
    const struct key *main_host =
        find_key(dump->hosts, dump->host_count, json_get(fields, "main_host"));
    struct str label = json_get_text(fields, "name");
    struct name domain, main_name, name;
    if (!main_host) {
        plan_refuse(plan, number + 1,
                    "related host " STR_FMT ": its main host is not in"
                    " the file",
                    STR_ARG(label));
        return;
    }
    if (!host_name(dump, main_host->fields, number, &domain, &main_name))
        return;
    size_t zone = plan_zone(plan, &domain, number + 1);
    if (!plan_wants(plan, zone))
        return;
    if (name_prepend(label, &main_name, &name)) {
        plan_refuse(plan, number + 1, "related host " STR_FMT ": a bad name",
                    STR_ARG(label));
        return;
    }
    struct plan_host *host = plan_host(plan, &name, zone, number + 1);
    host->owner = find_email(dump, json_get(main_host->fields, "created_by"));
    host->state = state_of(fields);
    host->follows = main_name;
    host->leader_line = main_host->item + 1;
    plan->zones[zone].labels_max = LABELS;
    take_interface_id(plan, fields, number, host);
}

static void take_item(const struct dump *dump, size_t number)
{
    static const struct {
        const char *model, *why;
    } others[] = {
        { "serviceupdaterhostconfig", "updates of other services have no place here" },
        { "blacklistedhost", "names that nobody may take are in the configuration here" },
    };
    const struct json *item = json_item(dump->all, number);
    struct str name = json_get_text(fields_of(item), "name");
    if (is_model(item, "host"))
        take_host(dump, number);
    if (is_model(item, "relatedhost"))
        take_related(dump, number);
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
    dump.hosts = take_keys(&dump, "host", &dump.host_count);
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
