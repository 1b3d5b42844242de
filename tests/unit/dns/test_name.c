// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/name.h"

#include "test.h"

#include <string.h>

static struct name parse(const char *text)
{
    struct name name = { .n = 0 };
    CHECK_INT(name_parse(str_from(text), &name, NULL), OK);
    return name;
}

/* `count` labels of `length` bytes each, with dots between them. */
static struct str make_labels(char *space, size_t count, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            space[n++] = '.';
        memset(space + n, 'a', length);
        n += length;
    }
    return str_bytes(space, n);
}

TEST(text_becomes_wire_in_lower_case)
{
    static const struct {
        const char *text, *wire;
        size_t n;
    } rows[] = {
        { ".", "", 1 },
        { "org", "\3org", 5 },
        { "Home.Example.ORG", "\4home\7example\3org", 18 },
        { "home.example.org.", "\4home\7example\3org", 18 },
        { "*.example", "\1*\7example", 11 },
        { "a\\.b.c", "\3a.b\1c", 7 },
        { "\\065\\000\\255", "\3a\0\377", 5 },
        { "\\\\x", "\2\\x", 4 },
        { "\\A", "\1a", 3 },
        { "\\..", "\1.", 3 },
        { "_a-b c", "\6_a-b c", 8 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name name = parse(rows[i].text);
        CHECK_INT(name.n, rows[i].n);
        CHECK(memcmp(name.wire, rows[i].wire, rows[i].n) == 0);
    }
}

TEST(a_mailbox_becomes_a_name_whose_first_label_may_hold_dots)
{
    static const struct {
        const char *email, *want;
        enum status status;
    } rows[] = {
        { "ops@example.org", "ops.example.org", OK },
        { "Ada.B+dns@Example.org", "ada\\.b+dns.example.org", OK },
        { "example.org", "", ERR_SYNTAX },
        { "@example.org", "", ERR_SYNTAX },
        { "a@", "", ERR_SYNTAX },
        { "a@b..c", "", ERR_SYNTAX },
        { "a234567890123456789012345678901234567890123456789012345678901234@b", "",
          ERR_LIMIT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name name = { .n = 0 };
        CHECK_INT(name_from_mailbox(str_from(rows[i].email), &name), rows[i].status);
        if (rows[i].status == OK)
            CHECK_TEXT(name_text(&name), rows[i].want);
        else
            CHECK_INT(name.n, 0);
    }
}

TEST(bad_names_are_refused_and_leave_the_output_alone)
{
    static const struct {
        const char *text, *says;
        enum status want;
    } rows[] = {
        { "", "empty name", ERR_SYNTAX },
        { "..", "empty label", ERR_SYNTAX },
        { "a..b", "empty label", ERR_SYNTAX },
        { ".a", "empty label", ERR_SYNTAX },
        { "a..", "empty label", ERR_SYNTAX },
        { "a\\", "bad escape", ERR_SYNTAX },
        { "a\\1", "bad escape", ERR_SYNTAX },
        { "a\\12", "bad escape", ERR_SYNTAX },
        { "a\\12x", "bad escape", ERR_SYNTAX },
        { "a\\256", "bad escape", ERR_SYNTAX },
        { "a123456789012345678901234567890123456789012345678901234567890123.org",
          "label of 64 bytes", ERR_LIMIT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name name = { .n = 7 };
        struct error err = { .text = "" };
        CHECK_INT(name_parse(str_from(rows[i].text), &name, &err), rows[i].want);
        CHECK(strstr(err.text, rows[i].says));
        CHECK_INT(name.n, 7);
    }
}

TEST(a_name_may_have_255_bytes_and_no_more)
{
    char space[2 * NAME_TEXT_SIZE];
    struct name name = { .n = 0 };
    CHECK_INT(name_parse(make_labels(space, 127, 1), &name, NULL), OK);
    CHECK_INT(name.n, 255);
    CHECK_INT(name_labels(&name), NAME_LABELS);
    CHECK_INT(name_parse(make_labels(space, 128, 1), &name, NULL), ERR_LIMIT);
    CHECK_INT(name_parse(make_labels(space, 4, 63), &name, NULL), ERR_LIMIT);
    CHECK_INT(name_parse(make_labels(space, 3, 63), &name, NULL), OK);
    CHECK_INT(name_parse(make_labels(space, 600, 1), &name, NULL), ERR_LIMIT);
    CHECK_INT(name.n, 193);
}

TEST(every_byte_survives_the_way_to_text_and_back)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char label = (char)byte;
        struct name zone = parse("example.org"), name, back;
        CHECK_INT(name_prepend(str_bytes(&label, 1), &zone, &name), OK);
        const char *text = name_text(&name);
        for (const char *at = text; *at; at++)
            CHECK(*at > ' ' && *at <= '~');
        CHECK_INT(name_parse(str_from(text), &back, NULL), OK);
        CHECK(name_equal(&name, &back));
    }
}

TEST(the_longest_text_fits_its_size)
{
    uint8_t wire[NAME_SIZE];
    memset(wire, 1, sizeof(wire));
    for (size_t at = 0; at < 254; at += 64)
        wire[at] = 63;
    wire[192] = 61;
    wire[254] = 0;
    struct name name, back;
    CHECK_INT(name_decode(str_bytes(wire, sizeof(wire)), &name), OK);
    const char *text = name_text(&name);
    CHECK_INT(strlen(text), 250 * 4 + 3);
    CHECK_INT(name_parse(str_from(text), &back, NULL), OK);
    CHECK(name_equal(&name, &back));
}

TEST(text_of_names_has_no_last_dot)
{
    static const char *const rows[][2] = {
        { ".", "." },
        { "Example.org.", "example.org" },
        { "a\\.b.org", "a\\.b.org" },
        { "\\007\\@.org", "\\007\\@.org" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name name = parse(rows[i][0]);
        CHECK_TEXT(name_text(&name), rows[i][1]);
    }
}

TEST(a_text_that_does_not_fit_sets_full)
{
    struct name name = parse("home.example.org");
    char space[8];
    struct buf out = BUF_ON(space);
    name_format(&name, &out);
    CHECK(out.full);
}

TEST(wire_must_be_one_whole_name)
{
    static const struct {
        const char *wire;
        size_t n;
        enum status want;
    } rows[] = {
        { "", 0, ERR_SYNTAX },      { "\0", 1, OK },
        { "\1A\0", 3, OK },         { "\1A", 2, ERR_SYNTAX },
        { "\5A\0", 3, ERR_SYNTAX }, { "\1A\0\0", 4, ERR_SYNTAX },
        { "\0\0", 2, ERR_SYNTAX },  { "\1A\300\0", 4, ERR_SYNTAX },
        { "\100", 1, ERR_SYNTAX },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name name = { .n = 9 };
        CHECK_INT(name_decode(str_bytes(rows[i].wire, rows[i].n), &name), rows[i].want);
        CHECK_INT(name.n, rows[i].want == OK ? rows[i].n : 9);
    }

    uint8_t long_wire[257];
    memset(long_wire, 1, sizeof(long_wire));
    long_wire[256] = 0;
    struct name name = { .n = 9 };
    CHECK_INT(name_decode(str_bytes(long_wire, sizeof(long_wire)), &name), ERR_SYNTAX);
    struct name folded;
    CHECK_INT(name_decode(STR("\3OrG"), &folded), ERR_SYNTAX);
    CHECK_INT(name_decode(STR("\3OrG\0"), &folded), OK);
    CHECK(str_equal(name_bytes(&folded), STR("\3org\0")));
}

TEST(a_name_is_within_a_zone_only_at_a_label)
{
    static const struct {
        const char *name, *zone;
        bool want;
    } rows[] = {
        { "home.example.org", "example.org", true },
        { "example.org", "example.org", true },
        { "example.org", ".", true },
        { ".", ".", true },
        { ".", "org", false },
        { "org", "example.org", false },
        { "badexample.org", "example.org", false },
        { "home.example.net", "example.org", false },
        { "x\\007example.org", "example.org", false }, /* a label that holds \007 */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name name = parse(rows[i].name), zone = parse(rows[i].zone);
        CHECK(name_is_within(&name, &zone) == rows[i].want);
    }
}

TEST(labels_are_counted_taken_and_put_before)
{
    struct name root = parse("."), host = parse("home.example.org"), name;
    CHECK(name_is_root(&root));
    CHECK(!name_is_root(&host));
    CHECK_INT(name_labels(&root), 0);
    CHECK_INT(name_labels(&host), 3);
    CHECK_STR(name_first_label(&host), "home");
    CHECK_STR(name_first_label(&root), "");

    name_parent(&host, &name);
    CHECK_TEXT(name_text(&name), "example.org");
    name_parent(&name, &name);
    name_parent(&name, &name);
    CHECK(name_is_root(&name));
    name_parent(&name, &name);
    CHECK(name_is_root(&name));

    CHECK_INT(name_prepend(STR("WWW"), &host, &name), OK);
    CHECK_TEXT(name_text(&name), "www.home.example.org");
    CHECK(!name_equal(&name, &host));
    CHECK_INT(name_prepend(STR(""), &host, &name), ERR_SYNTAX);
}

TEST(a_label_is_put_before_only_where_it_fits)
{
    char space[NAME_TEXT_SIZE];
    memset(space, 'b', sizeof(space));
    struct name root = parse("."), name;
    CHECK_INT(name_prepend(str_bytes(space, 63), &root, &name), OK);
    CHECK_INT(name_prepend(str_bytes(space, 64), &root, &name), ERR_LIMIT);

    struct name full;
    CHECK_INT(name_parse(make_labels(space, 126, 1), &full, NULL), OK);
    CHECK_INT(name_prepend(STR("x"), &full, &name), OK);
    CHECK_INT(name.n, 255);
    CHECK_INT(name_prepend(STR("xy"), &full, &name), ERR_LIMIT);
}
