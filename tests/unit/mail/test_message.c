// SPDX-License-Identifier: GPL-3.0-or-later
#include "mail/message.h"

#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "test.h"

enum {
    CASES = 10000,
    HEADERS_MAX = 16
};

static const struct message_parts usual = {
    .from_name = { "Rove", 4 },
    .from = { "rove@example.org", 16 },
    .to = { "owner@example.org", 17 },
    .subject = { "A new token for your host", 25 },
    .body = { "Hello,\n\nall is well.\n", 21 },
    .message_id = { "0011@example.org", 16 },
    .language = { "en", 2 },
    .unsubscribe = { "https://ddns.example.org/u/abc", 30 },
    .date_s = 1700000000,
};

static struct buf message_of(const struct message_parts *parts)
{
    struct buf out = buf_on(mem_new(MESSAGE_MAX), MESSAGE_MAX);
    CHECK_INT(message_write(parts, &out, NULL), OK);
    return out;
}

TEST(a_message_has_all_its_headers_and_its_text)
{
    struct buf got = message_of(&usual);
    CHECK_STR(buf_str(&got), "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                             "From: Rove\r\n <rove@example.org>\r\n"
                             "To: <owner@example.org>\r\n"
                             "Subject: A new token for your host\r\n"
                             "Message-ID: <0011@example.org>\r\n"
                             "Auto-Submitted: auto-generated\r\n"
                             "List-Unsubscribe: <https://ddns.example.org/u/abc>\r\n"
                             "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
                             "MIME-Version: 1.0\r\n"
                             "Content-Type: text/plain; charset=utf-8\r\n"
                             "Content-Transfer-Encoding: quoted-printable\r\n"
                             "Content-Language: en\r\n"
                             "\r\n"
                             "Hello,\r\n\r\nall is well.\r\n");
    mem_free(got.at);
}

TEST(a_mail_that_is_made_once_more_is_the_same)
{
    struct buf a = message_of(&usual), b = message_of(&usual);
    CHECK(str_equal(buf_str(&a), buf_str(&b)));
    mem_free(a.at);
    mem_free(b.at);
}

static void check_subject(const char *subject, const char *want)
{
    struct message_parts parts = usual;
    parts.subject = str_from(subject);
    struct buf got = message_of(&parts);
    struct str line = str_from_at(buf_str(&got), 0);
    const char *at = memmem(line.at, line.n, "Subject: ", 9);
    const char *end = memmem(line.at, line.n, "\r\nMessage-ID", 12);
    CHECK(at && end);
    CHECK_STR(str_bytes(at + 9, (size_t)(end - at - 9)), want);
    mem_free(got.at);
}

TEST(subjects_beyond_ascii_are_encoded_words)
{
    check_subject("Gr\xc3\xbc\xc3\x9f"
                  "e",
                  "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=");
    check_subject("a\r\nBcc: x@example.org",
                  "=?utf-8?Q?a=3F=3FBcc=3A_x=40example=2Eorg?=");
    check_subject("=?utf-8?Q?x?=", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=");
    check_subject("\xff\xfe", "=?utf-8?Q?=3F=3F?=");
    check_subject(" a", "=?utf-8?Q?_a?=");
    check_subject("0123456789012345678901234567890123456789012345678901234567890123456",
                  "=?utf-8?Q?012345678901234567890123456789012345678901234567890123?=\r\n"
                  " =?utf-8?Q?4567890123456?=");
    check_subject("", "");
}

static void check_body(const char *body, const char *want)
{
    struct message_parts parts = usual;
    parts.body = str_from(body);
    struct buf got = message_of(&parts);
    const char *at = memmem(got.at, got.n, "\r\n\r\n", 4);
    CHECK_STR(str_bytes(at + 4, got.n - (size_t)((const uint8_t *)at + 4 - got.at)),
              want);
    mem_free(got.at);
}

TEST(bodies_are_quoted_printable)
{
    check_body("1 + 1 = 2\n", "1 + 1 =3D 2\r\n");
    check_body("sch\xc3\xb6n\n", "sch=C3=B6n\r\n");
    check_body("blank at the end \n", "blank at the end=20\r\n");
    check_body("a\rb\n", "a=0Db\r\n");
    check_body("no end", "no end\r\n");
    /* 76 characters stand on one line, 77 do not. */
    check_body(
        "0123456789012345678901234567890123456789012345678901234567890123456789012345\n",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345\r\n");
    check_body(
        "01234567890123456789012345678901234567890123456789012345678901234567890123456\n",
        "012345678901234567890123456789012345678901234567890123456789012345678901234=\r\n"
        "56\r\n");
}

TEST(what_would_break_out_of_its_brackets_is_refused)
{
    static const char *const addresses[] = { "", "a", "a@b>\r\nBcc: c@d", "a@b, c@d" };
    static const char *const ids[] = { "", "a>b", "a b", "a\r\nb" };
    static const char *const links[] = { "https://a/>", "https://a/ b",
                                         "https://a/\r\nX: y" };
    static const char *const languages[] = { "", "en\r\nX: y", "en;q=1" };
    char storage[4096];
    struct buf out = BUF_ON(storage);
    for (size_t i = 0; i < LENGTH_OF(addresses); i++) {
        struct message_parts from = usual, to = usual;
        from.from = to.to = str_from(addresses[i]);
        CHECK_INT(message_write(&from, &out, NULL), ERR_SYNTAX);
        CHECK_INT(message_write(&to, &out, NULL), ERR_SYNTAX);
    }
    for (size_t i = 0; i < LENGTH_OF(ids); i++) {
        struct message_parts parts = usual;
        parts.message_id = str_from(ids[i]);
        CHECK_INT(message_write(&parts, &out, NULL), ERR_SYNTAX);
    }
    for (size_t i = 0; i < LENGTH_OF(links); i++) {
        struct message_parts parts = usual;
        parts.unsubscribe = str_from(links[i]);
        CHECK_INT(message_write(&parts, &out, NULL), ERR_SYNTAX);
    }
    for (size_t i = 0; i < LENGTH_OF(languages); i++) {
        struct message_parts parts = usual;
        parts.language = str_from(languages[i]);
        CHECK_INT(message_write(&parts, &out, NULL), ERR_SYNTAX);
    }
    CHECK_INT(out.n, 0);
}

TEST(a_message_that_is_too_long_is_refused_and_the_longest_one_fits)
{
    char *text = mem_new(MESSAGE_BODY_MAX + 1);
    memset(text, '\xc3', MESSAGE_BODY_MAX + 1);
    struct message_parts parts = usual;
    parts.body = str_bytes(text, MESSAGE_BODY_MAX);
    parts.subject = parts.from_name = str_bytes(text, MESSAGE_SUBJECT_MAX);
    struct buf got = message_of(&parts);
    CHECK(got.n > (size_t)3 * MESSAGE_BODY_MAX);
    parts.body.n++;
    CHECK_INT(message_write(&parts, &got, NULL), ERR_LIMIT);
    mem_free(got.at);
    mem_free(text);
}

/* ----- whatever is put in ----- */

/* Bytes of which injections are made, and pieces of headers. */
static struct str make_text(char *storage, size_t size)
{
    static const char *const pieces[] = {
        "\r\n",
        "\n",
        "\r",
        "Bcc: evil@example.org",
        "\r\n\r\n",
        ":",
        " ",
        "\t",
        "<",
        ">",
        "@",
        "=?utf-8?Q?",
        "?=",
        "\xc3\xbc",
        "\xe2\x82\xac",
        "\xff",
        "\x80",
        "\x7f",
        "Subject: x",
        "a",
        "z@y",
        ".",
        "\r\n.\r\n",
        "--x",
        "\xf0\x9f\x98\x80",
        "=0D=0A",
        "\xe2\x80\xa8",
    };
    struct buf out = buf_on(storage, size);
    for (uint32_t count = random_below(12); count > 0; count--) {
        buf_put_text(&out, pieces[random_below(LENGTH_OF(pieces))]);
        if (random_below(4) == 0)
            buf_put_u8(&out, (uint8_t)random_below(256));
    }
    return buf_str(&out);
}

/* The names of the headers, in their order. Lines that begin with a blank go on. */
static size_t read_head(struct str message, struct str names[HEADERS_MAX],
                        struct str *body)
{
    size_t count = 0;
    for (;;) {
        const char *end = memmem(message.at, message.n, "\r\n", 2);
        CHECK(end != NULL);
        struct str line = str_first(message, (size_t)(end - message.at));
        message = str_from_at(message, line.n + 2);
        for (size_t i = 0; i < line.n; i++)
            CHECK(line.at[i] >= ' ' && line.at[i] <= '~');
        CHECK(line.n <= 998);
        if (line.n == 0)
            break;
        if (line.at[0] == ' ')
            continue;
        CHECK(count < HEADERS_MAX);
        names[count] = str_first(line, str_find(line, ':'));
        CHECK(names[count].n < line.n);
        count++;
    }
    *body = message;
    return count;
}

static void check_body_lines(struct str body)
{
    while (body.n) {
        const char *end = memmem(body.at, body.n, "\r\n", 2);
        CHECK(end != NULL);
        struct str line = str_first(body, (size_t)(end - body.at));
        CHECK(line.n <= 76);
        for (size_t i = 0; i < line.n; i++)
            CHECK((line.at[i] >= ' ' && line.at[i] <= '~') || line.at[i] == '\t');
        body = str_from_at(body, line.n + 2);
    }
}

static void check_whole(const struct message_parts *parts, struct str message)
{
    static const char *const wanted[] = {
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Auto-Submitted",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Content-Language",
    };
    struct str names[HEADERS_MAX] = { { NULL, 0 } }, body = STR("");
    size_t count = read_head(message, names, &body), seen = 0;
    for (size_t i = 0; i < LENGTH_OF(wanted); i++) {
        if (!parts->unsubscribe.n && str_starts(str_from(wanted[i]), STR("List-")))
            continue;
        CHECK(seen < count);
        CHECK_STR(names[seen], wanted[i]);
        seen++;
    }
    CHECK_INT(seen, count);
    check_body_lines(body);
}

TEST(no_text_of_ten_thousand_makes_a_header_a_long_line_or_an_eighth_bit)
{
    char name[256], from[256], to[256], subject[256], body[256], id[256], language[256],
        link[256];
    char *storage = mem_new(MESSAGE_MAX);
    size_t written = 0;
    for (size_t i = 0; i < CASES; i++) {
        struct message_parts parts = usual;
        parts.from_name = make_text(name, sizeof(name));
        parts.subject = make_text(subject, sizeof(subject));
        parts.body = make_text(body, sizeof(body));
        /* Where most texts are refused, most cases are the usual ones. */
        if (random_below(8) == 0)
            parts.from = make_text(from, sizeof(from));
        if (random_below(8) == 0)
            parts.to = make_text(to, sizeof(to));
        if (random_below(8) == 0)
            parts.message_id = make_text(id, sizeof(id));
        if (random_below(8) == 0)
            parts.language = make_text(language, sizeof(language));
        if (random_below(8) == 0)
            parts.unsubscribe = make_text(link, sizeof(link));
        struct buf out = buf_on(storage, MESSAGE_MAX);
        if (message_write(&parts, &out, NULL))
            continue;
        written++;
        check_whole(&parts, buf_str(&out));
    }
    CHECK(written > CASES / 3);
    mem_free(storage);
}
