// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

#define SECRET "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

#define MAIL \
    "web { origin = \"https://a\" } mail { server = \"smtp://m.example:587\" from = \"a@b\" "

static enum status load(const char *text, struct config **out, struct error *err)
{
    char path[] = "/tmp/rove-conf-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_INT((int)write(fd, text, strlen(text)), (int)strlen(text));
    CHECK_INT(close(fd), 0);
    enum status status = config_load(path, out, err);
    CHECK_INT(unlink(path), 0);
    return status;
}

TEST(an_empty_file_gives_the_defaults)
{
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err;
    CHECK_INT(load("", &config, &err), OK);
    CHECK_TEXT(config->database, "/var/lib/rove/rove.db");
    CHECK_TEXT(config->key_file, "/var/lib/rove/rove.key");
    CHECK_TEXT(config->image, "/var/lib/rove/dns");
    CHECK_TEXT(config->front_socket, "/run/rove/front/socket");
    CHECK_INT((int)config->http_count, 0);
    CHECK_INT((int)config->dns_count, 0);
    CHECK_INT((int)config->hosts_max, 20);
    CHECK(!config->private_addresses);
    CHECK_INT(config->log_level, LOG_INFO);
}

TEST(every_option_is_taken)
{
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err;
    CHECK_INT(load("data = \"/d\"\nrun = \"/r\"\n"
                   "http { listen = { \"192.0.2.1:80\", \"[2001:db8::1]:8245\" }\n"
                   "max_connections = 100 max_connections_per_source = 7 }\n"
                   "dns { listen = { \"192.0.2.1:53\" } static = { \"/s\", \"/t\" } }\n"
                   "update { private_addresses = true max_hosts = 3 }\n"
                   "log { level = \"debug\" }\n",
                   &config, &err),
              OK);
    CHECK_TEXT(config->database, "/d/rove.db");
    CHECK_TEXT(config->front_socket, "/r/front/socket");
    CHECK_INT((int)config->http_count, 2);
    CHECK_INT(config->http[1].port, 8245);
    CHECK_INT(config->http[1].ip.family, IP_V6);
    CHECK_INT((int)config->connections_max, 100);
    CHECK_INT((int)config->connections_per_source, 7);
    CHECK_INT((int)config->dns_count, 1);
    CHECK_INT((int)config->static_count, 2);
    CHECK_TEXT(config->static_paths[1], "/t");
    CHECK(config->private_addresses);
    CHECK_INT((int)config->hosts_max, 3);
    CHECK_INT(config->log_level, LOG_DEBUG);
}

TEST(what_is_said_of_dns_answers_is_taken)
{
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err;
    CHECK_INT(load("", &config, &err), OK);
    CHECK(config->dns_cookies && !config->dns_cookie_file[0] && !config->dns_nsid[0]);
    CHECK_INT((int)config->dns_amplify, 4);
    CHECK_INT((int)config->dns_rate, 200);
    CHECK_INT((int)config->dns_exempt_count, 2);
    CHECK_INT((int)config->dns_whoami_count, 0);
    config_free(TAKE(config));
    CHECK_INT(
        load(
            "dns { cookies = off nsid = \"ams1\" amplification = 0 rate = 1000\n"
            "rate_exempt = { \"192.0.2.0/24\" } query_log = \"/q\" cookie_secret_file = \"/c\"\n"
            "whoami = { \"whoami.example.org\", \"ip.example\" } }",
            &config, &err),
        OK);
    CHECK(!config->dns_cookies);
    CHECK_TEXT(config->dns_nsid, "ams1");
    CHECK_TEXT(config->dns_query_log, "/q");
    CHECK_TEXT(config->dns_cookie_file, "/c");
    CHECK_INT((int)config->dns_amplify, 0);
    CHECK_INT((int)config->dns_rate, 1000);
    CHECK_INT((int)config->dns_exempt_count, 1);
    CHECK_INT(config->dns_exempt[0].length, 24);
    CHECK_INT((int)config->dns_whoami_count, 2);
    CHECK_TEXT(name_text(&config->dns_whoami[1]), "ip.example");
}

TEST(a_list_of_reserved_words_is_the_whole_list)
{
    static const struct {
        const char *text, *words;
        bool given;
    } rows[] = {
        { "", "", false },
        { "hosts { }", "", false },
        { "hosts { reserved = { } }", "", true },
        { "hosts { reserved = { \"www\", \"ns*\" } }", "www ns*", true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(config_freep) struct config *config = NULL;
        struct error err = { "" };
        CHECK_INT(load(rows[i].text, &config, &err), OK);
        CHECK(config->reserved_given == rows[i].given);
        CHECK_TEXT(config->reserved, rows[i].words);
    }
}

TEST(secrets_of_cookies_are_read_and_checked)
{
    static const struct {
        const char *text, *has;
        int count;
        enum status want;
    } rows[] = {
#define FIRST "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define SECOND "445536BCD2513298075A5D379663C962"
        { FIRST, "", 1, OK },
        { FIRST "\n", "", 1, OK },
        { "\n " FIRST " \n\n" SECOND "\n", "", 2, OK },
        { FIRST "\n" SECOND "\n" FIRST, "more than 2", 0, ERR_LIMIT },
        { "", "no secret", 0, ERR_SYNTAX },
        { FIRST "00", "32 hexadecimal digits", 0, ERR_SYNTAX },
        { "e5", "32 hexadecimal digits", 0, ERR_SYNTAX },
        { "g5e973e5a6b2a43f48e7dc849e37bfcf", "32 hexadecimal digits", 0, ERR_SYNTAX },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(config_freep) struct config *config = NULL;
        struct error err = { .text = "" };
        char path[] = "/tmp/rove-cookie-XXXXXX", text[128];
        int fd = mkstemp(path);
        CHECK_INT((int)write(fd, rows[i].text, strlen(rows[i].text)),
                  (int)strlen(rows[i].text));
        CHECK_INT(close(fd), 0);
        CHECK(snprintf(text, sizeof(text), "dns { cookie_secret_file = \"%s\" }", path) >
              0);
        CHECK_INT(load(text, &config, &err), OK);
        CHECK_INT((int)config->dns_cookie_secret_count, 0);
        CHECK_INT(config_load_secrets(config, &err), rows[i].want);
        CHECK_INT((int)config->dns_cookie_secret_count, rows[i].count);
        CHECK(strstr(err.text, rows[i].has) != NULL);
        if (rows[i].want == OK)
            CHECK_INT(config->dns_cookie_secrets[0][1], 0xe9);
        else
            CHECK(strstr(err.text, path) == err.text);
        if (rows[i].want == OK) { /* others may not read it */
            CHECK_INT(chmod(path, 0644), 0);
            CHECK_INT(config_load_secrets(config, &err), ERR_DENIED);
        }
        CHECK_INT(unlink(path), 0);
    }
}

TEST(a_mistake_is_named_with_its_line_and_key)
{
    static const struct {
        const char *text, *has, *also;
    } rows[] = {
        { "\ndata = \"here\"\n", ":2: ", "absolute path" },
        { "http { listen = { \"localhost:80\" } }", ":1: ", "an address and a port" },
        { "http { lisen = { \"192.0.2.1:80\" } }", ":1: ", "did you mean 'listen'" },
        { "log { level = \"loud\" }", ":1: ", "debug, info, warning or error" },
        { "update {\n max_hosts = 0\n}", ":2: ", "max_hosts" },
        { "hosts { reserved = { \"a b\" } }", ":1: ", "small letters" },
        { "hosts { reserved = { \"WWW\" } }", ":1: ", "small letters" },
        { "hosts {\n reserved = { \"w*w\" } }", ":2: ", "small letters" },
        { "hosts { reserved = { \"*\" } }", ":1: ", "a label" },
        { "hosts { reserved = { \"\" } }", ":1: ", "a label" },
        { "dns { static = { \"relative\" } }", ":1: ", "absolute path" },
        { "dns { whoami = { \"a..b\" } }", ":1: ", "empty label" },
        { "dns { rate = 1001 }", ":1: ", "rate" },
        { "dns { nsid = \"12345678901234567890123456789012345678901234567890123456789012345\" }",
          ":1: ", "more than 64" },
        { "dns { rate_exempt = { \"everybody\" } }", ":1: ", "a network" },
        { "data = \"/d", "", "premature end of file" },
        { "users { front = \"\" }", ":1: ", "name of a user" },
        { "dns { threads = 65 }", ":1: ", "threads" },
        { "dns { threads = -1 }", ":1: ", "threads" },
        { "publish { text = \"data\" }", ":1: ", "absolute path" },
        { "publish { hook = { \"rsync\" } }", "", "absolute path" },
        { "publish { hook_timeout = 0 }", ":1: ", "hook_timeout" },
        { "history { keep_days = -1 }", ":1: ", "keep_days" },
        { "\nkey \"k\" {\n}", ":3: ", "either secret or secret_file" },
        { "key \"k\" { secret = \"!\" }", ":1: ", "not base64" },
        { "key \"k\" { secret = \"c2hvcnQ=\" }", ":1: ", "secret of less than" },
        { "key \"k\" { algorithm = \"hmac-md5\" }", ":1: ", "hmac-sha256" },
        { "key \"..\" { secret = \"" SECRET "\" }", ":1: ", "key \"..\"" },
        { "key \"k\" { secret = \"" SECRET "\" }\nkey \"K\" { secret = \"" SECRET "\" }",
          ":2: ", "twice" },
        { "key \"k\" { secret_file = \"k\" }", ":1: ", "absolute path" },
        { "https { listen = { \"192.0.2.1:443\" } }", "", "needs a section certificate" },
        { "https { threads = 17 }", ":1: ", "threads" },
        { "certificate \"c\" {\n}\n", ":2: ", "needs chain and key" },
        { "certificate \"c\" { chain = \"/c\" }", ":1: ", "needs chain and key" },
        { "certificate \"c\" { key = \"k\" }", ":1: ", "absolute path" },
        { "mail { server = \"mail.example.org\" }", ":1: ", "scheme://host" },
        { "mail { server = \"smtp://mail.example.org\" }", ":1: ", "needs a port" },
        { "mail { server = \"http://mail.example.org:25\" }", ":1: ", "smtp://" },
        { "mail { from = \"rove\" }", ":1: ", "no plain address" },
        { "mail { tls = \"maybe\" }", ":1: ", "required or off" },
        { "mail { hello = \"a b\" }", ":1: ", "host name" },
        { "mail { server = \"smtp://mail.example.org:587\" from = \"a@b\" }", "",
          "needs web.origin" },
        { "web { origin = \"https://a\" } mail { server = \"smtp://m.example:587\" }", "",
          "needs mail.from" },
        { MAIL "user = \"u\" }", "", "need each other" },
        { MAIL "password_file = \"/p\" }", "", "need each other" },
        { MAIL "tls = \"off\" }", "", "on this machine" },
        { "web { origin = \"https://a\" } mail { server = \"smtps://localhost:465\""
          " from = \"a@b\" tls = \"off\" }",
          "", "contradict" },
        { "certificate \"a b\" { chain = \"/c\" key = \"/k\" }", ":1: ", "title" },
        { "secondary \"s\" {\n}\n", ":2: ", "needs from, key, notify or ask" },
        { "secondary \"s\" { key = \"none\" }", ":1: ", "no section key \"none\"" },
        { "secondary \"s\" { from = { \"host\" } }", ":1: ", "address or a network" },
        { "secondary \"s\" { notify = { \"192.0.2.1\" } }", ":1: ", "and a port" },
        { "secondary \"s\" { zones = { \"a..b\" } }", ":1: ", "zones" },
        { "secondary \"s\" { notify = { \"192.0.2.1:53\" }\n zones = {} }",
          ":2: ", "zones: empty list" },
        { "secondary \"s\" {\n\n notify = { \"192.0.2.1:53\" } from = {} }",
          ":3: ", "from: empty list" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct config *config = NULL;
        struct error err = { "" };
        CHECK(load(rows[i].text, &config, &err) != OK);
        if (!strstr(err.text, rows[i].has) || !strstr(err.text, rows[i].also))
            print_error("row %zu: %s\n", i, err.text);
        CHECK(strstr(err.text, rows[i].has));
        CHECK(strstr(err.text, rows[i].also));
        CHECK(config == NULL);
    }
}

TEST(a_file_that_is_not_there_is_named)
{
    struct config *config = NULL;
    struct error err;
    CHECK_INT(config_load("/nonexistent/rove.conf", &config, &err), ERR_IO);
    CHECK(strstr(err.text, "/nonexistent/rove.conf"));
}

TEST(a_secondary_is_asked_where_it_is_told_unless_the_file_says_otherwise)
{
    static const struct {
        const char *text;
        size_t count;
        uint16_t port; /* of the first */
    } rows[] = {
        { "notify = { \"192.0.2.53:53\" }", 1, 53 },
        { "notify = { \"192.0.2.53:53\" } ask = { \"192.0.2.53:54\", \"192.0.2.54:55\" }",
          2, 54 },
        { "notify = { \"192.0.2.53:53\" } ask = {}", 0, 0 },
        { "ask = { \"192.0.2.53:54\" }", 1, 54 },
        { "from = { \"192.0.2.53\" }", 0, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(config_freep) struct config *config = NULL;
        struct error err;
        char text[256];
        (void)snprintf(text, sizeof(text), "secondary \"ns2\" { %s }\n", rows[i].text);
        CHECK_INT(load(text, &config, &err), OK);
        CHECK_INT(config->secondaries[0].ask_count, rows[i].count);
        CHECK_INT(config->secondaries[0].ask[0].port, rows[i].port);
    }
}

TEST(keys_and_secondaries_are_taken)
{
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err;
    CHECK_INT(load("secondary \"ns2\" { from = { \"192.0.2.53\", \"2001:db8::/64\" }\n"
                   "key = \"Transfer.example.org.\" notify = { \"192.0.2.53:53\" }\n"
                   "zones = { \"dyn.example.org\" } }\n"
                   "secondary \"ns3\" { from = { \"198.51.100.0/24\" } }\n"
                   "key \"transfer.example.org\" { secret = \"" SECRET "\" }\n"
                   "key \"other.example.org\" { algorithm = \"hmac-sha512\"\n"
                   "secret_file = \"/nonexistent/key\" }\n"
                   "publish { text = \"/t\" hook = { \"/bin/true\", \"x\" } "
                   "hook_timeout = 5 }\nhistory { keep_days = 0 }\n"
                   "dns { threads = 3 }\n"
                   "users { front = \"f\" publish = \"p\" answer = \"a\" }\n",
                   &config, &err),
              OK);
    CHECK_INT((int)config->key_count, 2);
    CHECK_TEXT(name_text(&config->keys[0].name), "transfer.example.org");
    CHECK_INT((int)config->keys[0].secret_n, 32);
    CHECK_INT(config->keys[1].algorithm, TSIG_HMAC_SHA512);
    CHECK_INT((int)config->keys[1].secret_n, 0);
    CHECK_TEXT(config->key_secret_files[1], "/nonexistent/key");
    CHECK_INT((int)config->secondary_count, 2);
    const struct config_secondary *first = &config->secondaries[0];
    CHECK_TEXT(first->title, "ns2");
    CHECK_INT(first->key, 0);
    CHECK_INT((int)first->from_count, 2);
    CHECK_INT(first->from[1].length, 64);
    CHECK_INT((int)first->notify_count, 1);
    CHECK_INT(first->notify[0].port, 53);
    CHECK_INT((int)first->zone_count, 1);
    CHECK_TEXT(name_text(&first->zones[0]), "dyn.example.org");
    CHECK_INT(config->secondaries[1].key, -1);
    CHECK_INT((int)config->secondaries[1].zone_count, 0);
    CHECK_TEXT(config->publish_text, "/t");
    CHECK_INT((int)config->hook_count, 2);
    CHECK_TEXT(config->hook[1], "x");
    CHECK(!config->hook[2]);
    CHECK_INT((int)config->hook_timeout_s, 5);
    CHECK_INT((int)config->keep_days, 0);
    CHECK_INT((int)config->dns_threads, 3);
    CHECK_TEXT(config->publish_user, "p");
    CHECK_INT(config_load_secrets(config, &err), ERR_NOT_FOUND);
    CHECK(strstr(err.text, "/nonexistent/key"));
}

/* A file with the contents and mode; the caller removes it. */
static void put_file(char *path, const char *text, mode_t mode)
{
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_INT((int)write(fd, text, strlen(text)), (int)strlen(text));
    CHECK_INT(fchmod(fd, mode), 0);
    CHECK_INT(close(fd), 0);
}

TEST(a_secret_in_a_file_is_read_and_guarded)
{
    static const struct {
        const char *text;
        mode_t mode;
        enum status status;
        const char *words;
    } rows[] = {
        { SECRET "\n", 0600, OK, "" },
        { SECRET, 0640, OK, "" },
        { SECRET "\n", 0644, ERR_DENIED, "mode 644" },
        { SECRET "\n", 0601, ERR_DENIED, "mode 601" },
        { "", 0600, ERR_LIMIT, "less than" },
        { "nonsense!\n", 0600, ERR_SYNTAX, "not base64" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char secret[] = "/tmp/rove-secret-XXXXXX", text[256];
        put_file(secret, rows[i].text, rows[i].mode);
        (void)snprintf(text, sizeof(text), "key \"k\" { secret_file = \"%s\" }", secret);
        CLEANUP(config_freep) struct config *config = NULL;
        struct error err = { "" };
        CHECK_INT(load(text, &config, &err), OK);
        CHECK_INT(config_load_secrets(config, &err), rows[i].status);
        CHECK(strstr(err.text, rows[i].words));
        CHECK_INT((int)config->keys[0].secret_n, rows[i].status ? 0 : 32);
        CHECK_INT(unlink(secret), 0);
    }
}

TEST(a_file_that_others_may_write_is_refused)
{
    char path[] = "/tmp/rove-conf-XXXXXX";
    put_file(path, "", 0602);
    struct config *config = NULL;
    struct error err = { "" };
    CHECK_INT(config_load(path, &config, &err), ERR_DENIED);
    CHECK(strstr(err.text, "mode 602"));
    CHECK(!config);
    CHECK_INT(unlink(path), 0);
}

static void rewrite(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    CHECK(file);
    CHECK(fputs(text, file) >= 0);
    CHECK_INT(fclose(file), 0);
}

TEST(a_reload_takes_over_what_it_can_and_names_the_rest)
{
    char path[] = "/tmp/rove-conf-XXXXXX";
    put_file(path, "dns { static = { \"/a\" } }", 0600);
    CLEANUP(config_freep) struct config *config = NULL;
    struct error err = { "" };
    CHECK_INT(config_load(path, &config, &err), OK);

    char storage[256];
    struct buf restart = BUF_ON(storage);
    rewrite(path, "data = \"/elsewhere\" http { listen = { \"192.0.2.1:80\" } }\n"
                  "dns { static = { \"/b\", \"/c\" } } update { max_hosts = 7 }\n"
                  "hosts { reserved = { \"www\" } }\n"
                  "key \"k\" { secret = \"" SECRET "\" } log { level = \"error\" }\n"
                  "secondary \"s\" { key = \"k\" zones = { \"a\" } }\n");
    CHECK_INT(config_reload(config, true, &restart, &err), OK);
    CHECK_TEXT(buf_text(&restart), "data, http.listen");
    CHECK_TEXT(config->data, "/var/lib/rove");
    CHECK_INT((int)config->http_count, 0);
    CHECK_INT((int)config->static_count, 2);
    CHECK_TEXT(config->static_paths[1], "/c");
    CHECK_INT((int)config->hosts_max, 7);
    CHECK(config->reserved_given);
    CHECK_TEXT(config->reserved, "www");
    CHECK_INT((int)config->key_count, 1);
    CHECK_INT((int)config->secondaries[0].zone_count, 1);
    CHECK_INT(config->log_level, LOG_ERROR);

    rewrite(path, "nonsense = 1");
    restart.n = 0;
    CHECK_INT(config_reload(config, true, &restart, &err), ERR_SYNTAX);
    CHECK_INT((int)config->hosts_max, 7);
    CHECK_INT((int)restart.n, 0);
    CHECK_INT(unlink(path), 0);
}

TEST(mail_goes_in_clear_on_this_machine_alone)
{
    static const char *const rows[] = { "localhost", "127.1.2.3", "[::1]",
                                        "a.localhost" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        CLEANUP(config_freep) struct config *config = NULL;
        char storage[256];
        struct buf text = BUF_ON(storage);
        struct error err = { "" };
        buf_printf(&text,
                   "web { origin = \"https://a\" } mail { server = \"smtp://%s:25\""
                   " from = \"Rove <rove@example.org>\" tls = \"off\" }",
                   rows[i]);
        CHECK_INT(load(buf_text(&text), &config, &err), OK);
        CHECK(config->mail_in_clear);
        CHECK_INT(config->mail_timeout_s, 120);
    }
}
