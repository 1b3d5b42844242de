// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/config.h"

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
    CHECK_TEXT(config->front_socket, "/run/rove/front.sock");
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
    CHECK_TEXT(config->front_socket, "/r/front.sock");
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
        { "dns { static = { \"relative\" } }", ":1: ", "absolute path" },
        { "data = \"/d", "", "premature end of file" },
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
