// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/skeleton.h"

#include "base/digest.h"
#include "base/reader.h"
#include "dns/punycode.h"

/* What letters that are no ASCII look like: Latin ones with marks, Greek, Cyrillic and Armenian ones.
 * By code. */
static const struct {
    uint32_t code;
    char like;
} others[] = {
    { 0x00df, 'b' }, { 0x00e0, 'a' }, { 0x00e1, 'a' }, { 0x00e2, 'a' }, { 0x00e3, 'a' },
    { 0x00e4, 'a' }, { 0x00e5, 'a' }, { 0x00e7, 'c' }, { 0x00e8, 'e' }, { 0x00e9, 'e' },
    { 0x00ea, 'e' }, { 0x00eb, 'e' }, { 0x00ec, 'i' }, { 0x00ed, 'i' }, { 0x00ee, 'i' },
    { 0x00ef, 'i' }, { 0x00f1, 'n' }, { 0x00f2, 'o' }, { 0x00f3, 'o' }, { 0x00f4, 'o' },
    { 0x00f5, 'o' }, { 0x00f6, 'o' }, { 0x00f8, 'o' }, { 0x00f9, 'u' }, { 0x00fa, 'u' },
    { 0x00fb, 'u' }, { 0x00fc, 'u' }, { 0x00fd, 'y' }, { 0x00ff, 'y' }, { 0x0101, 'a' },
    { 0x0103, 'a' }, { 0x0105, 'a' }, { 0x0107, 'c' }, { 0x010d, 'c' }, { 0x010f, 'd' },
    { 0x0111, 'd' }, { 0x0113, 'e' }, { 0x0119, 'e' }, { 0x011b, 'e' }, { 0x011f, 'g' },
    { 0x012b, 'i' }, { 0x0131, 'i' }, { 0x0142, 'l' }, { 0x0144, 'n' }, { 0x0148, 'n' },
    { 0x014d, 'o' }, { 0x0151, 'o' }, { 0x0159, 'r' }, { 0x015b, 's' }, { 0x015f, 's' },
    { 0x0161, 's' }, { 0x0163, 't' }, { 0x0165, 't' }, { 0x016b, 'u' }, { 0x016f, 'u' },
    { 0x0171, 'u' }, { 0x017a, 'z' }, { 0x017c, 'z' }, { 0x017e, 'z' }, { 0x0251, 'a' },
    { 0x0261, 'g' }, { 0x03b1, 'a' }, { 0x03b3, 'y' }, { 0x03b5, 'e' }, { 0x03b9, 'i' },
    { 0x03ba, 'k' }, { 0x03bd, 'v' }, { 0x03bf, 'o' }, { 0x03c1, 'p' }, { 0x03c3, 'o' },
    { 0x03c4, 't' }, { 0x03c5, 'u' }, { 0x03c7, 'x' }, { 0x03c9, 'w' }, { 0x03f2, 'c' },
    { 0x03f3, 'j' }, { 0x0430, 'a' }, { 0x0432, 'b' }, { 0x0433, 'r' }, { 0x0435, 'e' },
    { 0x0437, 'e' }, { 0x043a, 'k' }, { 0x043c, 'm' }, { 0x043d, 'h' }, { 0x043e, 'o' },
    { 0x043f, 'n' }, { 0x0440, 'p' }, { 0x0441, 'c' }, { 0x0442, 't' }, { 0x0443, 'y' },
    { 0x0445, 'x' }, { 0x0448, 'w' }, { 0x044c, 'b' }, { 0x0455, 's' }, { 0x0456, 'i' },
    { 0x0457, 'i' }, { 0x0458, 'j' }, { 0x0461, 'w' }, { 0x0475, 'v' }, { 0x04bb, 'h' },
    { 0x04cf, 'l' }, { 0x0501, 'd' }, { 0x051b, 'q' }, { 0x051d, 'w' }, { 0x0570, 'h' },
    { 0x0578, 'n' }, { 0x057d, 'u' }, { 0x0581, 'g' }, { 0x0584, 'p' }, { 0x0585, 'o' }
};

/* 0: it looks like no letter of ASCII. */
static char ascii_of(uint32_t code)
{
    size_t low = 0, high = LENGTH_OF(others);
    if (code < 0x80)
        return (char)code;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (others[middle].code == code)
            return others[middle].like;
        if (others[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static char fold(char c, enum skeleton_depth depth)
{
    static const char seen[] = "olz34s6789", read[] = "olzeas6tbg";
    if (c == 'i')
        return 'l';
    if (!char_is_digit(c))
        return c;
    return depth == SKELETON_OF_WORDS ? read[c - '0'] : seen[c - '0'];
}

/* Appends a letter; two that look like one become it. What stands before `begin` is another
 * label's. */
static void put(struct buf *out, size_t begin, char c)
{
    char before = out->n > begin ? (char)out->at[out->n - 1] : '\0';
    if ((before == 'r' && c == 'n') || (before == 'v' && c == 'v')) {
        out->n--;
        c = c == 'n' ? 'm' : 'w';
    }
    buf_put_u8(out, (uint8_t)c);
}

/* A letter that looks like none of ASCII stays what it is. */
static void put_code(struct buf *out, size_t begin, uint32_t code,
                     enum skeleton_depth depth)
{
    char like = ascii_of(code);
    if (like == '-')
        return;
    if (like)
        put(out, begin, fold(like, depth));
    else
        buf_printf(out, "\x01%x", (unsigned)code);
}

void skeleton_put(struct str label, enum skeleton_depth depth, struct buf *out)
{
    uint32_t codes[PUNYCODE_LETTERS_MAX];
    size_t count = 0, begin = out->n;
    if (punycode_decode(label, codes, &count)) {
        for (size_t i = 0; i < count; i++)
            put_code(out, begin, codes[i], depth);
        return;
    }
    for (size_t i = 0; i < label.n; i++)
        if (label.at[i] != '-')
            put(out, begin, fold(label.at[i], depth));
}

enum {
    /* A label of 63 bytes has at most some 59 letters, of which each is written with 7 bytes. */
    SKELETON_SIZE = 7 * NAME_SIZE
};

static struct str skeleton_of(const struct name *name, struct buf *out)
{
    struct name at = *name;
    for (; !name_is_root(&at); name_parent(&at, &at)) {
        skeleton_put(name_first_label(&at), SKELETON_OF_HOSTS, out);
        buf_put_text(out, ".");
    }
    return buf_str(out);
}

bool skeleton_is_alike(const struct name *a, const struct name *b)
{
    char storage[2][SKELETON_SIZE];
    struct buf one = BUF_ON(storage[0]), other = BUF_ON(storage[1]);
    return !name_equal(a, b) && str_equal(skeleton_of(a, &one), skeleton_of(b, &other));
}

int64_t skeleton_number(const struct name *name)
{
    char storage[SKELETON_SIZE];
    struct buf skeleton = BUF_ON(storage);
    const struct digest digest = digest_plain(skeleton_of(name, &skeleton));
    int64_t number = (int64_t)(read_u64(digest.bytes) & INT64_MAX);
    return number ? number : 1;
}
