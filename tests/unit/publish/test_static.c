// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/static.h"

#include "world.h"

static enum status write_owner(void *ctx, const struct record *record, struct error *err)
{
    (void)err;
    struct buf *out = ctx;
    name_format(&record->owner, out);
    buf_put_u8(out, ' ');
    return OK;
}

static enum status read_serial(void *ctx, const struct record *record, struct error *err)
{
    (void)err;
    struct soa soa;
    CHECK_INT(soa_decode(record->rdata, &soa), OK);
    *(uint32_t *)ctx = soa.serial;
    return OK;
}

TEST(files_of_a_folder_are_read_in_the_order_of_their_names)
{
    struct world world;
    world_folder(&world);
    world_write(&world, "b", "+b.example:192.0.2.1\n", 10);
    world_write(&world, "a", "+a.example:192.0.2.1\n", 10);
    world_write(&world, "B", "+upper.example:192.0.2.1", 10);
    world_write(&world, ".hidden", "+hidden.example:192.0.2.1\n", 10);
    static const char *const left[] = { "a~", "#a#", "a.dpkg-old" };
    for (size_t i = 0; i < LENGTH_OF(left); i++)
        world_write(&world, left[i], "+left.example:192.0.2.1\n", 10);
    char folder[2 * WORLD_PATH_SIZE], file[2 * WORLD_PATH_SIZE], text[256];
    (void)snprintf(folder, sizeof(folder), "%s/folder", world.statics);
    CHECK_INT(mkdir(folder, 0755), 0);
    (void)snprintf(file, sizeof(file), "%s/.hidden", world.statics);

    const char *const list[] = { world.statics, file };
    const struct static_paths paths = { list, 2 };
    struct buf out = BUF_ON(text);
    MUST(static_read(
        &paths,
        &(struct static_reader){
            .serial = 1,
            .sink = &(struct record_sink){ .record = write_owner, .ctx = &out } },
        why));
    CHECK_TEXT(buf_text(&out), "upper.example a.example b.example hidden.example ");
    world_done(&world);
}

TEST(what_has_no_lines_is_passed_over_and_told)
{
    static const char *const others[] = { "Makefile",  "add-host",  "data~",
                                          "data.bak",  "data.cdb",  "data.new",
                                          "data.tmp",  "data,v",    "data.swp",
                                          "data.old",  "#data#",    "x.ucf-dist",
                                          "x.rpmsave", "x.dpkg-new" };
    struct world world;
    struct static_look look, again;
    world_folder(&world);
    const char *const list[] = { world.statics };
    const struct static_paths paths = { list, 1 };
    char text[256], script[2 * WORLD_PATH_SIZE];
    world_write(&world, "data", "+data.example:192.0.2.1\n", 10);
    world_write(&world, "run", "#! no script, for nobody may run it\n", 10);
    MUST(static_look(&paths, &look, why));
    CHECK_INT(look.passed_count, 0);
    for (size_t i = 0; i < LENGTH_OF(others); i++)
        world_write(&world, others[i], "#!/bin/sh\nnothing\n", 20);
    (void)snprintf(script, sizeof(script), "%s/add-host", world.statics);
    CHECK_INT(chmod(script, 0755), 0);
    MUST(static_look(&paths, &again, why));
    CHECK(digest_equal(look.fingerprint, again.fingerprint));
    CHECK_INT(again.serial, 10);
    CHECK_INT(again.passed_count, LENGTH_OF(others));
    CHECK(strstr(again.passed_over, "/Makefile, "));
    CHECK(strlen(again.passed_over) < sizeof(again.passed_over));

    struct buf out = BUF_ON(text);
    MUST(static_read(
        &paths,
        &(struct static_reader){
            .serial = 1,
            .sink = &(struct record_sink){ .record = write_owner, .ctx = &out } },
        why));
    CHECK_TEXT(buf_text(&out), "data.example ");
    world_done(&world);
}

static void join_finding(void *ctx, const char *text)
{
    struct buf *out = ctx;
    buf_put_text(out, strrchr(text, '/'));
    buf_put_u8(out, '\n');
}

TEST(all_mistakes_are_gathered_up_to_a_bound)
{
    struct world world;
    world_folder(&world);
    world_write(&world, "b", "?\n+b.example:192.0.2.1\n+b.example:bad\n", 10);
    world_write(&world, "a", "=\n", 10);
    const char *const list[] = { world.statics };
    const struct static_paths paths = { list, 1 };
    char text[1024], owners[256];
    struct buf out = BUF_ON(text), owner = BUF_ON(owners);
    const struct record_sink sink = { .record = write_owner, .ctx = &owner };
    CLEANUP(findings_freep) struct findings *findings = findings_new();
    struct error err;
    CHECK_INT(static_read(&paths,
                          &(struct static_reader){
                              .serial = 1, .sink = &sink, .findings = findings },
                          &err),
              ERR_SYNTAX);
    CHECK_TEXT(err.text, "3 mistakes: nothing would be published");
    CHECK_TEXT(buf_text(&owner), "b.example ");
    findings_each(findings, FINDING_ERROR, join_finding, &out);
    CHECK_TEXT(buf_text(&out), "/a:1: field 2: not an IPv4 address: \n"
                               "/b:1: unknown line type '?'\n"
                               "/b:3: field 2: not an IPv4 address: bad\n");
    for (size_t i = 0; i < (size_t)2 * FINDINGS_MAX; i++)
        findings_add(findings, FINDING_ERROR, NULL, "number %zu", i);
    CHECK_INT(findings_count(findings, FINDING_ERROR), 3 + 2 * FINDINGS_MAX);
    CHECK_INT(findings_count(findings, FINDING_WARNING), 0);
    world_done(&world);
}

TEST(the_serial_goes_into_soa_records_without_one)
{
    struct world world;
    world_folder(&world);
    world_write(&world, "data", "Zexample:ns1.example:h.example\n", 10);
    const char *const list[] = { world.statics };
    const struct static_paths paths = { list, 1 };
    uint32_t serial = 0;
    MUST(static_read(
        &paths,
        &(struct static_reader){
            .serial = 4711,
            .sink = &(struct record_sink){ .record = read_serial, .ctx = &serial } },
        why));
    CHECK_INT(serial, 4711);
    world_done(&world);
}

TEST(errors_name_the_file_and_the_line)
{
    struct world world;
    world_folder(&world);
    world_write(&world, "data", "# one\n+a.example:bad\n", 10);
    const char *const list[] = { world.statics };
    const struct static_paths paths = { list, 1 };
    struct error err;
    uint32_t serial = 0;
    char want[2 * WORLD_PATH_SIZE];
    CHECK_INT(static_read(&paths,
                          &(struct static_reader){
                              .serial = 1,
                              .sink = &(struct record_sink){ .record = read_serial,
                                                             .ctx = &serial } },
                          &err),
              ERR_SYNTAX);
    (void)snprintf(want, sizeof(want), "%s/data:2: field 2", world.statics);
    CHECK(str_starts(str_from(err.text), str_from(want)));
    world_done(&world);
}

TEST(a_missing_path_is_an_error)
{
    struct world world;
    struct static_look look = { .serial = 7 };
    struct error err;
    world_folder(&world);
    char missing[2 * WORLD_PATH_SIZE];
    (void)snprintf(missing, sizeof(missing), "%s/missing", world.statics);
    const char *const list[] = { world.statics, missing };
    const struct static_paths paths = { list, 2 };
    CHECK_INT(static_look(&paths, &look, &err), ERR_NOT_FOUND);
    CHECK(strstr(err.text, missing));
    CHECK_INT(look.serial, 7);
    CHECK_INT(static_read(&paths,
                          &(struct static_reader){
                              .serial = 1,
                              .sink = &(struct record_sink){ .record = read_serial,
                                                             .ctx = NULL } },
                          &err),
              ERR_NOT_FOUND);

    CHECK_INT(symlink("nowhere", missing), 0);
    const struct static_paths folder = { list, 1 };
    CHECK_INT(static_look(&folder, &look, &err), ERR_NOT_FOUND);
    world_done(&world);
}

TEST(the_newest_time_is_the_serial)
{
    struct world world;
    struct static_look look;
    world_folder(&world);
    const char *const list[] = { world.statics };
    const struct static_paths paths = { list, 1 }, none = { NULL, 0 };
    MUST(static_look(&none, &look, why));
    CHECK_INT(look.serial, 1);
    world_write(&world, "a", "", 1700000005);
    world_write(&world, "b", "", 1700000001);
    MUST(static_look(&paths, &look, why));
    CHECK_INT(look.serial, 1700000005);
    world_write(&world, "a", "", 0);
    world_write(&world, "b", "", -5);
    MUST(static_look(&paths, &look, why));
    CHECK_INT(look.serial, 1);
    world_done(&world);
}

TEST(the_fingerprint_changes_with_every_change)
{
    struct world world;
    struct static_look looks[6];
    world_folder(&world);
    const char *const list[] = { world.statics };
    const struct static_paths paths = { list, 1 };
    MUST(static_look(&paths, &looks[0], why));
    world_write(&world, "a", "#x", 1000);
    MUST(static_look(&paths, &looks[1], why));
    world_write(&world, "a", "#xy", 1000); /* size */
    MUST(static_look(&paths, &looks[2], why));
    world_write(&world, "a", "#yz", 1000); /* another file of the same size and time */
    MUST(static_look(&paths, &looks[3], why));
    world_write(&world, "a", "#yz", 1001); /* time */
    MUST(static_look(&paths, &looks[4], why));
    world_write(&world, "b", "", 1000); /* one more */
    MUST(static_look(&paths, &looks[5], why));
    for (size_t i = 0; i < LENGTH_OF(looks); i++)
        for (size_t k = 0; k < i; k++)
            CHECK(!digest_equal(looks[i].fingerprint, looks[k].fingerprint));

    struct static_look again;
    MUST(static_look(&paths, &again, why));
    CHECK(digest_equal(again.fingerprint, looks[5].fingerprint));
    world_done(&world);
}
