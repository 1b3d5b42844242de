// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads request heads strictly from left to right. A whole line is judged at once. An unfinished
 * line is refused only if no further byte could make it right. So the verdict on a request never
 * depends on how its bytes were cut into packets. */
#include "http/head.h"

#include <string.h>

enum {
    LENGTH_DIGITS = 9
};

/* The reader's position in the head. */
struct scan {
    struct str bytes; /* the input, at most HTTP_HEAD_MAX of it */
    size_t at;
    bool odd; /* something was accepted that is not correct: no keep-alive */
};

/* What the fields so far tell. */
struct facts {
    bool host, close, keep_alive;
};

/* Whether the byte may be in a token (RFC 9110, 5.6.2). */
static bool is_token_byte(char c)
{
    return char_is_alpha(c) || char_is_digit(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!is_token_byte(text.at[i]))
            return false;
    }
    return text.n > 0;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct str trim(struct str text)
{
    while (text.n > 0 && is_blank(text.at[text.n - 1]))
        text.n--;
    while (text.n > 0 && is_blank(text.at[0]))
        text = str_from_at(text, 1);
    return text;
}

/* How many bytes at the front are certainly no control bytes. It checks eight at a time: a byte of
 * `low` or `high` has its top bit set if the byte is below 0x20 or equal to 0x7f. The byte behind
 * such a one may look like one too; that only ends the count early. */
static size_t count_plain(struct str text)
{
    const uint64_t ones = UINT64_MAX / 255;
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= text.n; i += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, text.at + i, sizeof(word));
        uint64_t deletes = word ^ ones * 0x7f;
        uint64_t low = (word - ones * 0x20) & ~word;
        uint64_t high = (deletes - ones) & ~deletes;
        if ((low | high) & ones * 0x80)
            break;
    }
    return i;
}

/* Takes the next line without its end, which is LF or CR LF. HTTP_MORE: the line is not whole, and
 * *line is what there is. 400: it has a control byte, or a CR before its end. */
static int take_line(struct scan *scan, struct str *line)
{
    struct str rest = str_from_at(scan->bytes, scan->at);
    size_t i = count_plain(rest);
    while (i < rest.n && (!is_control(rest.at[i]) || rest.at[i] == '\t'))
        i++;
    *line = str_first(rest, i);
    bool has_cr = i < rest.n && rest.at[i] == '\r';
    size_t end = has_cr ? i + 1 : i;
    if (end >= rest.n)
        return HTTP_MORE;
    if (rest.at[end] != '\n')
        return 400;
    if (!has_cr)
        scan->odd = true;
    scan->at += end + 1;
    return 0;
}

/* Skips empty lines before a request: some clients send one after a body. */
static void skip_empty_lines(struct scan *scan)
{
    struct str bytes = scan->bytes;
    while (scan->at < bytes.n) {
        char c = bytes.at[scan->at];
        if (c == '\r' && scan->at + 1 < bytes.n && bytes.at[scan->at + 1] == '\n') {
            scan->at += 2;
            continue;
        }
        if (c != '\r' && c != '\n')
            return;
        scan->odd = true;
        scan->at++;
    }
}

/* Whether the method in a request line, whole or not, can still be a token. */
static bool method_is_fine(struct str line)
{
    struct str method = str_first(line, str_find(line, ' '));
    return (line.n == 0) || is_token(method);
}

static int read_version(struct str word, struct http_head *out)
{
    if (!str_starts(word, STR("HTTP/")) || word.n != 8 || word.at[6] != '.' ||
        !char_is_digit(word.at[5]) || !char_is_digit(word.at[7]) || word.at[5] == '0')
        return 400;
    out->http_1_0 = word.at[7] == '0';
    return word.at[5] == '1' && (word.at[7] == '0' || word.at[7] == '1') ? 0 : 505;
}

/* Whether the target has neither raw blanks nor 8-bit bytes, which routers send that escape
 * nothing. */
static bool is_plain(struct str target)
{
    for (size_t i = 0; i < target.n; i++) {
        if (target.at[i] == ' ' || (unsigned char)target.at[i] >= 0x80)
            return false;
    }
    return true;
}

/* Reads method, target and version. The method ends at the first blank and the version begins after
 * the last, so that the target may have blanks. */
static int read_request_line(struct scan *scan, struct http_head *out)
{
    struct str line;
    int status = take_line(scan, &line);
    if (!method_is_fine(line))
        return 400;
    if (status)
        return status;
    if (memchr(line.at, '\t', line.n))
        return 400;
    struct str whole = line;
    line = trim(line);
    size_t method_end = str_find(line, ' ');
    size_t version_at = line.n;
    while (version_at > 0 && line.at[version_at - 1] != ' ')
        version_at--;
    if (version_at == 0)
        return 400; /* a single word */
    out->method = str_first(line, method_end);
    status = read_version(str_from_at(line, version_at), out);
    if (status)
        return status;
    out->target = trim(str_from_at(str_first(line, version_at), method_end));
    if (out->target.n == 0)
        return 400;
    if (out->target.n > HTTP_TARGET_MAX)
        return 414;
    size_t mark = str_find(out->target, '?');
    out->path = str_first(out->target, mark);
    out->query = str_from_at(out->target, mark + 1);
    /* With single blanks the line is ten bytes longer: two blanks and the version's eight. */
    if (whole.n != out->method.n + out->target.n + 10 || !is_plain(out->target))
        scan->odd = true;
    return 0;
}

static int read_length(struct str value, struct http_head *out)
{
    if (out->has_length || value.n > LENGTH_DIGITS)
        return 400;
    out->has_length = true;
    return str_to_u64(value, UINT32_MAX, &out->content_length) ? 400 : 0;
}

static int read_expect(struct str value, struct http_head *out)
{
    if (!str_equal_any_case(value, STR("100-continue")))
        return 417;
    out->expect_continue = !out->http_1_0; /* RFC 9110, 10.1.1 */
    return 0;
}

static void read_connection(struct str value, struct facts *facts)
{
    for (struct str word; str_next(&value, ',', &word);) {
        word = trim(word);
        if (str_equal_any_case(word, STR("close")))
            facts->close = true;
        else if (str_equal_any_case(word, STR("keep-alive")))
            facts->keep_alive = true;
    }
}

/* Takes the few fields that matter to this room. */
static int judge_field(const struct http_field *field, struct http_head *out,
                       struct facts *facts)
{
    if (str_equal_any_case(field->name, STR("Content-Length")))
        return read_length(field->value, out);
    if (str_equal_any_case(field->name, STR("Transfer-Encoding")))
        return 411;
    if (str_equal_any_case(field->name, STR("Expect")))
        return read_expect(field->value, out);
    if (str_equal_any_case(field->name, STR("Connection")))
        read_connection(field->value, facts);
    if (!str_equal_any_case(field->name, STR("Host")))
        return 0;
    bool twice = facts->host;
    facts->host = true;
    return twice ? 400 : 0;
}

/* Whether an unfinished line can still become a field: its name is a token right up to the colon.
 * So folded lines are refused, too. */
static bool field_is_fine(struct str line)
{
    size_t colon = str_find(line, ':');
    return line.n == 0 || is_token(str_first(line, colon));
}

static int read_fields(struct scan *scan, struct http_head *out, struct facts *facts)
{
    for (;;) {
        struct str line;
        int status = take_line(scan, &line);
        if (line.n > 0 && out->field_count == HTTP_FIELDS_MAX)
            return 431;
        if (!field_is_fine(line))
            return 400;
        if (status || line.n == 0)
            return status;
        size_t colon = str_find(line, ':');
        if (colon == line.n)
            return 400;
        struct http_field *field = &out->fields[out->field_count++];
        field->name = str_first(line, colon);
        field->value = trim(str_from_at(line, colon + 1));
        status = judge_field(field, out, facts);
        if (status)
            return status;
    }
}

/* Whether the bytes behind this request must not be read as another one: after CONNECT and TRACE,
 * which the caller refuses, and after a body that some readers would not expect. */
static bool has_odd_method(const struct http_head *head)
{
    if (str_equal(head->method, STR("CONNECT")) || str_equal(head->method, STR("TRACE")))
        return true;
    return head->content_length > 0 &&
           (str_equal(head->method, STR("GET")) || str_equal(head->method, STR("HEAD")));
}

int http_head_parse(struct str bytes, struct http_head *out)
{
    struct scan scan = { .bytes = str_first(bytes, HTTP_HEAD_MAX) };
    struct facts facts = { 0 };
    /* All except `fields`, which field_count guards. */
    out->http_1_0 = false;
    out->expect_continue = false;
    out->has_length = false;
    out->content_length = 0;
    out->field_count = 0;

    skip_empty_lines(&scan);
    int status = read_request_line(&scan, out);
    bool full = scan.bytes.n == HTTP_HEAD_MAX;
    if (status == HTTP_MORE && full)
        return 414;
    if (!status)
        status = read_fields(&scan, out, &facts);
    if (status == HTTP_MORE && full)
        return 431;
    if (status)
        return status;
    bool odd = scan.odd || has_odd_method(out) || (!facts.host && !out->http_1_0);
    out->keep_alive = !odd && !facts.close && (!out->http_1_0 || facts.keep_alive);
    out->size = scan.at;
    return 0;
}

struct str http_head_field(const struct http_head *head, const char *name)
{
    struct str wanted = str_from(name);
    for (size_t i = 0; i < head->field_count; i++) {
        if (str_equal_any_case(head->fields[i].name, wanted))
            return head->fields[i].value;
    }
    return (struct str){ 0 };
}
