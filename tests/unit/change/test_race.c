// SPDX-License-Identifier: GPL-3.0-or-later
#include "scene.h"

#include <string.h>

#include "base/random.h"

/* An administrative change and an update in flight, in both orders. The writer is held until
 * both are queued, so that the order is the one that was asked for. */
static struct scene scene;

/* Who and what there is; the update is of `host` by `token`. */
static struct {
    int64_t owner, other, operator, host, second, token, operators_token;
} ids;

static int64_t add_host(const char *name, const char *v4)
{
    struct host_row row = { .name = bed_name(name),
                            .owner_id = ids.owner,
                            .v4 = bed_ip(v4),
                            .private_allowed = true,
                            .plain_http = true };
    CHECK(admin_host_add(&scene.bed.admin, &row, NULL) == OK);
    return row.id;
}

static void open_scene(void)
{
    scene = (struct scene){ .waiting = 0 };
    bed_make(&scene.bed);
    bed_begin(&scene.bed);
    ids.owner = bed_account(&scene.bed, "person@example.org", ROLE_USER);
    ids.other = bed_account(&scene.bed, "other@example.org", ROLE_USER);
    ids.operator= bed_account(&scene.bed, "ops@example.org", ROLE_OPERATOR);
    struct zone_row zone;
    CHECK(store_zone_find(scene.bed.store, scene.bed.zone_id, &zone, NULL) == OK);
    zone.labels_max = 2;
    CHECK(admin_zone_set(&scene.bed.admin, &zone, NULL, 0, NULL) == OK);
    ids.host = add_host("home.sub.dyn.example.org", "192.0.2.1");
    ids.second = add_host("second.dyn.example.org", "192.0.2.3");
    ids.token = bed_token(&scene.bed, ids.owner, 1, &ids.host, 1);
    ids.operators_token = bed_token(&scene.bed, ids.operator, 2, &ids.host, 1);
    bed_commit(&scene.bed);
    scene_start(&scene);
}

/* ----- the administrative changes ----- */

static enum status token_removed(const struct admin *admin, void *ctx, struct error *err)
{
    (void)ctx;
    return admin_token_remove(admin, ids.token, err);
}

static enum status set_token(const struct admin *admin, void (*edit)(struct token_row *),
                             struct error *err)
{
    struct token_row row;
    enum status status = store_token_find(admin->store, ids.token, &row, err);
    if (status)
        return status;
    edit(&row);
    return admin_token_set(admin, &row, err);
}

static void edit_hosts(struct token_row *row)
{
    row->host_ids[0] = ids.second;
}

static enum status token_for_another_host(const struct admin *admin, void *ctx,
                                          struct error *err)
{
    (void)ctx;
    return set_token(admin, edit_hosts, err);
}

static void edit_rights(struct token_row *row)
{
    row->rights = RIGHT_TXT;
}

static enum status token_without_the_right(const struct admin *admin, void *ctx,
                                           struct error *err)
{
    (void)ctx;
    return set_token(admin, edit_rights, err);
}

static void edit_networks(struct token_row *row)
{
    row->networks[0] = (struct prefix){ bed_ip("198.51.100.0"), 24 };
    row->network_count = 1;
}

static enum status token_of_another_network(const struct admin *admin, void *ctx,
                                            struct error *err)
{
    (void)ctx;
    return set_token(admin, edit_networks, err);
}

static void edit_end(struct token_row *row)
{
    row->expires_s = SCENE_NOW_S;
}

static enum status token_expired(const struct admin *admin, void *ctx, struct error *err)
{
    (void)ctx;
    return set_token(admin, edit_end, err);
}

static enum status set_account(const struct admin *admin, int64_t id,
                               enum account_role role, enum account_state state,
                               struct error *err)
{
    struct account_row row;
    enum status status = store_account_find(admin->store, id, &row, err);
    if (status)
        return status;
    row.role = role;
    row.state = state;
    return admin_account_set(admin, &row, err);
}

static enum status account_blocked(const struct admin *admin, void *ctx,
                                   struct error *err)
{
    (void)ctx;
    return set_account(admin, ids.owner, ROLE_USER, ACCOUNT_BLOCKED, err);
}

static enum status operator_demoted(const struct admin *admin, void *ctx,
                                    struct error *err)
{
    (void)ctx;
    return set_account(admin, ids.operator, ROLE_ZONE_OWNER, ACCOUNT_ACTIVE, err);
}

static enum status operator_blocked(const struct admin *admin, void *ctx,
                                    struct error *err)
{
    (void)ctx;
    return set_account(admin, ids.operator, ROLE_OPERATOR, ACCOUNT_BLOCKED, err);
}

static enum status operator_removed(const struct admin *admin, void *ctx,
                                    struct error *err)
{
    (void)ctx;
    return admin_account_remove(admin, ids.operator, err);
}

static enum status host_removed(const struct admin *admin, void *ctx, struct error *err)
{
    (void)ctx;
    return admin_host_remove(admin, ids.host, err);
}

static enum status set_host(const struct admin *admin, void (*edit)(struct host_row *),
                            struct error *err)
{
    struct host_row row;
    enum status status = store_host_find(admin->store, ids.host, &row, err);
    if (status)
        return status;
    edit(&row);
    return admin_host_set(admin, &row, NULL, err);
}

static void edit_owner(struct host_row *row)
{
    row->owner_id = ids.other;
}

static enum status host_of_another_owner(const struct admin *admin, void *ctx,
                                         struct error *err)
{
    (void)ctx;
    return set_host(admin, edit_owner, err);
}

static void edit_disabled(struct host_row *row)
{
    row->state = HOST_DISABLED;
}

static enum status host_disabled(const struct admin *admin, void *ctx, struct error *err)
{
    (void)ctx;
    return set_host(admin, edit_disabled, err);
}

static void edit_abuse(struct host_row *row)
{
    row->state = HOST_ABUSE;
}

static enum status host_of_abuse(const struct admin *admin, void *ctx, struct error *err)
{
    (void)ctx;
    return set_host(admin, edit_abuse, err);
}

static void edit_plain(struct host_row *row)
{
    row->plain_http = false;
}

static enum status host_not_in_clear(const struct admin *admin, void *ctx,
                                     struct error *err)
{
    (void)ctx;
    return set_host(admin, edit_plain, err);
}

static void edit_private(struct host_row *row)
{
    row->private_allowed = false;
}

static enum status host_without_private(const struct admin *admin, void *ctx,
                                        struct error *err)
{
    (void)ctx;
    return set_host(admin, edit_private, err);
}

static void edit_ttl(struct host_row *row)
{
    row->ttl_s = 300;
}

static enum status host_with_another_ttl(const struct admin *admin, void *ctx,
                                         struct error *err)
{
    (void)ctx;
    return set_host(admin, edit_ttl, err);
}

static enum status zone_over_the_host(const struct admin *admin, void *ctx,
                                      struct error *err)
{
    struct zone_row row = bed_zone_row(&scene.bed, "sub.dyn.example.org");
    const struct name server = bed_name("ns1.example.net");
    (void)ctx;
    row.owner_id = ids.owner;
    return admin_zone_add(admin, &row, &server, 1, err);
}

static enum status zone_removed(const struct admin *admin, void *ctx, struct error *err)
{
    (void)ctx;
    enum status status = admin_host_remove(admin, ids.host, err);
    if (!status)
        status = admin_host_remove(admin, ids.second, err);
    return status ? status : admin_zone_remove(admin, scene.bed.zone_id, err);
}

/* ----- the matrix ----- */

struct answer {
    struct change_outcome outcome;
    bool told;
};

static void on_told(void *ctx, const struct change_outcome *outcome,
                    const struct rule_decision *decision)
{
    struct answer *answer = (struct answer *)ctx;
    (void)decision;
    answer->outcome = *outcome;
    answer->told = true;
    scene.waiting--;
}

static void update(int64_t host_id, int64_t token_id, const char *text,
                   struct answer *answer)
{
    struct host_row row;
    const struct rule_value value = { .role = RULE_ADDRESS, .text = str_from(text) };
    const struct rule_request request = { .values = &value,
                                          .count = 1,
                                          .source = bed_ip("203.0.113.9") };
    const struct change_origin origin = { .source = request.source,
                                          .token_id = token_id };
    CHECK(change_find_host_id(scene.change, host_id, &row, NULL) == OK);
    scene.waiting++;
    change_update(scene.change, &row, &request, &origin, on_told, answer);
}

static void update_with_prefix(struct answer *answer)
{
    static const struct rule_value values[] = {
        { .role = RULE_ADDRESS, .text = { "2001:db8:7::1", 13 } },
        { .role = RULE_PREFIX, .text = { "2001:db8:7::/64", 15 } },
    };
    struct host_row row;
    const struct rule_request request = { .values = values,
                                          .count = LENGTH_OF(values),
                                          .may_renumber = true };
    const struct change_origin origin = { .token_id = ids.token };
    CHECK(change_find_host_id(scene.change, ids.host, &row, NULL) == OK);
    scene.waiting++;
    change_update(scene.change, &row, &request, &origin, on_told, answer);
}

static const struct race {
    enum status (*run)(const struct admin *admin, void *ctx, struct error *err);
    bool by_operator;          /* the update is by the operator's token */
    enum change_result behind; /* what an update behind it is told */
    enum access_result access;
} races[] = {
    { token_removed, false, CHANGE_REFUSED, ACCESS_NO_TOKEN },
    { token_for_another_host, false, CHANGE_REFUSED, ACCESS_NOT_ON_TOKEN },
    { token_without_the_right, false, CHANGE_REFUSED, ACCESS_NO_RIGHT },
    { token_of_another_network, false, CHANGE_REFUSED, ACCESS_WRONG_NETWORK },
    { token_expired, false, CHANGE_REFUSED, ACCESS_EXPIRED },
    { account_blocked, false, CHANGE_REFUSED, ACCESS_BLOCKED },
    { operator_demoted, true, CHANGE_REFUSED, ACCESS_NO_TOKEN },
    { operator_blocked, true, CHANGE_REFUSED, ACCESS_BLOCKED },
    { operator_removed, true, CHANGE_REFUSED, ACCESS_NO_TOKEN },
    { host_removed, false, CHANGE_REFUSED, ACCESS_NO_HOST },
    { host_of_another_owner, false, CHANGE_REFUSED, ACCESS_NO_TOKEN },
    { host_disabled, false, CHANGE_REFUSED, ACCESS_DISABLED },
    { host_of_abuse, false, CHANGE_REFUSED, ACCESS_ABUSE },
    { host_not_in_clear, false, CHANGE_REFUSED, ACCESS_PLAIN },
    { host_without_private, false, CHANGE_BAD_IP, ACCESS_GRANTED },
    { zone_removed, false, CHANGE_REFUSED, ACCESS_NO_HOST },
    /* These take nothing from the update. */
    { account_blocked, true, CHANGE_DONE, ACCESS_GRANTED },
    { operator_demoted, false, CHANGE_DONE, ACCESS_GRANTED },
    { host_of_another_owner, true, CHANGE_DONE, ACCESS_GRANTED },
    { host_with_another_ttl, false, CHANGE_DONE, ACCESS_GRANTED },
    { zone_over_the_host, false, CHANGE_DONE, ACCESS_GRANTED },
};

static const char *address_of_host(void)
{
    struct host_row row;
    if (store_host_find(change_reader(scene.change), ids.host, &row, NULL))
        return "";
    return ip_text(row.v4);
}

static void run_race(size_t number, bool update_first)
{
    const struct race *race = &races[number];
    struct scene_work hold, work = { .run = race->run };
    struct answer answer = { .told = false };
    open_scene();
    int64_t token_id = race->by_operator ? ids.operators_token : ids.token;
    scene_hold(&scene, &hold);
    if (!update_first)
        scene_submit(&scene, &work);
    update(ids.host, token_id, "192.168.7.7", &answer);
    if (update_first)
        scene_submit(&scene, &work);
    CHECK(!answer.told && !work.done);
    scene_release(&scene);
    scene_wait(&scene);
    bool done = update_first || race->behind == CHANGE_DONE;
    enum change_result want = update_first ? CHANGE_DONE : race->behind;
    if (work.status || answer.outcome.result != want ||
        (!done && answer.outcome.access != race->access))
        fail_msg("race %zu, update %s: work %d (%s), told %d, access %d", number,
                 update_first ? "first" : "behind", work.status, work.err.text,
                 answer.outcome.result, answer.outcome.access);
    bool gone = race->run == host_removed || race->run == zone_removed;
    CHECK_TEXT(address_of_host(), gone ? "" : done ? "192.168.7.7" : "192.0.2.1");
    scene_stop(&scene);
}

TEST(an_update_behind_an_administrative_change_finds_what_that_left)
{
    for (size_t i = 0; i < LENGTH_OF(races); i++)
        run_race(i, false);
}

TEST(an_update_before_an_administrative_change_is_done)
{
    for (size_t i = 0; i < LENGTH_OF(races); i++)
        run_race(i, true);
}

static void edit_mode(struct host_row *row)
{
    row->mode = HOST_FOLLOW;
}

static enum status host_that_follows(const struct admin *admin, void *ctx,
                                     struct error *err)
{
    (void)ctx;
    return set_host(admin, edit_mode, err);
}

TEST(an_update_behind_a_new_setting_is_decided_by_it)
{
    struct scene_work hold, work = { .run = host_that_follows };
    struct answer first = { .told = false }, second = first;
    open_scene();
    scene_hold(&scene, &hold);
    scene_submit(&scene, &work);
    /* In mode dual the IPv4 address would stay. */
    update(ids.host, ids.token, "2001:db8::7", &first);
    update(ids.host, ids.token, "2001:db8::7", &second);
    scene_release(&scene);
    scene_wait(&scene);
    CHECK_INT(work.status, OK);
    CHECK(first.outcome.result == CHANGE_DONE && !first.outcome.was_same);
    CHECK(second.outcome.result == CHANGE_DONE && second.outcome.was_same);
    CHECK_TEXT(bed_addresses(change_reader(scene.change), ids.host), "2001:db8::7");
    scene_stop(&scene);
}

static void edit_prefix_right(struct token_row *row)
{
    row->rights = RIGHT_ADDRESS;
}

static enum status token_without_prefix(const struct admin *admin, void *ctx,
                                        struct error *err)
{
    (void)ctx;
    return set_token(admin, edit_prefix_right, err);
}

static enum status token_with_prefix(const struct admin *admin, void *ctx,
                                     struct error *err)
{
    struct token_row row;
    struct host_row follower = { .id = 0 };
    (void)ctx;
    enum status status = store_token_find(admin->store, ids.token, &row, err);
    row.rights = RIGHT_ADDRESS | RIGHT_PREFIX;
    if (!status)
        status = admin_token_set(admin, &row, err);
    if (!status)
        status = store_host_find(admin->store, ids.second, &follower, err);
    follower.follows_id = ids.host;
    follower.interface_id[7] = 5;
    return status ? status : admin_host_set(admin, &follower, NULL, err);
}

/* The followers' addresses after an update with a prefix that came behind the loss of the right
 * to give one, or before it. */
static const char *follower_after(bool update_first)
{
    struct scene_work first = { .run = token_with_prefix }, hold;
    struct scene_work work = { .run = token_without_prefix };
    struct answer answer = { .told = false };
    open_scene();
    scene_submit(&scene, &first);
    scene_wait(&scene);
    CHECK_INT(first.status, OK);
    scene_hold(&scene, &hold);
    if (!update_first)
        scene_submit(&scene, &work);
    update_with_prefix(&answer);
    if (update_first)
        scene_submit(&scene, &work);
    scene_release(&scene);
    scene_wait(&scene);
    CHECK_INT(work.status, OK);
    CHECK(answer.outcome.result == CHANGE_DONE);
    const char *text = bed_addresses(change_reader(scene.change), ids.second);
    scene_stop(&scene);
    return text;
}

TEST(followers_move_only_by_an_update_whose_token_still_may_give_a_prefix)
{
    CHECK_TEXT(follower_after(true), "192.0.2.3,2001:db8:7::5");
    CHECK_TEXT(follower_after(false), "192.0.2.3");
}

/* ----- at random ----- */

enum {
    CROWD = 30,
    ROUNDS = 1500
};

static struct {
    int64_t hosts[CROWD], tokens[CROWD];
    bool removing[CROWD];
    struct scene_work works[CROWD];
} crowd;

static enum status remove_of_crowd(const struct admin *admin, void *ctx,
                                   struct error *err)
{
    return admin_token_remove(admin, *(const int64_t *)ctx, err);
}

static void open_crowd(void)
{
    memset(&crowd, 0, sizeof(crowd));
    scene = (struct scene){ .waiting = 0 };
    bed_make(&scene.bed);
    bed_begin(&scene.bed);
    ids.owner = scene.bed.owner_id;
    for (size_t i = 0; i < CROWD; i++) {
        char storage[64];
        struct buf name = BUF_ON(storage);
        buf_printf(&name, "c%zu.dyn.example.org", i);
        crowd.hosts[i] = add_host(buf_text(&name), "192.0.2.1");
        crowd.tokens[i] =
            bed_token(&scene.bed, ids.owner, (uint8_t)i, &crowd.hosts[i], 1);
    }
    bed_commit(&scene.bed);
    scene_start(&scene);
}

static void free_answer(void *ctx, const struct change_outcome *outcome,
                        const struct rule_decision *decision)
{
    on_told(ctx, outcome, decision);
    mem_free(ctx);
}

/* One update, of a host whose token memory still has. */
static void update_of_crowd(size_t i, unsigned round)
{
    struct token_row token;
    struct host_row row;
    char text[32];
    struct buf at = BUF_ON(text);
    buf_printf(&at, "198.51.100.%u", round % 250);
    const struct rule_value value = { .role = RULE_ADDRESS,
                                      .text = str_from(buf_text(&at)) };
    const struct rule_request request = { .values = &value, .count = 1 };
    const struct change_origin origin = { .token_id = crowd.tokens[i] };
    const struct digest digest = { { 0xbe, 0xd0, (uint8_t)i } };
    enum status status = change_find_token(scene.change, digest, &token, NULL);
    CHECK(!crowd.works[i].done || status == ERR_NOT_FOUND);
    if (status)
        return;
    CHECK(change_find_host_id(scene.change, crowd.hosts[i], &row, NULL) == OK);
    scene.waiting++;
    change_update(scene.change, &row, &request, &origin, free_answer, NEW(struct answer));
}

static bool is_removed[1 + 3 * CROWD];
static size_t changes_seen;

static enum status check_order(void *ctx, const struct change_row *row)
{
    (void)ctx;
    if (row->kind == CHANGE_TOKEN &&
        str_equal(str_bytes(row->after, row->after_n), STR("remove")))
        is_removed[row->id] = true;
    if (row->kind == CHANGE_HOST && row->token_id) {
        CHECK(!is_removed[row->token_id]);
        changes_seen++;
    }
    return OK;
}

TEST(in_a_crowd_no_change_stands_behind_the_removal_of_its_token)
{
    open_crowd();
    size_t removals = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t i = random_below(CROWD);
        if (random_below(60) == 0 && !crowd.removing[i]) {
            crowd.removing[i] = true;
            crowd.works[i] =
                (struct scene_work){ .run = remove_of_crowd, .ctx = &crowd.tokens[i] };
            scene_submit(&scene, &crowd.works[i]);
            removals++;
        }
        update_of_crowd(i, round);
        if (random_below(20) == 0)
            loop_turn(scene.loop, 0);
    }
    scene_wait(&scene);
    memset(is_removed, 0, sizeof(is_removed));
    changes_seen = 0;
    CHECK(store_change_list(change_reader(scene.change),
                            (struct store_page){ .after = 0, .limit = SIZE_MAX },
                            check_order, NULL, NULL) == OK);
    CHECK(removals > 3 && changes_seen > CROWD);
    scene_stop(&scene);
}
