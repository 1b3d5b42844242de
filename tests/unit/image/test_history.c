// SPDX-License-Identifier: GPL-3.0-or-later
#include "folder.h"

#include "base/fault.h"
#include "base/file.h"
#include "image/history.h"

enum {
    TEXT_SIZE = 4096,
    ZONE_SLOTS = 24, /* of the model: hosts that exist or not */
    ROUNDS = 60,
};

/* ----- a folder with a history ----- */

struct place {
    char folder[64], path[80];
};

static struct place place_make(void)
{
    struct place place = { .folder = "/tmp/rove-history-XXXXXX" };
    CHECK(mkdtemp(place.folder) != NULL);
    struct buf path = BUF_ON(place.path);
    buf_printf(&path, "%s/history", place.folder);
    (void)buf_text(&path);
    return place;
}

static void place_remove(const struct place *place)
{
    (void)unlink(place->path);
    CHECK(rmdir(place->folder) == 0); /* nothing else is ever left there */
}

static size_t place_size(const struct place *place)
{
    struct stat about;
    CHECK(stat(place->path, &about) == 0);
    return (size_t)about.st_size;
}

static struct record host(const char *name, uint8_t value)
{
    static char data[256][4];
    memcpy(data[value], "\xc0\0\2", 3);
    data[value][3] = (char)value;
    return (struct record){
        .owner = name_of(name), .type = RR_A, .ttl_s = 60, .rdata = { data[value], 4 }
    };
}

static void commit_change(struct history *history, const char *zone, uint32_t from,
                          uint8_t value)
{
    struct name apex = name_of(zone);
    char text[128];
    struct buf owner = BUF_ON(text);
    buf_printf(&owner, "host.%s", zone);
    struct record old = host(buf_text(&owner), value);
    struct record new = host(buf_text(&owner), (uint8_t)(value + 1));
    size_t step = history_step(history, &apex, from, from + 1);
    history_come(history, step, &new);
    history_gone(history, step, &old);
    CHECK(history_commit(history));
}

/* ----- a chain as text: "1 -192.0.2.1 2 +192.0.2.2" ----- */

struct story {
    struct buf text;
    unsigned serials;
};

static void tell_serial(void *ctx, uint32_t serial)
{
    struct story *story = (struct story *)ctx;
    story->serials++;
    buf_printf(&story->text, "%s%u", story->text.n ? " " : "", serial);
}

static void tell_record(void *ctx, const struct record *record)
{
    struct story *story = (struct story *)ctx;
    CHECK_INT(record->type, RR_A);
    CHECK_INT(record->rdata.n, 4);
    buf_printf(&story->text, " %c%s=%u", story->serials % 2 ? '-' : '+',
               name_text(&record->owner), (uint8_t)record->rdata.at[3]);
}

static const char *chain_text(struct history_reader *reader, const char *zone,
                              uint32_t from)
{
    static char text[TEXT_SIZE];
    struct story story = { .text = BUF_ON(text) };
    struct name apex = name_of(zone);
    uint32_t to = 0;
    CLEANUP(history_chain_freep)
    struct history_chain *chain = history_chain_new(reader, &apex, from, &to);
    if (!chain)
        return "none";
    const struct history_sink sink = { .serial = tell_serial,
                                       .record = tell_record,
                                       .ctx = &story };
    while (history_chain_next(chain, &sink) == OK)
        ;
    CHECK_INT(history_chain_size(chain), 0);
    buf_printf(&story.text, " to %u", to);
    return buf_text(&story.text);
}

TEST(a_chain_leads_from_a_known_serial_to_the_last)
{
    struct place place = place_make();
    struct history *history = history_open(place.folder, 0);
    struct history_reader *reader = history_reader_new(place.folder);
    CHECK_TEXT(chain_text(reader, "example.org", 1), "none");
    commit_change(history, "example.org", 1, 1);
    commit_change(history, "example.net", 7, 9);
    commit_change(history, "example.org", 2, 2);
    static const struct {
        const char *zone;
        uint32_t from;
        const char *text;
    } rows[] = {
        { "example.org", 1,
          "1 -host.example.org=1 2 +host.example.org=2 2 -host.example.org=2 3 "
          "+host.example.org=3 to 3" },
        { "example.org", 2, "2 -host.example.org=2 3 +host.example.org=3 to 3" },
        { "example.org", 3, " to 3" },
        { "example.org", 4, "none" },
        { "example.org", 0, "none" },
        { "example.net", 7, "7 -host.example.net=9 8 +host.example.net=10 to 8" },
        { "example.com", 7, "none" },
    };
    for (int round = 0; round < 2; round++) { /* the same after a restart of both */
        for (size_t i = 0; i < LENGTH_OF(rows); i++)
            CHECK_TEXT(chain_text(reader, rows[i].zone, rows[i].from), rows[i].text);
        history_close(history);
        history_reader_free(reader);
        history = history_open(place.folder, 0);
        reader = history_reader_new(place.folder);
    }
    history_close(history);
    history_reader_free(reader);
    place_remove(&place);
}

TEST(across_a_gap_there_is_no_chain)
{
    struct place place = place_make();
    struct history *history = history_open(place.folder, 0);
    struct history_reader *reader = history_reader_new(place.folder);
    struct name apex = name_of("example.org");
    commit_change(history, "example.org", 1, 1);
    history_settle(history, &apex, 2); /* a rebuild that changed nothing is no gap */
    CHECK(history_commit(history));
    CHECK_TEXT(chain_text(reader, "example.org", 2), " to 2");

    history_settle(history, &apex, 5);
    CHECK(history_commit(history));
    CHECK_TEXT(chain_text(reader, "example.org", 1), "none");
    CHECK_TEXT(chain_text(reader, "example.org", 2), "none");
    size_t size = place_size(&place);
    history_settle(history, &apex, 6); /* it has been said */
    CHECK(history_commit(history));
    CHECK_INT(place_size(&place), size);

    commit_change(history, "example.org", 6, 1);
    CHECK_TEXT(chain_text(reader, "example.org", 6),
               "6 -host.example.org=1 7 +host.example.org=2 to 7");
    CHECK_TEXT(chain_text(reader, "example.org", 1), "none");
    commit_change(history, "example.org", 9, 1); /* a step from elsewhere */
    CHECK_TEXT(chain_text(reader, "example.org", 6), "none");
    CHECK_TEXT(chain_text(reader, "example.org", 9),
               "9 -host.example.org=1 10 +host.example.org=2 to 10");
    history_close(history);
    history_reader_free(reader);
    place_remove(&place);
}

TEST(a_zone_that_is_not_known_gets_a_gap_once)
{
    struct place place = place_make();
    struct history *history = history_open(place.folder, 0);
    struct name apex = name_of("example.org");
    size_t before = place_size(&place);
    history_settle(history, &apex, 1);
    CHECK(history_commit(history));
    size_t after = place_size(&place);
    CHECK(after > before);
    history_close(history);
    history = history_open(place.folder, 0);
    history_settle(history, &apex, 2);
    CHECK(history_commit(history));
    CHECK_INT(place_size(&place), after);
    history_close(history);
    place_remove(&place);
}

TEST(what_was_dropped_did_not_happen)
{
    struct place place = place_make();
    struct history *history = history_open(place.folder, 0);
    struct history_reader *reader = history_reader_new(place.folder);
    struct name apex = name_of("example.org");
    struct record record = host("host.example.org", 1);
    size_t before = place_size(&place);
    history_come(history, history_step(history, &apex, 1, 2), &record);
    history_drop(history);
    CHECK(history_commit(history));
    CHECK_INT(place_size(&place), before);
    CHECK_TEXT(chain_text(reader, "example.org", 1), "none");
    history_close(history);
    history_reader_free(reader);
    place_remove(&place);
}

static void ignore_serial(void *ctx, uint32_t serial)
{
    (void)ctx;
    (void)serial;
}

/* Its context is the record that is expected; it becomes of no type when it came. */
static void expect_record(void *ctx, const struct record *record)
{
    struct record *want = (struct record *)ctx;
    CHECK(name_equal(&record->owner, &want->owner));
    CHECK(record->wildcard == want->wildcard && record->type == want->type);
    CHECK(record->ttl_s == want->ttl_s && record->stamp == want->stamp);
    CHECK(memcmp(record->location, want->location, sizeof(want->location)) == 0);
    CHECK(str_equal(record->rdata, want->rdata));
    want->type = 0;
}

TEST(all_that_a_record_has_comes_back_also_from_a_file_that_lost_its_name)
{
    static char data[RDATA_SIZE];
    struct place place = place_make();
    struct history *history = history_open(place.folder, 0);
    struct history_reader *reader = history_reader_new(place.folder);
    struct name apex = name_of("example.org");
    memset(data, 'x', sizeof(data));
    struct record record = { .owner = name_of("a.example.org"),
                             .wildcard = true,
                             .type = RR_TXT,
                             .ttl_s = UINT32_MAX,
                             .rdata = { data, sizeof(data) },
                             .stamp = UINT64_MAX - 1,
                             .location = { 'l', 0xff } };
    history_come(history, history_step(history, &apex, 1, 2), &record);
    CHECK(history_commit(history));
    uint32_t to = 0;
    CLEANUP(history_chain_freep)
    struct history_chain *chain = history_chain_new(reader, &apex, 1, &to);
    CHECK(chain != NULL && history_chain_size(chain) > sizeof(data));
    history_reader_free(reader);
    history_close(history);
    place_remove(&place);
    const struct history_sink sink = { .serial = ignore_serial,
                                       .record = expect_record,
                                       .ctx = &record };
    CHECK_INT(history_chain_next(chain, &sink), OK);
    CHECK_INT(record.type, 0);
    CHECK_INT(history_chain_next(chain, &sink), ERR_NOT_FOUND);
}

/* ----- a zone that changes, and its copies ----- */

struct model {
    uint8_t now[ZONE_SLOTS]; /* 0: there is no such host */
    uint32_t serial;
    uint64_t state; /* of its random numbers */
};

/* The generator of Lehmer; the same on each machine. */
static unsigned next_random(struct model *model, unsigned below)
{
    model->state = model->state * 48271 % 2147483647;
    return (unsigned)(model->state % below);
}

static struct record host_of(size_t slot, uint8_t value)
{
    char text[64];
    struct buf name = BUF_ON(text);
    buf_printf(&name, "h%zu.example.org", slot);
    return host(buf_text(&name), value);
}

/* Some hosts get other values, come, or go. */
static bool change(struct model *model, struct history *history)
{
    struct name apex = name_of("example.org");
    size_t step = history_step(history, &apex, model->serial, model->serial + 1);
    for (size_t slot = 0; slot < ZONE_SLOTS; slot++) {
        if (next_random(model, 4) > 0)
            continue;
        uint8_t value = (uint8_t)next_random(model, 256);
        struct record old = host_of(slot, model->now[slot]), new = host_of(slot, value);
        if (value == model->now[slot])
            continue;
        if (model->now[slot])
            history_gone(history, step, &old);
        if (value)
            history_come(history, step, &new);
        model->now[slot] = value;
    }
    model->serial++;
    return history_commit(history);
}

/* A secondary, which knows no more than it is told. */
struct copy {
    uint8_t now[ZONE_SLOTS];
    uint32_t serial;
    unsigned serials;
};

static void copy_serial(void *ctx, uint32_t serial)
{
    struct copy *copy = (struct copy *)ctx;
    if (copy->serials++ % 2 == 0)
        CHECK_INT(serial, copy->serial);
    copy->serial = serial;
}

static void copy_record(void *ctx, const struct record *record)
{
    struct copy *copy = (struct copy *)ctx;
    size_t slot = strtoul((const char *)record->owner.wire + 2, NULL, 10);
    uint8_t value = (uint8_t)record->rdata.at[3];
    CHECK(slot < ZONE_SLOTS);
    CHECK_INT(copy->now[slot], copy->serials % 2 ? value : 0);
    copy->now[slot] = copy->serials % 2 ? 0 : value;
}

/* Brings it up to what the history has; false: it has nothing for it. */
static bool catch_up(struct copy *copy, struct history_reader *reader)
{
    struct name apex = name_of("example.org");
    const struct history_sink sink = { .serial = copy_serial,
                                       .record = copy_record,
                                       .ctx = copy };
    uint32_t to = 0;
    CLEANUP(history_chain_freep)
    struct history_chain *chain = history_chain_new(reader, &apex, copy->serial, &to);
    if (!chain)
        return false;
    while (history_chain_next(chain, &sink) == OK)
        ;
    CHECK_INT(copy->serial, to);
    return true;
}

struct absence {
    struct copy near, far; /* one follows each step, the other seldom */
    unsigned caught_up, lost;
};

static void come_back(struct absence *absence, const struct model *model,
                      struct history_reader *reader)
{
    if (catch_up(&absence->far, reader)) {
        CHECK(memcmp(absence->far.now, model->now, sizeof(model->now)) == 0);
        absence->caught_up++;
        return;
    }
    absence->far = absence->near;
    absence->lost++;
}

static void follow_from(unsigned seed)
{
    struct place place = place_make();
    struct model model = { .state = seed, .serial = UINT32_MAX - 20 };
    struct history *history = history_open(place.folder, HISTORY_SIZE_MIN);
    struct history_reader *reader = history_reader_new(place.folder);
    struct absence absence = { .near.serial = model.serial, .far.serial = model.serial };
    struct copy *near = &absence.near;
    for (unsigned round = 0; round < ROUNDS; round++) {
        CHECK(change(&model, history));
        CHECK(place_size(&place) <= HISTORY_SIZE_MIN);
        CHECK(catch_up(near, reader));
        CHECK_INT(near->serial, model.serial);
        CHECK(memcmp(near->now, model.now, sizeof(near->now)) == 0);
        if (next_random(&model, 10) > 0)
            continue;
        come_back(&absence, &model, reader);
        history_close(history); /* it goes on from the file */
        history = history_open(place.folder, HISTORY_SIZE_MIN);
    }
    CHECK(absence.caught_up + absence.lost > 0);
    history_close(history);
    history_reader_free(reader);
    place_remove(&place);
}

/* With a small limit the younger half moves to a new file again and again. */
TEST(whoever_was_not_away_for_too_long_catches_up)
{
    for (unsigned seed = 1; seed <= 5; seed++)
        follow_from(seed);
}

TEST(a_reader_that_was_away_for_too_long_is_told_so)
{
    struct place place = place_make();
    struct model model = { .state = 3, .serial = 1 };
    struct history *history = history_open(place.folder, HISTORY_SIZE_MIN);
    struct history_reader *reader = history_reader_new(place.folder);
    struct copy far = { .serial = 1 };
    for (unsigned round = 0; round < ROUNDS; round++)
        CHECK(change(&model, history));
    CHECK(!catch_up(&far, reader));
    CHECK_INT(far.serial, 1);
    history_close(history);
    history_reader_free(reader);
    place_remove(&place);
}

/* ----- damage ----- */

enum {
    STEPS = 6
};

/* Writes STEPS steps; where the file ended after each of them. */
static struct str write_steps(const struct place *place, struct model *models,
                              size_t ends[STEPS + 1])
{
    struct model model = { .state = 7, .serial = 1 };
    struct history *history = history_open(place->folder, 0);
    for (size_t i = 0; i <= STEPS; i++) {
        ends[i] = place_size(place);
        models[i] = model;
        if (i < STEPS)
            CHECK(change(&model, history));
    }
    history_close(history);
    struct str whole = { 0 };
    char *at = NULL;
    CHECK_INT(file_read(place->path, FILE_MAX, &at, &whole.n, NULL), OK);
    whole.at = at;
    return whole;
}

TEST(a_file_that_was_cut_anywhere_has_the_whole_steps_before_and_goes_on)
{
    struct place place = place_make();
    struct model models[STEPS + 1];
    size_t ends[STEPS + 1];
    struct str whole = write_steps(&place, models, ends);
    for (size_t cut = 0; cut < whole.n; cut++) {
        size_t steps = 0;
        while (steps < STEPS && ends[steps + 1] <= cut)
            steps++;
        write_file(place.path, str_first(whole, cut));
        struct history_reader *reader = history_reader_new(place.folder);
        struct copy copy = { .serial = 1 }, fresh = copy;
        CHECK(catch_up(&copy, reader) == (steps > 0));
        CHECK(memcmp(copy.now, models[steps].now, sizeof(copy.now)) == 0);

        /* The writer goes on behind them, and so does a reader that has seen the tail. */
        struct history *history = history_open(place.folder, 0);
        struct model model = models[steps];
        CHECK(change(&model, history));
        CHECK(catch_up(&copy, reader) && copy.serial == model.serial);
        CHECK(memcmp(copy.now, model.now, sizeof(copy.now)) == 0);
        history_reader_free(reader);
        reader = history_reader_new(place.folder);
        CHECK(catch_up(&fresh, reader));
        CHECK(memcmp(fresh.now, model.now, sizeof(fresh.now)) == 0);
        history_close(history);
        history_reader_free(reader);
    }
    mem_free((void *)(uintptr_t)whole.at);
    place_remove(&place);
}

TEST(a_damaged_byte_is_never_told_as_a_change)
{
    struct place place = place_make();
    struct model models[STEPS + 1];
    size_t ends[STEPS + 1];
    struct str whole = write_steps(&place, models, ends);
    uint8_t *bytes = (uint8_t *)(uintptr_t)whole.at;
    for (size_t at = 0; at < whole.n; at++) {
        bytes[at] ^= 0x41;
        write_file(place.path, whole);
        bytes[at] ^= 0x41;
        struct history_reader *reader = history_reader_new(place.folder);
        struct copy copy = { .serial = 1 };
        if (catch_up(&copy, reader))
            CHECK(memcmp(copy.now, models[copy.serial - 1].now, sizeof(copy.now)) == 0);
        CHECK(copy.serial <= STEPS); /* never all of it */

        /* The writer puts a file in its place that can be trusted. */
        struct history *history = history_open(place.folder, 0);
        struct model model = models[STEPS];
        CHECK(change(&model, history));
        struct copy late = { .serial = models[STEPS].serial };
        memcpy(late.now, models[STEPS].now, sizeof(late.now));
        CHECK(catch_up(&late, reader) && late.serial == model.serial);
        CHECK(memcmp(late.now, model.now, sizeof(late.now)) == 0);
        history_close(history);
        history_reader_free(reader);
    }
    mem_free(bytes);
    place_remove(&place);
}

TEST(damage_behind_a_readers_back_ends_the_chain)
{
    struct place place = place_make();
    struct model models[STEPS + 1];
    size_t ends[STEPS + 1];
    struct str whole = write_steps(&place, models, ends);
    struct history_reader *reader = history_reader_new(place.folder);
    int fd = open(place.path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, "damage", 6, (off_t)ends[1] + 20) == 6);
    file_close(fd);
    struct name apex = name_of("example.org");
    struct copy copy = { .serial = 1 };
    const struct history_sink sink = { .serial = copy_serial,
                                       .record = copy_record,
                                       .ctx = &copy };
    uint32_t to = 0;
    struct history_chain *chain = history_chain_new(reader, &apex, 1, &to);
    CHECK(chain != NULL);
    CHECK_INT(history_chain_next(chain, &sink), OK);
    CHECK_INT(history_chain_next(chain, &sink), ERR_SYNTAX);
    CHECK_INT(history_chain_next(chain, &sink), ERR_NOT_FOUND);
    CHECK_INT(copy.serial, 2);
    history_chain_free(chain);
    history_reader_free(reader);
    mem_free((void *)(uintptr_t)whole.at);
    place_remove(&place);
}

#ifdef ROVE_FAULTS
TEST(a_disk_that_fails_costs_the_history_and_no_more)
{
    struct place place = place_make();
    struct model model = { .state = 5, .serial = 1 };
    struct history *history = history_open(place.folder, 0);
    struct history_reader *reader = history_reader_new(place.folder);
    struct copy copy = { .serial = 1 };
    CHECK(change(&model, history));
    static const struct {
        bool sticky;
        uint64_t hits;
    } rows[] = { { false, 1 }, { true, 2 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CHECK(catch_up(&copy, reader) && copy.serial == model.serial);
        fault_arm("history.write", 1, rows[i].sticky);
        CHECK(!change(&model, history));
        CHECK_INT(fault_hits(), rows[i].hits);
        fault_arm(NULL, 0, false);
        CHECK(!catch_up(&copy, reader)); /* it has missed something */
        memcpy(copy.now, model.now, sizeof(copy.now));
        copy.serial = model.serial;
        CHECK(!catch_up(&copy, reader)); /* nothing is known of that one either */
        CHECK(change(&model, history));
    }
    history_close(history);
    history_reader_free(reader);
    place_remove(&place);
}
#endif

TEST(what_is_no_history_is_put_out_of_the_way)
{
    static const char *const contents[] = { "", "x", "rove history 1\n",
                                            "rove history 2\n\nand something else" };
    for (size_t i = 0; i < LENGTH_OF(contents); i++) {
        struct place place = place_make();
        write_file(place.path, str_from(contents[i]));
        struct history_reader *reader = history_reader_new(place.folder);
        CHECK_TEXT(chain_text(reader, "example.org", 1), "none");
        struct history *history = history_open(place.folder, 0);
        commit_change(history, "example.org", 1, 1);
        CHECK_TEXT(chain_text(reader, "example.org", 2), " to 2");
        history_close(history);
        history_reader_free(reader);
        place_remove(&place);
    }
}

TEST(a_file_that_somebody_removed_is_made_anew)
{
    struct place place = place_make();
    struct history *history = history_open(place.folder, 0);
    struct history_reader *reader = history_reader_new(place.folder);
    commit_change(history, "example.org", 1, 1);
    CHECK_TEXT(chain_text(reader, "example.org", 2), " to 2");
    CHECK(unlink(place.path) == 0);
    CHECK_TEXT(chain_text(reader, "example.org", 2), "none");
    commit_change(history, "example.org", 2, 1);
    CHECK_TEXT(chain_text(reader, "example.org", 1), "none");
    CHECK_TEXT(chain_text(reader, "example.org", 3), " to 3");
    history_close(history);
    history_reader_free(reader);
    place_remove(&place);
}

TEST(without_a_folder_there_is_no_history_until_it_is_there)
{
    struct place place = place_make();
    struct name apex = name_of("example.org");
    CHECK(rmdir(place.folder) == 0);
    struct history *history = history_open(place.folder, 0);
    struct history_reader *reader = history_reader_new(place.folder);
    (void)history_step(history, &apex, 1, 2);
    CHECK(!history_commit(history));
    CHECK_TEXT(chain_text(reader, "example.org", 1), "none");
    CHECK(mkdir(place.folder, 0755) == 0);
    commit_change(history, "example.org", 2, 1);
    CHECK_TEXT(chain_text(reader, "example.org", 3), " to 3");
    history_close(history);
    history_reader_free(reader);
    place_remove(&place);
}
