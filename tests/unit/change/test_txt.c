// SPDX-License-Identifier: GPL-3.0-or-later
#include "scene.h"

#include <string.h>

#include "change/txt.h"
#include "dns/record.h"

#define HOST "home.dyn.example.org"
#define CHALLENGE "_acme-challenge." HOST

enum {
    OTHER_SIZE = 2 /* of the data of a record that is no value */
};

static struct scene scene;
static int64_t host_id, token_id;

/* 43 characters, of which the first is the letter. */
static struct str value(char letter)
{
    static char texts[256][CHALLENGE_VALUE_SIZE];
    char *text = texts[(unsigned char)letter];
    memset(text, '_', CHALLENGE_VALUE_SIZE);
    text[0] = letter;
    return str_bytes(text, CHALLENGE_VALUE_SIZE);
}

static void open_scene(void)
{
    scene = (struct scene){ .waiting = 0 };
    bed_make(&scene.bed);
    bed_begin(&scene.bed);
    host_id = bed_host(&scene.bed, HOST);
    struct token_row token = bed_token_row(scene.bed.owner_id, 1, &host_id, 1);
    token.rights = RIGHT_TXT | RIGHT_ADDRESS;
    CHECK(admin_token_add(&scene.bed.admin, &token, NULL) == OK);
    token_id = token.id;
    bed_commit(&scene.bed);
}

/* ----- asking ----- */

struct answer {
    struct change_outcome outcome;
    size_t reply_count;
    bool told;
};

static void on_told(void *ctx, const struct change_outcome *outcome,
                    const struct rule_decision *decision)
{
    struct answer *answer = (struct answer *)ctx;
    answer->outcome = *outcome;
    answer->reply_count = decision->reply_count;
    answer->told = true;
    scene.waiting--;
}

static void put(const char *letters, struct txt_list *list)
{
    for (; *letters; letters++)
        CHECK(txt_list_add(list, value(*letters)));
}

/* Each letter is a value; `address` NULL: none is named. */
static void ask(const char *add, const char *remove, const char *address,
                struct answer *answer)
{
    struct host_row row;
    struct txt_change change = { .life_s = 600, .keep = 4 };
    const struct rule_value named[] = { { .role = RULE_ADDRESS,
                                          .text = str_from(address ? address : "") } };
    const struct rule_request addresses = { .values = named, .count = 1 };
    const struct change_txt_request request = { .txt = &change,
                                                .addresses =
                                                    address ? &addresses : NULL };
    const struct change_origin origin = { .token_id = token_id };
    *answer = (struct answer){ .told = false };
    put(add, &change.add);
    put(remove, &change.remove);
    CHECK(change_find_host_id(scene.change, host_id, &row, NULL) == OK);
    scene.waiting++;
    change_txt(scene.change, &row, &request, &origin, on_told, answer);
}

/* '+' when something was published anew, '=' when not, else a digit: the result. */
static char set(const char *add, const char *remove)
{
    struct answer answer;
    ask(add, remove, NULL, &answer);
    scene_wait(&scene);
    if (answer.outcome.result != CHANGE_DONE)
        return (char)('0' + answer.outcome.result);
    return answer.outcome.was_same ? '=' : '+';
}

/* ----- looking ----- */

static enum status note_value(void *ctx, const struct record_row *row)
{
    struct buf *out = (struct buf *)ctx;
    CHECK_INT(row->type, RR_TXT);
    if (row->rdata_n == OTHER_SIZE)
        return OK;
    CHECK_INT(row->rdata_n, CHALLENGE_VALUE_SIZE + 1);
    CHECK_INT(row->ttl_s, CHALLENGE_TTL_S);
    CHECK_INT(row->host_id, host_id);
    buf_put_u8(out, row->rdata[1]);
    buf_printf(out, "%s", row->expires_s ? "" : "!");
    return OK;
}

/* The letters of the values, and '!' behind one that never ends. */
static const char *values(void)
{
    static char text[64];
    struct buf out = BUF_ON(text);
    const struct name owner = bed_name(CHALLENGE);
    CHECK(store_record_list_name(change_reader(scene.change), scene.bed.zone_id, &owner,
                                 note_value, &out, NULL) == OK);
    return buf_text(&out);
}

/* How often the journal says that records of the name have changed. */
static enum status count_row(void *ctx, const struct change_row *row)
{
    const struct name owner = bed_name(CHALLENGE);
    if (row->kind == CHANGE_RRSET && name_equal(&row->name, &owner)) {
        CHECK_INT(row->token_id, token_id);
        ++*(size_t *)ctx;
    }
    return OK;
}

static size_t journal_rows(void)
{
    size_t count = 0;
    CHECK(store_change_list(change_reader(scene.change),
                            (struct store_page){ .after = 0, .limit = SIZE_MAX },
                            count_row, &count, NULL) == OK);
    return count;
}

/* ----- the tests ----- */

TEST(values_come_and_go_and_repeats_change_nothing)
{
    static const struct {
        const char *add, *remove;
        char said;
        const char *now;
    } rows[] = {
        { "a", "", '+', "a" },   { "a", "", '=', "a" },     { "b", "", '+', "ab" },
        { "ab", "", '=', "ab" }, { "", "c", '=', "ab" },    { "", "a", '+', "b" },
        { "", "a", '=', "b" },   { "c", "b", '+', "c" },    { "c", "c", '=', "c" },
        { "d", "d", '+', "cd" }, { "", "cd", '+', "" },     { "", "cd", '=', "" },
        { "dc", "", '+', "dc" }, { "", "dcx", '+', "" },    { "a", "", '+', "a" },
        { "ab", "", '+', "ab" }, { "abc", "", '+', "abc" },
    };
    size_t written = 0;
    open_scene();
    scene_start(&scene);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char said = set(rows[i].add, rows[i].remove);
        if (said != rows[i].said)
            fail_msg("row %zu: %c", i, said);
        CHECK_TEXT(values(), rows[i].now);
        written += said == '+';
        CHECK_INT(journal_rows(), written);
    }
    scene_stop(&scene);
}

TEST(a_name_keeps_so_many_values_and_the_ones_that_end_first_give_way)
{
    open_scene();
    scene_start(&scene);
    CHECK_INT(set("a", ""), '+');
    scene.clock.now_s++;
    CHECK_INT(set("bcd", ""), '+');
    scene.clock.now_s++;
    CHECK_INT(set("a", ""), '='); /* it ends later from now on */
    CHECK_INT(set("e", ""), '+');
    CHECK_TEXT(values(), "acde");
    CHECK_INT(set("xyz", ""), '+');
    CHECK_TEXT(values(), "exyz");
    scene_stop(&scene);
}

static void add_record(const char *owner, uint16_t type, struct str rdata)
{
    struct record_row row = { .owner = bed_name(owner), .type = type, .ttl_s = 1 };
    struct error err = { "" };
    memcpy(row.rdata, rdata.at, rdata.n);
    row.rdata_n = rdata.n;
    CHECK_INT(admin_record_add(&scene.bed.admin, &row, &err), OK);
}

TEST(what_people_put_there_stays)
{
    open_scene();
    bed_begin(&scene.bed);
    char rdata[CHALLENGE_VALUE_SIZE + 1] = { CHALLENGE_VALUE_SIZE };
    memcpy(rdata + 1, value('p').at, CHALLENGE_VALUE_SIZE);
    add_record(CHALLENGE, RR_TXT, str_bytes(rdata, sizeof(rdata)));
    bed_commit(&scene.bed);
    scene_start(&scene);
    CHECK_INT(set("p", ""), '=');
    CHECK_INT(set("", "p"), '=');
    CHECK_INT(set("abcd", ""), '+');
    CHECK_TEXT(values(), "p!abcd");
    scene_stop(&scene);
}

/* Records of people at the name; it may have a hundred in all. */
static void open_scene_beside(size_t count)
{
    open_scene();
    bed_begin(&scene.bed);
    for (size_t i = 0; i < count; i++) {
        const char rdata[OTHER_SIZE] = { 1, (char)(' ' + i) };
        add_record(CHALLENGE, RR_TXT, str_bytes(rdata, sizeof(rdata)));
    }
    bed_commit(&scene.bed);
    scene_start(&scene);
}

TEST(at_a_full_name_a_new_value_takes_the_place_of_one_that_goes)
{
    open_scene_beside(96);
    CHECK_INT(set("abcd", ""), '+');
    CHECK_INT(set("e", "b"), '+');
    CHECK_TEXT(values(), "acde");
    CHECK_INT(set("f", ""), '+');
    CHECK_TEXT(values(), "cdef");
    scene_stop(&scene);
}

TEST(values_that_find_no_room_together_change_nothing)
{
    open_scene_beside(97);
    CHECK_INT(set("abcd", ""), '0' + CHANGE_BAD_TXT);
    CHECK_TEXT(values(), "");
    CHECK_INT(set("abc", ""), '+');
    CHECK_INT(set("d", ""), '0' + CHANGE_BAD_TXT);
    CHECK_TEXT(values(), "abc");
    scene_stop(&scene);
}

TEST(where_a_value_cannot_stand_nothing_is_changed)
{
    open_scene();
    bed_begin(&scene.bed);
    const struct name target = bed_name("elsewhere.example.net");
    add_record(CHALLENGE, RR_CNAME, name_bytes(&target));
    bed_commit(&scene.bed);
    scene_start(&scene);
    struct answer answer;
    ask("a", "", "192.0.2.7", &answer);
    scene_wait(&scene);
    CHECK_INT(answer.outcome.result, CHANGE_BAD_TXT);
    CHECK_TEXT(bed_addresses(change_reader(scene.change), host_id), "");
    CHECK_INT(set("", "a"), '=');
    scene_stop(&scene);
}

TEST(a_host_of_the_zones_own_name_has_values_too)
{
    open_scene();
    bed_begin(&scene.bed);
    int64_t apex_id = bed_host(&scene.bed, "dyn.example.org");
    struct token_row token = bed_token_row(scene.bed.owner_id, 2, &apex_id, 1);
    CHECK(admin_token_add(&scene.bed.admin, &token, NULL) == OK);
    bed_commit(&scene.bed);
    scene_start(&scene);
    host_id = apex_id;
    CHECK_INT(set("a", ""), '+');
    CHECK_INT(set("a", ""), '=');
    CHECK_INT(set("", "a"), '+');
    scene_stop(&scene);
}

TEST(where_a_zone_of_its_own_begins_no_value_can_stand)
{
    open_scene();
    bed_begin(&scene.bed);
    (void)bed_zone(&scene.bed, CHALLENGE);
    bed_commit(&scene.bed);
    scene_start(&scene);
    CHECK_INT(set("a", ""), '0' + CHANGE_BAD_TXT);
    scene_stop(&scene);
}

TEST(addresses_change_with_the_values_or_not_at_all)
{
    struct answer answer;
    open_scene();
    scene_start(&scene);
    ask("a", "", "192.0.2.7", &answer);
    scene_wait(&scene);
    CHECK_INT(answer.outcome.result, CHANGE_DONE);
    CHECK_INT(answer.reply_count, 1);
    CHECK_TEXT(bed_addresses(change_reader(scene.change), host_id), "192.0.2.7");
    ask("b", "", "nonsense", &answer);
    scene_wait(&scene);
    CHECK_INT(answer.outcome.result, CHANGE_BAD_IP);
    CHECK_TEXT(values(), "a");
    ask("b", "", NULL, &answer);
    scene_wait(&scene);
    CHECK_INT(answer.reply_count, 0);
    CHECK_TEXT(bed_addresses(change_reader(scene.change), host_id), "192.0.2.7");
    CHECK_TEXT(values(), "ab");
    scene_stop(&scene);
}

/* ----- behind administration ----- */

static enum status set_rights(const struct admin *admin, void *ctx, struct error *err)
{
    struct token_row row;
    enum status status = store_token_find(admin->store, token_id, &row, err);
    row.rights = *(const unsigned *)ctx;
    return status ? status : admin_token_set(admin, &row, err);
}

static enum status remove_host(const struct admin *admin, void *ctx, struct error *err)
{
    (void)ctx;
    return admin_host_remove(admin, host_id, err);
}

TEST(rights_are_judged_again_behind_administration)
{
    static unsigned address = RIGHT_ADDRESS, txt = RIGHT_TXT;
    static const struct {
        enum status (*run)(const struct admin *admin, void *ctx, struct error *err);
        void *ctx;
        const char *address;
        enum change_result result;
        enum access_result access;
    } rows[] = {
        { set_rights, &address, NULL, CHANGE_REFUSED, ACCESS_NO_RIGHT },
        { set_rights, &txt, NULL, CHANGE_DONE, ACCESS_GRANTED },
        { set_rights, &txt, "192.0.2.7", CHANGE_REFUSED, ACCESS_NO_RIGHT },
        { remove_host, NULL, NULL, CHANGE_REFUSED, ACCESS_NO_HOST },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct scene_work hold, work = { .run = rows[i].run, .ctx = rows[i].ctx };
        struct answer answer;
        open_scene();
        scene_start(&scene);
        scene_hold(&scene, &hold);
        scene_submit(&scene, &work);
        ask("a", "", rows[i].address, &answer);
        scene_release(&scene);
        scene_wait(&scene);
        CHECK_INT(work.status, OK);
        if (answer.outcome.result != rows[i].result ||
            answer.outcome.access != rows[i].access)
            fail_msg("row %zu: told %d, access %d", i, answer.outcome.result,
                     answer.outcome.access);
        CHECK_TEXT(values(), rows[i].result == CHANGE_DONE ? "a" : "");
        scene_stop(&scene);
    }
}

TEST(a_list_takes_values_alone_each_once_and_so_many)
{
    struct txt_list list = { .count = 0 };
    CHECK(!txt_list_add(&list, STR("")));
    CHECK(!txt_list_add(&list, str_first(value('a'), CHALLENGE_VALUE_SIZE - 1)));
    CHECK(!txt_list_add(&list, value('"')));
    for (int i = 0; i < CHALLENGE_VALUES_MAX; i++)
        CHECK(txt_list_add(&list, value((char)('a' + i))));
    CHECK(txt_list_add(&list, value('a')));
    CHECK(!txt_list_add(&list, value('z')));
    CHECK_INT(list.count, CHALLENGE_VALUES_MAX);
}
