// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/look.h"

#include <string.h>

#include "base/mem.h"
#include "dns/record.h"
#include "image/image.h"
#include "image/writer.h"
#include "net/loop.h"

enum {
    QUESTIONS = 3,
    OF_A = 0,
    OF_AAAA,
    OF_SOA,
    BUCKETS = 1024
};
static const uint16_t types[QUESTIONS] = { RR_A, RR_AAAA, RR_SOA };

/* One server. What it said last is kept until it has answered again. */
struct part {
    struct look *look;
    size_t server;
    struct asker_question questions[QUESTIONS];
    struct asker_answer answers[QUESTIONS];
    bool is_asked[QUESTIONS], is_answered[QUESTIONS];
};

struct look {
    TAILQ_ENTRY(look) links;
    LIST_ENTRY(look) chain;
    struct looks *looks;
    struct name zone, name; /* name.n 0: the zone alone */
    int64_t asked_ms;       /* 0: never */
    struct truth asked_truth;
    size_t pending; /* questions */
    size_t waiters;
    size_t count;
    struct part parts[];
};

struct waiter {
    TAILQ_ENTRY(waiter) links;
    struct look *look;
    int64_t number, until_ms;
};

struct looks {
    struct looks_options options;
    TAILQ_HEAD(look_list, look) list; /* the one that was asked for longest ago first */
    LIST_HEAD(look_chain, look) buckets[BUCKETS];
    size_t count, parts;
    TAILQ_HEAD(look_waiter_list, waiter) waiters;
    size_t waiter_count;
    struct timer timer;
};

static void on_time(void *ctx);

static int64_t now_ms(const struct looks *looks)
{
    return loop_now_ms(looks->options.loop);
}

/* ----- those who wait ----- */

static void set_timer(struct looks *looks)
{
    const struct waiter *first = TAILQ_FIRST(&looks->waiters);
    if (first)
        timer_set(&looks->timer, looks->options.loop, first->until_ms, on_time, looks);
    else
        timer_stop(&looks->timer);
}

static void tell(struct looks *looks, struct waiter *waiter)
{
    TAILQ_REMOVE(&looks->waiters, waiter, links);
    looks->waiter_count--;
    waiter->look->waiters--;
    looks->options.seen(looks->options.ctx, waiter->number, waiter->look);
    mem_free(waiter);
}

static void tell_whole(struct looks *looks, const struct look *look)
{
    struct waiter *waiter = TAILQ_FIRST(&looks->waiters);
    while (waiter && look->waiters > 0) {
        struct waiter *next = TAILQ_NEXT(waiter, links);
        if (waiter->look == look)
            tell(looks, waiter);
        waiter = next;
    }
    set_timer(looks);
}

static void on_time(void *ctx)
{
    struct looks *looks = ctx;
    struct waiter *waiter = NULL;
    while ((waiter = TAILQ_FIRST(&looks->waiters)) && waiter->until_ms <= now_ms(looks))
        tell(looks, waiter);
    set_timer(looks);
}

static void await(struct look *look, int64_t number)
{
    struct looks *looks = look->looks;
    struct waiter *waiter = NEW(struct waiter);
    *waiter = (struct waiter){ .look = look,
                               .number = number,
                               .until_ms = now_ms(looks) + LOOK_WAIT_MS };
    TAILQ_INSERT_TAIL(&looks->waiters, waiter, links);
    looks->waiter_count++;
    look->waiters++;
    set_timer(looks);
}

/* ----- questions ----- */

static void answered(void *ctx, const struct asker_question *question,
                     const struct asker_answer *answer)
{
    struct part *part = ctx;
    struct look *look = part->look;
    size_t which = (size_t)(question - part->questions);
    part->answers[which] = *answer;
    part->is_asked[which] = false;
    part->is_answered[which] = true;
    if (--look->pending == 0)
        tell_whole(look->looks, look);
}

static void ask(struct part *part, size_t which)
{
    struct look *look = part->look;
    struct asker_question *question = &part->questions[which];
    *question =
        (struct asker_question){ .server = part->server,
                                 .name = which == OF_SOA ? &look->zone : &look->name,
                                 .type = types[which],
                                 .answered = answered,
                                 .ctx = part };
    part->is_asked[which] = true;
    look->pending++;
    asker_ask(look->looks->options.asker, question);
}

static void ask_all(struct look *look, const struct truth *truth)
{
    look->asked_ms = now_ms(look->looks);
    look->asked_truth = *truth;
    for (size_t i = 0; i < look->count; i++)
        for (size_t which = 0; which < QUESTIONS; which++)
            if (which == OF_SOA || look_is_of_host(look))
                ask(&look->parts[i], which);
}

/* ----- looks ----- */

static struct look_chain *chain_of(struct looks *looks, const struct name *name)
{
    uint32_t hash = 5381;
    for (size_t i = 0; i < name->n; i++)
        hash = hash * 33 + name->wire[i];
    return &looks->buckets[hash % BUCKETS];
}

static struct look_chain *chain_with(struct looks *looks, const struct look *look)
{
    return chain_of(looks, look_is_of_host(look) ? &look->name : &look->zone);
}

static bool is_of(const struct look *look, const struct look_order *order)
{
    if (!name_equal(&look->zone, order->zone))
        return false;
    return order->name ? look_is_of_host(look) && name_equal(&look->name, order->name)
                       : !look_is_of_host(look);
}

static struct look *find(struct looks *looks, const struct look_order *order)
{
    struct look *look = NULL;
    LIST_FOREACH(look, chain_of(looks, order->name ? order->name : order->zone), chain)
    if (is_of(look, order))
        return look;
    return NULL;
}

static void take_back(struct looks *looks, struct part *part)
{
    for (size_t which = 0; which < QUESTIONS; which++)
        if (part->is_asked[which])
            asker_cancel(looks->options.asker, &part->questions[which]);
}

static void forget(struct look *look)
{
    struct looks *looks = look->looks;
    for (size_t i = 0; i < look->count; i++)
        take_back(looks, &look->parts[i]);
    TAILQ_REMOVE(&looks->list, look, links);
    LIST_REMOVE(look, chain);
    looks->count--;
    looks->parts -= look->count;
    mem_free(look);
}

static bool has_zone(const struct look_server *server, const struct name *zone)
{
    for (size_t i = 0; i < server->zone_count; i++)
        if (name_equal(&server->zones[i], zone))
            return true;
    return server->zone_count == 0;
}

static size_t find_servers(const struct looks *looks, const struct name *zone,
                           size_t out[ASKER_SERVERS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < asker_server_count(looks->options.asker); i++)
        if (has_zone(&looks->options.servers[i], zone))
            out[count++] = i;
    return count;
}

/* False: all that are remembered are waited for. */
static bool make_room(struct looks *looks, size_t parts)
{
    struct look *look = TAILQ_FIRST(&looks->list);
    while (look && (looks->count == LOOKS_MAX || looks->parts + parts > LOOK_PARTS_MAX)) {
        struct look *next = TAILQ_NEXT(look, links);
        if (look->waiters == 0)
            forget(look);
        look = next;
    }
    return looks->count < LOOKS_MAX && looks->parts + parts <= LOOK_PARTS_MAX;
}

static struct look *make(struct looks *looks, const struct look_order *order)
{
    size_t servers[ASKER_SERVERS_MAX];
    size_t count = find_servers(looks, order->zone, servers);
    if (!make_room(looks, count))
        return NULL;
    struct look *look = mem_new(sizeof(*look) + count * sizeof(look->parts[0]));
    look->looks = looks;
    name_copy(&look->zone, order->zone);
    if (order->name)
        name_copy(&look->name, order->name);
    look->count = count;
    for (size_t i = 0; i < count; i++) {
        look->parts[i].look = look;
        look->parts[i].server = servers[i];
    }
    TAILQ_INSERT_TAIL(&looks->list, look, links);
    LIST_INSERT_HEAD(chain_with(looks, look), look, chain);
    looks->count++;
    looks->parts += count;
    return look;
}

static bool is_old(const struct look *look, const struct truth *truth)
{
    int64_t age_ms = now_ms(look->looks) - look->asked_ms;
    return look->asked_ms == 0 || age_ms >= LOOK_FRESH_MS ||
           (age_ms >= LOOK_PAUSE_MS && !truth_equal(truth, &look->asked_truth));
}

void looks_take(struct looks *looks, const struct look_order *order)
{
    struct look *look = find(looks, order);
    struct truth truth;
    if (!look)
        look = make(looks, order);
    if (!look) {
        looks->options.seen(looks->options.ctx, order->number, NULL);
        return;
    }
    TAILQ_REMOVE(&looks->list, look, links);
    TAILQ_INSERT_TAIL(&looks->list, look, links);
    look_get_truth(look, &truth);
    if (look->pending == 0 && is_old(look, &truth))
        ask_all(look, &truth);
    if (look->pending > 0 && order->waits && looks->waiter_count < LOOK_WAITERS_MAX)
        await(look, order->number);
    else
        looks->options.seen(looks->options.ctx, order->number, look);
}

struct looks *looks_new(const struct looks_options *options)
{
    struct looks *looks = NEW(struct looks);
    looks->options = *options;
    TAILQ_INIT(&looks->list);
    TAILQ_INIT(&looks->waiters);
    return looks;
}

void looks_free(struct looks *looks)
{
    if (!looks)
        return;
    timer_stop(&looks->timer);
    while (!TAILQ_EMPTY(&looks->waiters))
        tell(looks, TAILQ_FIRST(&looks->waiters));
    while (!TAILQ_EMPTY(&looks->list))
        forget(TAILQ_FIRST(&looks->list));
    mem_free(looks);
}

/* ----- what is known ----- */

bool look_is_whole(const struct look *look)
{
    return look->pending == 0;
}

bool look_is_of_host(const struct look *look)
{
    return look->name.n > 0;
}

const struct name *look_zone(const struct look *look)
{
    return &look->zone;
}

size_t look_count(const struct look *look)
{
    return look->count;
}

/* Where changes in place do not work, the image stands in its file alone. */
void look_get_truth(const struct look *look, struct truth *out)
{
    const struct looks_options *options = &look->looks->options;
    const struct image *image = image_writer_live(options->writer);
    CLEANUP(image_closep) struct image *opened = NULL;
    *out = (struct truth){ .has_zone = false };
    if (!image) {
        if (image_open(image_writer_path(options->writer), &opened, NULL))
            return;
        image = opened;
    }
    truth_find(image, &look->zone, look_is_of_host(look) ? &look->name : NULL,
               clock_wall_s(loop_clock(options->loop)), out);
}

static const struct asker_answer *answer_of(const struct part *part, size_t which)
{
    return part->is_answered[which] ? &part->answers[which] : NULL;
}

static void add_answer(const struct asker_answer *answer, struct look_view *out)
{
    if (!answer)
        return;
    if (answer->took_ms > out->took_ms)
        out->took_ms = answer->took_ms;
    if (out->asked_s == 0 || answer->asked_s < out->asked_s)
        out->asked_s = answer->asked_s;
    if (out->state == TRUTH_REFUSED && out->rcode == 0)
        out->rcode = answer->rcode;
}

void look_get(const struct look *look, size_t index, const struct truth *truth,
              struct look_view *out)
{
    const struct part *part = &look->parts[index];
    const struct truth_answers answers = { .a = answer_of(part, OF_A),
                                           .aaaa = answer_of(part, OF_AAAA),
                                           .soa = answer_of(part, OF_SOA) };
    *out = (struct look_view){ .server = part->server };
    out->state = look_is_of_host(look) ? truth_judge_host(truth, &answers)
                                       : truth_judge_zone(truth, answers.soa);
    for (size_t i = 0; i < QUESTIONS; i++)
        add_answer(answer_of(part, i), out);
    if (answers.soa && answers.soa->has_serial) {
        out->has_serial = true;
        out->serial = answers.soa->serial;
    }
    if (answers.a)
        out->addresses.v4 = answers.a->addresses.v4;
    if (answers.aaaa)
        out->addresses.v6 = answers.aaaa->addresses.v6;
}
