// SPDX-License-Identifier: GPL-3.0-or-later
#include "mail/message.h"

#include <string.h>
#include <time.h>

#include "base/mailbox.h"

enum {
    LINE_MAX = 76,          /* of a body in quoted-printable, RFC 2045, 6.7 (5) */
    WORD_MAX = 66,          /* of an encoded word: a line with one has 76, RFC 2047, 2 */
    PLAIN_SUBJECT_MAX = 66, /* with "Subject: " still a short line */
    CHARACTER_MAX = 12,     /* four bytes, each as three */
};

static const char word_start[] = "=?utf-8?Q?", word_end[] = "?=";

static void put_octet(struct buf *out, unsigned char byte)
{
    buf_printf(out, "=%02X", (unsigned)byte);
}

/* ----- headers ----- */

/* The next character of a text, which moves on. What is no UTF-8, and a control character, is
 * '?'. */
static struct str next_character(struct str *rest)
{
    size_t n = str_utf8_first(*rest);
    struct str one = str_first(*rest, n ? n : 1);
    *rest = str_from_at(*rest, one.n);
    bool is_control = one.n == 1 && ((unsigned char)one.at[0] < ' ' || one.at[0] == 0x7f);
    return n == 0 || is_control ? STR("?") : one;
}

/* What may stand for itself in an encoded word, also in a phrase (RFC 2047, 5 (3)). */
static bool is_safe(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || (c && strchr("!*+-/", c));
}

static struct str encode_character(struct str one, char storage[CHARACTER_MAX + 1])
{
    struct buf out = buf_on(storage, CHARACTER_MAX + 1);
    for (size_t i = 0; i < one.n; i++) {
        if (one.at[i] == ' ')
            buf_put_text(&out, "_");
        else if (is_safe(one.at[i]))
            buf_put(&out, str_bytes(&one.at[i], 1));
        else
            put_octet(&out, (unsigned char)one.at[i]);
    }
    return buf_str(&out);
}

/* As encoded words, each on a line of its own; none cuts a character. */
static void put_words(struct buf *out, struct str text)
{
    size_t used = 0; /* of the word that is open; 0: none is */
    while (text.n) {
        char storage[CHARACTER_MAX + 1];
        struct str one = encode_character(next_character(&text), storage);
        if (used && used + one.n + sizeof(word_end) - 1 > WORD_MAX) {
            buf_printf(out, "%s\r\n ", word_end);
            used = 0;
        }
        if (used == 0) {
            buf_put_text(out, word_start);
            used = sizeof(word_start) - 1;
        }
        buf_put(out, one);
        used += one.n;
    }
    buf_put_text(out, word_end);
}

/* Whether the text can stand as it is. "=?" would begin an encoded word. */
static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.at[i] < ' ' || (unsigned char)text.at[i] > '~' ||
            (text.at[i] == '=' && i + 1 < text.n && text.at[i + 1] == '?'))
            return false;
    return text.n > 0 && text.n <= PLAIN_SUBJECT_MAX && text.at[0] != ' ' &&
           text.at[text.n - 1] != ' ';
}

static void put_subject(struct buf *out, struct str subject)
{
    buf_put_text(out, "Subject: ");
    if (is_plain(subject))
        buf_put(out, subject);
    else if (subject.n)
        put_words(out, subject);
    buf_put_text(out, "\r\n");
}

static bool is_phrase(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!is_safe(name.at[i]) && name.at[i] != ' ')
            return false;
    return is_plain(name);
}

static void put_from(struct buf *out, const struct message_parts *parts)
{
    buf_put_text(out, "From: ");
    if (is_phrase(parts->from_name))
        buf_put(out, parts->from_name);
    else if (parts->from_name.n)
        put_words(out, parts->from_name);
    /* A line of its own when the name may have filled one. */
    buf_put_text(out, parts->from_name.n ? "\r\n " : "");
    buf_printf(out, "<" STR_FMT ">\r\n", STR_ARG(parts->from));
}

/* RFC 5322, 3.3; not in the words of some locale. */
static void put_date(struct buf *out, int64_t date_s)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)date_s;
    struct tm at;
    memset(&at, 0, sizeof(at));
    (void)gmtime_r(&seconds, &at);
    buf_printf(out, "Date: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", days[at.tm_wday],
               at.tm_mday, months[at.tm_mon], at.tm_year + 1900, at.tm_hour, at.tm_min,
               at.tm_sec);
}

static void put_head(struct buf *out, const struct message_parts *parts)
{
    put_date(out, parts->date_s);
    put_from(out, parts);
    buf_printf(out, "To: <" STR_FMT ">\r\n", STR_ARG(parts->to));
    put_subject(out, parts->subject);
    buf_printf(out, "Message-ID: <" STR_FMT ">\r\n", STR_ARG(parts->message_id));
    buf_put_text(out, "Auto-Submitted: auto-generated\r\n"); /* RFC 3834 */
    if (parts->unsubscribe.n)
        buf_printf(out,
                   "List-Unsubscribe: <" STR_FMT ">\r\n"
                   "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
                   STR_ARG(parts->unsubscribe));
    buf_printf(out,
               "MIME-Version: 1.0\r\n"
               "Content-Type: text/plain; charset=utf-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\n"
               "Content-Language: " STR_FMT "\r\n\r\n",
               STR_ARG(parts->language));
}

/* ----- the body ----- */

/* One character of a line; `last` is the line's last one. Blanks there would get lost. */
static struct str encode_octet(unsigned char byte, bool last, char storage[4])
{
    struct buf out = buf_on(storage, 4);
    if ((byte > ' ' && byte <= '~' && byte != '=') ||
        ((byte == ' ' || byte == '\t') && !last))
        buf_put_u8(&out, byte);
    else
        put_octet(&out, byte);
    return buf_str(&out);
}

static void put_line(struct buf *out, struct str line)
{
    size_t column = 0;
    for (size_t i = 0; i < line.n; i++) {
        char storage[4];
        bool last = i + 1 == line.n;
        struct str one = encode_octet((unsigned char)line.at[i], last, storage);
        if (column + one.n + !last > LINE_MAX) {
            buf_put_text(out, "=\r\n");
            column = 0;
        }
        buf_put(out, one);
        column += one.n;
    }
    buf_put_text(out, "\r\n");
}

static void put_body(struct buf *out, struct str body)
{
    for (struct str line; str_next(&body, '\n', &line);)
        put_line(out, line);
}

/* ----- the whole ----- */

/* Text within angle brackets: no blanks, no brackets. */
static bool is_bracketable(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.at[i] <= ' ' || text.at[i] > '~' || text.at[i] == '<' ||
            text.at[i] == '>')
            return false;
    return text.n > 0 && text.n <= MESSAGE_SUBJECT_MAX;
}

static bool is_language(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!char_is_alpha(text.at[i]) && text.at[i] != '-')
            return false;
    return text.n > 0 && text.n < 16;
}

static enum status check(const struct message_parts *parts, struct error *err)
{
    if (!mailbox_is_plain(parts->from) || !mailbox_is_plain(parts->to))
        return FAIL(err, ERR_SYNTAX, "'" STR_FMT "' is no plain address",
                    STR_ARG(mailbox_is_plain(parts->from) ? parts->to : parts->from));
    if (!is_bracketable(parts->message_id))
        return FAIL(err, ERR_SYNTAX, "the message has no good id");
    if (parts->unsubscribe.n && !is_bracketable(parts->unsubscribe))
        return FAIL(err, ERR_SYNTAX, "the link to unsubscribe is none");
    if (!is_language(parts->language))
        return FAIL(err, ERR_SYNTAX, "the language is none");
    if (parts->subject.n > MESSAGE_SUBJECT_MAX || parts->body.n > MESSAGE_BODY_MAX ||
        parts->from_name.n > MESSAGE_SUBJECT_MAX)
        return FAIL(err, ERR_LIMIT, "the message is too long");
    return OK;
}

enum status message_write(const struct message_parts *parts, struct buf *out,
                          struct error *err)
{
    enum status status = check(parts, err);
    if (status)
        return status;
    put_head(out, parts);
    put_body(out, parts->body);
    return out->full ? FAIL(err, ERR_LIMIT, "the message is too long") : OK;
}
