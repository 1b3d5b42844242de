// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "dns/zonefile.h"

TEST(data_is_read_and_written_as_in_a_zone_file)
{
    static const struct {
        uint16_t type;
        const char *text, *want; /* NULL: the same */
    } rows[] = {
        { RR_A, "192.0.2.1", NULL },
        { RR_AAAA, "2001:DB8::1", "2001:db8::1" },
        { RR_MX, "10 Mail.example.org", "10 mail.example.org." },
        { RR_NS, "ns1.example.org.", NULL },
        { RR_CNAME, "Home.Example.org", "home.example.org." },
        { RR_TXT, "plain", "\"plain\"" },
        { RR_TXT, "\"a;b\" \"c \\\" d\"", NULL },
        { RR_SRV, "1 2 5060 sip.example.org", "1 2 5060 sip.example.org." },
        { RR_CAA, "0 issue \"ca.example.net\"", NULL },
        { RR_TLSA, "3 1 1 00FF", "3 1 1 00FF" },
        { RR_SVCB, "1 . alpn=\"h2\"", "1 . alpn=h2" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t space[512];
        char text_space[1024];
        struct buf rdata = BUF_ON(space), text = BUF_ON(text_space);
        struct error err = { "" };
        enum status status =
            rdata_parse(rows[i].type, str_from(rows[i].text), &rdata, &err);
        if (status)
            print_error("%s: %s\n", rows[i].text, err.text);
        CHECK_INT(status, OK);
        rdata_format(rows[i].type, buf_str(&rdata), &text);
        CHECK_TEXT(buf_text(&text), rows[i].want ? rows[i].want : rows[i].text);
    }
}

TEST(bad_data_is_refused)
{
    static const struct {
        uint16_t type;
        const char *text;
    } rows[] = {
        { RR_A, "" },
        { RR_A, "  " },
        { RR_A, "192.0.2.256" },
        { RR_A, "192.0.2.1 192.0.2.2" },
        { RR_A, "192.0.2.1\nwww 60 A 192.0.2.2" },
        { RR_MX, "mail.example.org" },
        { RR_TXT, "cut; off" },
        { RR_TXT, "\"open" },
        { RR_TXT, "( x" },
        { RR_CNAME, "a..b" },
        { RR_SRV, "1 2 65536 a.example.org" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t space[512];
        struct buf rdata = BUF_ON(space);
        struct error err = { "" };
        CHECK(rdata_parse(rows[i].type, str_from(rows[i].text), &rdata, &err) != OK);
        CHECK(strncmp(err.text, "data: ", 6) == 0);
    }
}

TEST(data_that_does_not_fit_is_refused_and_odd_data_is_written_in_numbers)
{
    uint8_t space[3];
    char text_space[64];
    struct buf rdata = BUF_ON(space), text = BUF_ON(text_space);
    CHECK_INT(rdata_parse(RR_A, STR("192.0.2.1"), &rdata, NULL), ERR_LIMIT);
    rdata_format(RR_A, STR("\1\2"), &text);
    CHECK_TEXT(buf_text(&text), "\\# 2 0102");
}

struct seen {
    char text[2048];
    struct buf out;
    bool with_strange;
};

static enum status note(void *ctx, const struct record *record, uint64_t line,
                        struct error *err)
{
    struct seen *seen = (struct seen *)ctx;
    (void)err;
    buf_printf(&seen->out, "%llu %s%s %lu ", (unsigned long long)line,
               record->wildcard ? "*." : "", name_text(&record->owner),
               (unsigned long)record->ttl_s);
    rr_type_format(record->type, &seen->out);
    buf_put_text(&seen->out, " ");
    rdata_format(record->type, record->rdata, &seen->out);
    buf_put_text(&seen->out, "\n");
    return OK;
}

static void note_strange(void *ctx, struct str text, uint64_t line)
{
    struct seen *seen = (struct seen *)ctx;
    buf_printf(&seen->out, "%llu strange: " STR_FMT "\n", (unsigned long long)line,
               STR_ARG(text));
}

static enum status parse(const char *text, struct seen *seen, struct error *err)
{
    struct name origin;
    seen->out = BUF_ON(seen->text);
    CHECK(name_parse(STR("example.org"), &origin, NULL) == OK);
    const struct zonefile_sink sink = { note, seen->with_strange ? note_strange : NULL,
                                        seen };
    return zonefile_parse("zone", str_from(text), &origin, 3600, &sink, err);
}

TEST(a_zone_file_gives_its_records_with_their_lines)
{
    struct seen seen = { .with_strange = false };
    struct error err = { "" };
    static const char text[] = "@ 60 SOA ns1 host (\n 1 2 3 4 5 )\n"
                               "$TTL 300\n"
                               "  NS ns1 ; comment\n"
                               "*.Www A 192.0.2.1\n"
                               "$ORIGIN sub.example.org.\n"
                               "a AAAA 2001:db8::1";
    enum status status = parse(text, &seen, &err);
    CHECK_TEXT(err.text, "");
    CHECK_INT(status, OK);
    CHECK_TEXT(buf_text(&seen.out),
               "2 example.org 60 SOA ns1.example.org. host.example.org. 1 2 3 4 5\n"
               "4 example.org 300 NS ns1.example.org.\n"
               "5 *.www.example.org 300 A 192.0.2.1\n"
               "7 a.sub.example.org 300 AAAA 2001:db8::1\n");
    CHECK_INT(parse("", &seen, &err), OK);
    CHECK_INT(seen.out.n, 0);
}

TEST(records_of_unknown_types_are_told_and_do_not_end_the_file)
{
    struct seen seen = { .with_strange = true };
    struct error err = { "" };
    enum status status = parse("$TTL 60\na A 192.0.2.1\n@ ALIAS web.example.net.\n"
                               "  60 IN ANAME x ; why\n\nb LUA A \"ifportup()\"\n"
                               "c CH TXT x\nd A 192.0.2.2\ne XYZ 1",
                               &seen, &err);
    CHECK_TEXT(err.text, "");
    CHECK_INT(status, OK);
    CHECK_TEXT(buf_text(&seen.out), "2 a.example.org 60 A 192.0.2.1\n"
                                    "3 strange: @ ALIAS web.example.net.\n"
                                    "4 strange: 60 IN ANAME x ; why\n"
                                    "6 strange: b LUA A \"ifportup()\"\n"
                                    "7 strange: c CH TXT x\n"
                                    "8 d.example.org 60 A 192.0.2.2\n"
                                    "9 strange: e XYZ 1\n");
}

TEST(bytes_beyond_ascii_stand_for_themselves)
{
    struct seen seen = { .with_strange = false };
    struct error err = { "" };
    uint8_t space[64];
    struct buf rdata = BUF_ON(space);
    enum status status = parse("$TTL 60\na TXT h\xc3\xa9 \"\xc3\xa9 ; \\\xc3\xa9\"\n"
                               "b TXT \"\\\\\xc3\xa9\" ; \xc3\n",
                               &seen, &err);
    CHECK_TEXT(err.text, "");
    CHECK_INT(status, OK);
    CHECK_TEXT(buf_text(&seen.out),
               "2 a.example.org 60 TXT \"h\\195\\169\" \"\\195\\169 ; \\195\\169\"\n"
               "3 b.example.org 60 TXT \"\\\\\\195\\169\"\n");
    CHECK_INT(rdata_parse(RR_TXT, STR("\"\xc3\xa9\""), &rdata, &err), OK);
    CHECK(str_equal(buf_str(&rdata), STR("\2\xc3\xa9")));
}

TEST(a_bad_zone_file_is_told_with_its_line)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "a A 192.0.2.1\nb A nonsense\n", "zone:2: " },
        { "$INCLUDE other\n", "zone:1: $INCLUDE is not taken" },
        { "a CH TXT x\n", "zone:1: " },
        { "a 3000000000 A 192.0.2.1\n", "zone:1: TTL 3000000000 is too long" },
        { "a TXT \"open\n", "zone:" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct seen seen = { .with_strange = false };
        struct error err = { "" };
        CHECK(parse(rows[i].text, &seen, &err) != OK);
        if (strncmp(err.text, rows[i].want, strlen(rows[i].want)) != 0)
            print_error("%s\n", err.text);
        CHECK(strncmp(err.text, rows[i].want, strlen(rows[i].want)) == 0);
    }
}
