// SPDX-License-Identifier: GPL-3.0-or-later
/* Reads configuration files with libconfuse: turns our table into its options, and adds strict
 * numbers, keys that may occur only once, and errors that name the key and suggest another.
 *
 * Two features of libconfuse would surprise and are shut off. It would replace ${NAME} from the
 * environment, so a file that has "${" anywhere is refused. And it offers include(), which is an
 * unknown option here, as our tables have none of that name. */
#include "base/conf.h"

#include <assert.h>
#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

enum {
    FILE_MAX = 1 << 20,
    NESTING_MAX = 4,
    SUGGESTED_MAX = 40,
    /* Our own flags of an option; libconfuse uses the lowest 14 bits. */
    GIVEN = 1 << 24,
    DEFAULTED = 1 << 25,
};

/* At the end of the text libconfuse ends whatever is open, be it a section or a comment, and the
 * next text that it reads begins inside that comment. So we add a key at the end that no file may
 * have. It has to be found unknown, and outside of all sections. */
#define END_MARK "\x04"

/* The parse under way: libconfuse passes no context to its callbacks. */
static _Thread_local struct parse {
    const char *name; /* of the file, for errors */
    const struct conf_option *options;
    struct error *err;
    bool failed;
    bool ended; /* END_MARK was read, and in its right place */
} * current;

/* A `struct conf` is libconfuse's section under another name. libconfuse wants pointers that are
 * not const even where it only reads. */
static cfg_t *theirs(const struct conf *conf)
{
    union {
        const struct conf *ours;
        cfg_t *theirs;
    } pointer = { .ours = conf };
    return pointer.theirs;
}

/* Keeps the first error: later ones only follow from it. */
static void fail(const cfg_t *cfg, const struct error *why)
{
    if (!current->failed)
        error_set(current->err, "%s:%d: %s", current->name, cfg->line, why->text);
    current->failed = true;
}

/* The options of the section `name`; section names are unique in the whole table. */
static const struct conf_option *find_table(const struct conf_option *options,
                                            const char *name)
{
    for (; options->key; options++) {
        if (options->type != CONF_SECTION)
            continue;
        if (strcmp(options->key, name) == 0)
            return options->options;
        const struct conf_option *found = find_table(options->options, name);
        if (found)
            return found;
    }
    return NULL;
}

static const struct conf_option *table_of(const cfg_t *cfg)
{
    if (strcmp(cfg->name, "root") == 0)
        return current->options;
    return find_table(current->options, cfg->name);
}

/* Our table's row for `opt`; libconfuse keeps the options in our order. NULL: the option is of
 * another section, as libconfuse takes "section|key" for a key. */
static const struct conf_option *option_of(cfg_t *cfg, const cfg_opt_t *opt)
{
    const struct conf_option *table = table_of(cfg);
    for (unsigned int i = 0; i < cfg_num(cfg); i++)
        if (cfg_getnopt(cfg, i) == opt)
            return &table[i];
    return NULL;
}

static const char *suggest_key(const struct conf_option *options, struct str word)
{
    const char *keys[SUGGESTED_MAX];
    size_t count = 0;
    for (; options->key && count < SUGGESTED_MAX; options++)
        keys[count++] = options->key;
    return conf_suggest(word, keys, count);
}

static void fail_unknown(const cfg_t *cfg, struct str key)
{
    struct error why;
    const char *likely = suggest_key(table_of(cfg), key);
    error_set(&why, "unknown option '" STR_FMT "'%s%s%s", STR_ARG(key),
              likely ? ", did you mean '" : "", likely ? likely : "", likely ? "'?" : "");
    fail(cfg, &why);
}

/* Takes libconfuse's own errors. An unknown option is either END_MARK or gets our error, with a
 * suggestion. */
static void on_error(cfg_t *cfg, const char *fmt, va_list arguments) PRINTF_LIKE(2, 0);
static void on_error(cfg_t *cfg, const char *fmt, va_list arguments)
{
    struct error said;
    if (vsnprintf(said.text, sizeof(said.text), fmt, arguments) < 0)
        said.text[0] = '\0';

    static const char unknown[] = "no such option '";
    struct str text = str_from(said.text);
    if (!str_starts(text, STR(unknown)) || !str_ends(text, STR("'"))) {
        fail(cfg, &said);
        return;
    }
    struct str key = str_from_at(str_first(text, text.n - 1), sizeof(unknown) - 1);
    if (!str_equal(key, STR(END_MARK))) {
        fail_unknown(cfg, key);
    } else if (strcmp(cfg->name, "root") == 0) {
        current->ended = true;
    } else {
        error_set(&said, "section '%s' has no end", cfg->name);
        fail(cfg, &said);
    }
}

/* Sets the error "key: why" and returns -1. */
static int refuse(const cfg_t *cfg, const char *key, struct error *why)
{
    error_prefix(why, "%s", key);
    fail(cfg, why);
    return -1;
}

/* Our row for an option that gets a value from the file. NULL: there was an error. An option may be
 * given once, but a list may get further values. */
static const struct conf_option *begin_value(cfg_t *cfg, cfg_opt_t *opt)
{
    struct error why;
    const struct conf_option *option = option_of(cfg, opt);
    bool added = (opt->flags & CFGF_LIST) && opt->nvalues > 1;
    if (option && (added || !(opt->flags & GIVEN))) {
        opt->flags |= added ? 0 : GIVEN;
        return option;
    }
    error_set(&why, option ? "given twice" : "stands in the wrong section");
    (void)refuse(cfg, opt->name, &why);
    return NULL;
}

/* Reads a decimal number, which may have a minus. */
static enum status parse_number(struct str text, int64_t *out)
{
    bool negative = str_starts(text, STR("-"));
    uint64_t value = 0;
    enum status status = str_to_u64(str_from_at(text, negative), INT64_MAX, &value);
    if (!status)
        *out = negative ? -(int64_t)value : (int64_t)value;
    return status;
}

static int on_number(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    const struct conf_option *option = begin_value(cfg, opt);
    if (!option)
        return -1;
    int64_t number = 0;
    struct error why;
    enum status status = parse_number(str_from(value), &number);
    if (status == ERR_SYNTAX) {
        error_set(&why, "'%s' is not a decimal number", value);
        return refuse(cfg, opt->name, &why);
    }
    if (status || number < option->min || number > option->max) {
        error_set(&why, "%s is not in %lld..%lld", value, (long long)option->min,
                  (long long)option->max);
        return refuse(cfg, opt->name, &why);
    }
    *(long *)result = number;
    return 0;
}

static int on_bool(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    if (!begin_value(cfg, opt))
        return -1;
    int truth = cfg_parse_boolean(value);
    if (truth < 0) {
        struct error why;
        error_set(&why, "'%s' is neither true nor false", value);
        return refuse(cfg, opt->name, &why);
    }
    *(int *)result = truth;
    return 0;
}

/* Takes a text or an item of a list. The default of a list comes here too, once and before any
 * other value. */
static int on_text(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    *(const char **)result = value;
    bool has_default = (opt->flags & CFGF_LIST) && opt->def.parsed;
    if (has_default && opt->nvalues <= 1 && !(opt->flags & DEFAULTED)) {
        opt->flags |= DEFAULTED;
        return 0;
    }
    if (!current)
        return 0;
    const struct conf_option *option = begin_value(cfg, opt);
    if (!option)
        return -1;
    struct error why = { .text = "bad value" };
    if (option->check && option->check(str_from(value), &why))
        return refuse(cfg, opt->name, &why);
    return 0;
}

/* Called at the end of a section. A second section of a kind that may occur only once is refused:
 * libconfuse would mix it into the first. */
static int on_section(cfg_t *cfg, cfg_opt_t *opt)
{
    if (opt->flags & CFGF_MULTI)
        opt->flags &= ~GIVEN;
    return begin_value(cfg, opt) ? 0 : -1;
}

static void free_options(cfg_opt_t *options)
{
    for (cfg_opt_t *option = options; option->name; option++) {
        if (option->subopts)
            free_options(option->subopts);
        mem_free(option->def.parsed);
    }
    mem_free(options);
}

static cfg_opt_t *make_options(const struct conf_option *options, size_t depth);

static cfg_opt_t make_option(const struct conf_option *option, size_t depth)
{
    const char *fallback = option->fallback;
    cfg_bool_t truth =
        fallback && cfg_parse_boolean(fallback) == 1 ? cfg_true : cfg_false;
    cfg_opt_t section;
    int64_t number = 0;
    enum status status = OK;
    switch (option->type) {
    case CONF_TEXT:
        return (cfg_opt_t)CFG_STR_CB(option->key, fallback ? fallback : "", CFGF_NONE,
                                     on_text);
    case CONF_NUMBER:
        if (fallback)
            status = parse_number(str_from(fallback), &number);
        assert(!status);
        return (cfg_opt_t)CFG_INT_CB(option->key, number, CFGF_NONE, on_number);
    case CONF_BOOL:
        return (cfg_opt_t)CFG_BOOL_CB(option->key, truth, CFGF_NONE, on_bool);
    case CONF_LIST:
        if (fallback && strcmp(fallback, "{}") == 0)
            fallback = NULL;
        return (cfg_opt_t)CFG_STR_LIST_CB(option->key, mem_copy_text(fallback), CFGF_NONE,
                                          on_text);
    case CONF_SECTION:
        section = (cfg_opt_t)CFG_SEC(
            option->key, make_options(option->options, depth + 1),
            option->multiple ? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NONE);
        section.validcb = on_section;
        return section;
    }
    return (cfg_opt_t)CFG_END();
}

static cfg_opt_t *make_options(const struct conf_option *options, size_t depth)
{
    assert(depth < NESTING_MAX);
    size_t count = 0;
    while (options[count].key)
        count++;
    /* The last one ends the array. */
    cfg_opt_t *made = mem_new_array(count + 1, sizeof(*made));
    for (size_t i = 0; i < count; i++)
        made[i] = make_option(&options[i], depth);
    return made;
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' && c != '\t' && c != '\r' && c != '\n';
}

/* Refuses what libconfuse would read in a way of its own. */
static enum status refuse_surprises(const char *name, struct str text, struct error *err)
{
    size_t line = 1;
    for (size_t i = 0; i < text.n; i++) {
        if (is_control(text.at[i]))
            return FAIL(err, ERR_SYNTAX, "%s:%zu: a control byte", name, line);
        if (str_starts(str_from_at(text, i), STR("${")))
            return FAIL(err, ERR_SYNTAX, "%s:%zu: '${': the environment is not read",
                        name, line);
        line += text.at[i] == '\n';
    }
    return OK;
}

static char *copy_with_end(struct str text)
{
    static const char end[] = "\n" END_MARK "\n";
    size_t n = text.n + sizeof(end);
    char *copy = mem_new(n);
    struct buf out = buf_on(copy, n);
    buf_put(&out, text);
    buf_put_text(&out, end);
    return copy;
}

enum status conf_parse(const char *name, struct str text,
                       const struct conf_option *options, struct conf **out,
                       struct error *err)
{
    if (text.n > FILE_MAX)
        return FAIL(err, ERR_SYNTAX, "%s:1: more than %d bytes", name, FILE_MAX);
    enum status status = refuse_surprises(name, text, err);
    if (status)
        return status;

    cfg_opt_t *table = make_options(options, 0);
    cfg_t *cfg = cfg_init(table, CFGF_NONE);
    free_options(table); /* libconfuse has copied them */
    assert(cfg);
    CLEANUP(conf_freep) struct conf *conf = (struct conf *)cfg;
    CLEANUP(mem_freep) char *copy = copy_with_end(text);

    struct parse parse = { .name = name, .options = options, .err = err };
    (void)cfg_set_error_function(cfg, on_error);
    current = &parse;
    int failed = cfg_parse_buf(cfg, copy);
    struct error why = { .text = "the end is missing" };
    if (!failed || !parse.ended)
        fail(cfg, &why); /* if there is an error already, that one stays */
    current = NULL;
    if (parse.failed)
        return ERR_SYNTAX;
    *out = TAKE(conf);
    return OK;
}

enum status conf_load(const char *path, const struct conf_option *options,
                      struct conf **out, struct error *err)
{
    CLEANUP(mem_freep) char *text = NULL;
    size_t n = 0;
    if (file_read(path, FILE_MAX, &text, &n, err))
        return ERR_IO;
    return conf_parse(path, str_bytes(text, n), options, out, err);
}

void conf_free(struct conf *conf)
{
    if (conf)
        (void)cfg_free(theirs(conf));
}

static cfg_opt_t *find_option(cfg_t *cfg, struct str key)
{
    for (unsigned int i = 0; i < cfg_num(cfg); i++) {
        cfg_opt_t *option = cfg_getnopt(cfg, i);
        if (str_equal(str_from(option->name), key))
            return option;
    }
    return NULL;
}

/* The section that the part of `path` before its last dot names, and the key after that dot. */
static cfg_t *enter_section(cfg_t *cfg, const char *path, struct str *key)
{
    struct str rest = str_from(path);
    while (str_next(&rest, '.', key) && rest.n) {
        cfg_opt_t *option = find_option(cfg, *key);
        assert(option && option->type == CFGT_SEC && !(option->flags & CFGF_MULTI));
        cfg = cfg_opt_getnsec(option, 0);
    }
    return cfg;
}

/* The option `path`, which must exist and have the type. */
static cfg_opt_t *get_option(const struct conf *conf, const char *path, cfg_type_t type,
                             cfg_flag_t list)
{
    struct str key = { 0 };
    cfg_t *cfg = enter_section(theirs(conf), path, &key);
    cfg_opt_t *option = find_option(cfg, key);
    assert(option && option->type == type && (option->flags & CFGF_LIST) == list);
    return option;
}

const char *conf_text(const struct conf *conf, const char *path)
{
    return cfg_opt_getnstr(get_option(conf, path, CFGT_STR, 0), 0);
}

int64_t conf_number(const struct conf *conf, const char *path)
{
    return cfg_opt_getnint(get_option(conf, path, CFGT_INT, 0), 0);
}

bool conf_bool(const struct conf *conf, const char *path)
{
    return cfg_opt_getnbool(get_option(conf, path, CFGT_BOOL, 0), 0) == cfg_true;
}

size_t conf_list_count(const struct conf *conf, const char *path)
{
    return cfg_opt_size(get_option(conf, path, CFGT_STR, CFGF_LIST));
}

bool conf_list_is_emptied(const struct conf *conf, const char *path)
{
    const cfg_opt_t *option = get_option(conf, path, CFGT_STR, CFGF_LIST);
    return (option->flags & CFGF_MODIFIED) && option->nvalues == 0;
}

const char *conf_list_item(const struct conf *conf, const char *path, size_t index)
{
    cfg_opt_t *option = get_option(conf, path, CFGT_STR, CFGF_LIST);
    assert(index < cfg_opt_size(option));
    return cfg_opt_getnstr(option, (unsigned int)index);
}

size_t conf_section_count(const struct conf *conf, const char *path)
{
    return cfg_opt_size(get_option(conf, path, CFGT_SEC, 0));
}

const struct conf *conf_section(const struct conf *conf, const char *path, size_t index)
{
    cfg_opt_t *option = get_option(conf, path, CFGT_SEC, 0);
    assert(index < cfg_opt_size(option));
    return (const struct conf *)cfg_opt_getnsec(option, (unsigned int)index);
}

int conf_line(const struct conf *section)
{
    return theirs(section)->line;
}

const char *conf_title(const struct conf *section)
{
    const char *title = cfg_title(theirs(section));
    return title ? title : "";
}

/* Levenshtein's distance, computed row by row in one array. Words that are too long for it are all
 * equally far away. */
static size_t edit_distance(struct str a, struct str b)
{
    enum {
        LONGEST = 64
    };
    if (a.n > LONGEST || b.n > LONGEST)
        return LONGEST;
    size_t row[LONGEST + 1];
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t replaced = diagonal + (a.at[i - 1] != b.at[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = replaced < shorter ? replaced : shorter;
        }
    }
    return row[b.n];
}

const char *conf_suggest(struct str word, const char *const *candidates, size_t count)
{
    size_t allowed = word.n / 3 > 2 ? word.n / 3 : 2;
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, str_from(candidates[i]));
        if (distance <= allowed && distance < word.n) {
            best = candidates[i];
            allowed = distance ? distance - 1 : 0;
        }
    }
    return best;
}
