// SPDX-License-Identifier: GPL-3.0-or-later
#include "rule/word_list.h"

#include <stdatomic.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "dns/name.h"
#include "rule/skeleton.h"

enum {
    SKELETON_SIZE = 8 * LABEL_SIZE /* of one label, whatever its letters */
};

/* A word without its stars. */
enum {
    ALIKE_MIN = 4 /* bytes beside a star */
};

struct bare {
    struct str text;
    bool open_begin, open_end;
};

struct word {
    uint32_t at, n; /* within the list's text */
};

struct word_list {
    atomic_size_t holders;
    struct word *words;
    size_t count, room;
    char text[]; /* as it was read */
};

static struct bare bare_of(struct str word)
{
    struct bare bare = { .text = word };
    bare.open_begin = str_starts(bare.text, STR("*"));
    bare.text = str_from_at(bare.text, bare.open_begin);
    bare.open_end = str_ends(bare.text, STR("*"));
    bare.text.n -= bare.open_end;
    return bare;
}

enum status word_check(struct str word, struct error *err)
{
    struct str text = bare_of(word).text;
    if (text.n == 0 || text.n > LABEL_SIZE)
        return FAIL(err, ERR_SYNTAX,
                    "must be a label, or a part of one with a star before or behind it");
    for (size_t i = 0; i < text.n; i++)
        if (!(text.at[i] >= 'a' && text.at[i] <= 'z') && !char_is_digit(text.at[i]) &&
            text.at[i] != '-')
            return FAIL(err, ERR_SYNTAX,
                        "must be of small letters, digits and hyphens, as names have");
    return OK;
}

static bool has_inside(struct str text, struct str part)
{
    for (; text.n >= part.n; text = str_from_at(text, 1))
        if (str_starts(text, part))
            return true;
    return false;
}

static bool fits(const struct bare *word, struct str part, struct str label)
{
    if (word->open_begin)
        return word->open_end ? has_inside(label, part) : str_ends(label, part);
    return word->open_end ? str_starts(label, part) : str_equal(label, part);
}

static enum word_match match(const struct bare *word, struct str label,
                             struct str skeleton)
{
    if (fits(word, word->text, label))
        return WORD_EXACTLY;
    /* Much looks like two letters and anything: "n5" is no "ns1". */
    if ((word->open_begin || word->open_end) && word->text.n < ALIKE_MIN)
        return WORD_NO;
    char storage[SKELETON_SIZE];
    struct buf folded = BUF_ON(storage);
    skeleton_put(word->text, SKELETON_OF_WORDS, &folded);
    /* Of a word of digits and hyphens little may be left. */
    if (folded.n == 0)
        return WORD_NO;
    return fits(word, buf_str(&folded), skeleton) ? WORD_ALIKE : WORD_NO;
}

enum word_match word_match(struct str word, struct str label)
{
    char storage[SKELETON_SIZE];
    struct buf skeleton = BUF_ON(storage);
    const struct bare bare = bare_of(word);
    skeleton_put(label, SKELETON_OF_WORDS, &skeleton);
    return match(&bare, label, buf_str(&skeleton));
}

/* ----- lists ----- */

static enum status take_line(struct word_list *list, struct str line, size_t number,
                             struct error *err)
{
    struct str word = str_trim(str_first(line, str_find(line, '#')));
    if (word.n == 0)
        return OK;
    enum status status = word_check(word, err);
    if (status) {
        error_prefix(err, "line %zu: '" STR_FMT "'", number,
                     STR_ARG(str_first(word, 80)));
        return status;
    }
    if (list->count == WORD_LIST_MAX)
        return FAIL(err, ERR_LIMIT, "line %zu: more than %d words", number,
                    WORD_LIST_MAX);
    list->words =
        mem_grow(list->words, list->count + 1, &list->room, sizeof(*list->words));
    list->words[list->count++] =
        (struct word){ (uint32_t)(word.at - list->text), (uint32_t)word.n };
    return OK;
}

enum status word_list_read(struct str text, struct word_list **out, struct error *err)
{
    if (text.n > WORD_LIST_BYTES_MAX)
        return FAIL(err, ERR_LIMIT, "more than %d bytes", WORD_LIST_BYTES_MAX);
    CLEANUP(word_list_releasep)
    struct word_list *list = (struct word_list *)mem_new(sizeof(*list) + text.n);
    atomic_init(&list->holders, 1);
    if (text.n)
        memcpy(list->text, text.at, text.n);
    size_t number = 0;
    for (struct str rest = { list->text, text.n }, line; str_next(&rest, '\n', &line);) {
        enum status status = take_line(list, line, ++number, err);
        if (status)
            return status;
    }
    *out = TAKE(list);
    return OK;
}

struct word_list *word_list_hold(struct word_list *list)
{
    if (list)
        atomic_fetch_add_explicit(&list->holders, 1, memory_order_relaxed);
    return list;
}

void word_list_release(struct word_list *list)
{
    if (!list || atomic_fetch_sub_explicit(&list->holders, 1, memory_order_acq_rel) > 1)
        return;
    mem_free(list->words);
    mem_free(list);
}

struct str word_list_find(const struct word_list *list, struct str label,
                          enum word_match *found)
{
    char storage[SKELETON_SIZE];
    struct buf skeleton = BUF_ON(storage);
    *found = WORD_NO;
    skeleton_put(label, SKELETON_OF_WORDS, &skeleton);
    for (size_t i = 0; list && i < list->count; i++) {
        struct str word = { list->text + list->words[i].at, list->words[i].n };
        const struct bare bare = bare_of(word);
        *found = match(&bare, label, buf_str(&skeleton));
        if (*found)
            return word;
    }
    return STR("");
}
