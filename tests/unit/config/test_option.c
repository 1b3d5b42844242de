// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of options, held against what it describes: struct config, a reload, and the manual
 * page MANUAL, rove.conf(5). */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "config/kind.h"
#include "config/option.h"

enum {
    PAGE_MAX = 1 << 20,
    OPTIONS_MAX = 200,
    DEFAULT_SIZE = 256
};

static bool is_section(const struct config_option *option)
{
    return option->kind->type == CONF_SECTION;
}

static bool is_plain_section(const struct config_option *option)
{
    return is_section(option) && !option->kind->multiple;
}

/* ----- the table itself ----- */

TEST(somebody_has_decided_whether_an_option_reloads)
{
    for (const struct config_option *option = config_options; option->name; option++) {
        if ((option->reload == CONFIG_UNDECIDED) == is_plain_section(option))
            continue;
        print_error("%s: CONFIG_TAKEN or CONFIG_RESTART?\n", option->name);
        CHECK(false);
    }
}

TEST(every_value_has_a_place_unless_its_section_takes_it)
{
    for (const struct config_option *option = config_options; option->name; option++)
        CHECK((option->places[0].size > 0) == (option->kind->take != NULL));
}

static bool overlap(const struct config_place *a, const struct config_place *b)
{
    return a->size && b->size && a->offset < b->offset + b->size &&
           b->offset < a->offset + a->size;
}

TEST(no_two_options_share_a_place)
{
    enum {
        PLACES_MAX = OPTIONS_MAX * CONFIG_PLACES_MAX
    };
    struct config_place places[PLACES_MAX];
    size_t n = 0;
    for (const struct config_option *option = config_options; option->name; option++)
        for (size_t i = 0; i < CONFIG_PLACES_MAX && !option->is_member; i++) {
            CHECK(n < PLACES_MAX);
            places[n++] = option->places[i];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            CHECK(!overlap(&places[i], &places[j]));
}

/* ----- a reload ----- */

/* Every option that is not a member, with another value than its default. */
static const char changed[] =
    "data = \"/d\" run = \"/r\" sandbox = \"off\" hang_after = 1\n"
    "http { listen = { \"192.0.2.1:80\" } proxy_from = { \"192.0.2.2\" }\n"
    "forwarded_from = { \"192.0.2.3\" } challenges = \"/w\" max_connections = 100\n"
    "max_connections_per_source = 7 }\n"
    "https { listen = { \"192.0.2.1:443\" } threads = 3 ciphers = \"c\" }\n"
    "certificate \"c\" { chain = \"/c\" key = \"/k\" }\n"
    "web { origin = \"https://ddns.example.org\" origin_4 = \"https://v4.example.org\"\n"
    "origin_6 = \"https://v6.example.org\" pages = \"/p\" abuse = \"a@b\" read_rate = 1\n"
    "write_rate = 1 sign_up = \"open\" contact = \"c\" new_hosts = 1\n"
    "mails_per_hour = 1 refused_domains = \"/l\" event_keepalive = 1 }\n"
    "mail { server = \"smtp://localhost:25\" from = \"a@b\" user = \"u\"\n"
    "password_file = \"/p\" ca_file = \"/c\" tls = \"off\" hello = \"h\" timeout = 1 }\n"
    "metrics { listen = { \"192.0.2.1:81\" } }\n"
    "dns { listen = { \"192.0.2.1:53\" } static = { \"/s\" } threads = 2 cookies = off\n"
    "cookie_secret_file = \"/c\" nsid = \"n\" whoami = { \"who.example.org\" }\n"
    "amplification = 1 rate = 1 rate_exempt = { } query_log = \"/q\" }\n"
    "update { private_addresses = true max_hosts = 3 changes_per_hour = 1\n"
    "register_zone = \"acme.example.org\" }\n"
    "hosts { reserved = { \"www\" } reserved_file = \"/w\" blocked_file = \"/b\"\n"
    "per_account = 1 per_zone = 1 per_account_in_zone = 1 quarantine_days = 1 }\n"
    "publish { text = \"/t\" hook = { \"/h\" } hook_timeout = 1 }\n"
    "history { keep_days = 1 }\n"
    "life { hosts_after = 90 delete_after = 9 accounts_after = 91 zones_after = 92 }\n"
    "key \"k\" { secret_file = \"/k\" }\n"
    "secondary \"s\" { key = \"k\" }\n"
    "users { front = \"f\" publish = \"p\" answer = \"a\" tls = \"t\"\n"
    "outbound = \"o\" }\n"
    "log { level = \"error\" requests = true }\n";

static bool has_changed(const struct config_option *option, const struct config *before,
                        const struct config *now)
{
    for (size_t i = 0; i < CONFIG_PLACES_MAX; i++) {
        const struct config_place *place = &option->places[i];
        if (memcmp((const char *)before + place->offset,
                   (const char *)now + place->offset, place->size) != 0)
            return true;
    }
    return false;
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    CHECK(file);
    CHECK(fputs(text, file) >= 0);
    CHECK_INT(fclose(file), 0);
}

TEST(a_reload_takes_or_names_each_option_as_the_table_says)
{
    char path[] = "/tmp/rove-conf-XXXXXX";
    CHECK_INT(close(mkstemp(path)), 0);
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err = { "" };
    CHECK_INT(config_load(path, &config, &err), OK);
    CLEANUP(mem_freep) struct config *before = NEW(struct config);
    memcpy(before, config, sizeof(*before));

    char storage[1024], expected[1024];
    struct buf restart = BUF_ON(storage), names = BUF_ON(expected);
    put_file(path, changed);
    CHECK_INT(config_reload(config, false, &restart, &err), OK);
    for (const struct config_option *option = config_options; option->name; option++) {
        if (option->is_member || is_plain_section(option))
            continue;
        bool taken = option->reload == CONFIG_TAKEN;
        if (!taken)
            buf_printf(&names, "%s%s", names.n ? ", " : "", option->name);
        if (has_changed(option, before, config) != taken)
            print_error("%s: is it in the text of this test?\n", option->name);
        CHECK(has_changed(option, before, config) == taken);
    }
    CHECK_TEXT(buf_text(&restart), buf_text(&names));
    CHECK_INT(unlink(path), 0);
}

/* ----- the manual page ----- */

/* An item of the page: .It Cm NAME and the lines after it. */
struct item {
    struct str section, name, text;
};

struct page {
    struct item items[OPTIONS_MAX];
    size_t item_count;
    struct str sections[OPTIONS_MAX];
    size_t section_count;
};

/* Lines before .Ss Options and after the sections have no part in it. */
static void take_line(struct page *page, struct str line, struct str *section,
                      struct str rest)
{
    struct str word;
    if (str_starts(line, STR(".Ss Section")) && page->section_count < OPTIONS_MAX) {
        struct str words = line;
        while (str_next(&words, ' ', &word))
            *section = word; /* the last one: "Section http", "Sections key" */
        page->sections[page->section_count++] = *section;
    } else if (str_starts(line, STR(".It Cm ")) && page->item_count < OPTIONS_MAX) {
        page->items[page->item_count++] = (struct item){
            .section = *section,
            .name = str_from_at(line, sizeof(".It Cm ") - 1),
            .text = rest,
        };
    }
}

/* Each text ends where the next item begins, or the list. */
static void read_page(struct str text, struct page *page)
{
    struct str section = STR("");
    for (struct str line; str_next(&text, '\n', &line);)
        take_line(page, line, &section, text);
    for (size_t i = 0; i < page->item_count; i++) {
        struct str rest = page->items[i].text;
        const char *begin = rest.at;
        for (struct str line; str_next(&rest, '\n', &line);)
            if (str_starts(line, STR(".It ")) || str_starts(line, STR(".El"))) {
                page->items[i].text = str_bytes(begin, (size_t)(line.at - begin));
                break;
            }
    }
}

static const struct item *find_item(const struct page *page,
                                    const struct config_option *option)
{
    for (size_t i = 0; i < page->item_count; i++) {
        char storage[DEFAULT_SIZE];
        struct buf name = BUF_ON(storage);
        const struct item *item = &page->items[i];
        buf_printf(&name, STR_FMT "%s" STR_FMT, STR_ARG(item->section),
                   item->section.n ? "." : "", STR_ARG(item->name));
        if (strcmp(buf_text(&name), option->name) == 0)
            return item;
    }
    return NULL;
}

static size_t find_text(struct str in, const char *what)
{
    const char *at = memmem(in.at, in.n, what, strlen(what));
    return at ? (size_t)(at - in.at) : in.n;
}

static bool is_marked(const struct item *item)
{
    return find_text(item->text, ".Pq Em restart") < item->text.n;
}

static struct str strip(struct str word, const char *of)
{
    while (word.n && strchr(of, word.at[0]))
        word = str_from_at(word, 1);
    while (word.n && strchr(of, word.at[word.n - 1]))
        word.n--;
    return word;
}

/* Appends the words of a list, or the one word of another value, without the marks of the page
 * and of the file. */
static void put_words(struct buf *out, struct str text, bool is_list)
{
    size_t start = out->n;
    for (struct str word, rest = text; str_next(&rest, ' ', &word);) {
        word = strip(word, "{}\",\n");
        word.n -= str_ends(word, STR("."));
        bool is_value =
            word.n > 0 && !str_equal(word, STR("and")) && !str_starts(word, STR("."));
        if (is_value && (is_list || out->n == start))
            buf_printf(out, "%s" STR_FMT, out->n > start ? " " : "", STR_ARG(word));
    }
}

/* What stands after "Default:", on the same line or on the next one after a macro. "" for none. */
static void put_default(struct buf *out, const struct item *item, bool is_list)
{
    static const char mark[] = "Default:";
    struct str text = str_from_at(item->text, find_text(item->text, mark));
    text = str_trim(str_from_at(text, sizeof(mark) - 1));
    if (str_starts(text, STR(".")))
        text = str_from_at(text, str_find(text, ' '));
    put_words(out, str_first(text, str_find(text, '\n')), is_list);
}

static void check_default(const struct config_option *option, const struct item *item)
{
    char wanted_storage[DEFAULT_SIZE], got_storage[DEFAULT_SIZE];
    struct buf wanted = BUF_ON(wanted_storage), got = BUF_ON(got_storage);
    bool is_list = option->kind->type == CONF_LIST;
    put_words(&wanted, str_from(option->fallback), is_list);
    put_default(&got, item, is_list);
    if (!str_equal(buf_str(&wanted), buf_str(&got)))
        print_error("%s: the default\n", option->name);
    CHECK_TEXT(buf_text(&got), buf_text(&wanted));
}

static void check_item(const struct config_option *option, const struct item *item)
{
    if (!item) {
        print_error("%s: not in the page\n", option->name);
        fail();
        return;
    }
    bool waits = option->reload == CONFIG_RESTART;
    if (is_marked(item) != waits)
        print_error("%s: .Pq Em restart or not?\n", option->name);
    CHECK(is_marked(item) == waits);
    /* The words of the one are of rule/host_name.h, and the other follows PREFIX. */
    if (option->kind != &kind_reserved && option->kind != &kind_pages)
        check_default(option, item);
}

TEST(the_manual_page_has_each_option_with_its_default_and_whether_it_reloads)
{
    CLEANUP(mem_freep) char *text = NULL;
    CLEANUP(mem_freep) struct page *page = NEW(struct page);
    struct error err = { "" };
    size_t n = 0, options = 0, sections = 0;
    CHECK_INT(file_read(MANUAL, PAGE_MAX, &text, &n, &err), OK);
    read_page(str_bytes(text, n), page);
    for (const struct config_option *option = config_options; option->name; option++) {
        if (is_section(option)) {
            CHECK_STR(page->sections[sections], option->name);
            sections++;
            continue;
        }
        check_item(option, find_item(page, option));
        options++;
    }
    CHECK_INT((int)page->section_count, (int)sections);
    if (page->item_count != options)
        print_error("the page has an option that the program does not know\n");
    CHECK_INT((int)page->item_count, (int)options);
}
