// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/origin.h"

#include <string.h>

#include "test.h"

TEST(an_origin_is_read_as_browsers_write_it)
{
    static const struct {
        const char *text, *authority, *host;
        bool is_https;
    } rows[] = {
        { "https://ddns.example.org", "ddns.example.org", "ddns.example.org", true },
        { "https://ddns.example.org:8443", "ddns.example.org:8443", "ddns.example.org",
          true },
        { "https://xn--bcher-kva.example", "xn--bcher-kva.example",
          "xn--bcher-kva.example", true },
        { "https://192.0.2.1", "192.0.2.1", "192.0.2.1", true },
        { "https://[2001:db8::1]:8443", "[2001:db8::1]:8443", "2001:db8::1", true },
        { "http://localhost:8053", "localhost:8053", "localhost", false },
        { "http://rove.localhost", "rove.localhost", "rove.localhost", false },
        { "http://127.0.0.1:8053", "127.0.0.1:8053", "127.0.0.1", false },
        { "http://[::1]:8053", "[::1]:8053", "::1", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct origin origin = { .is_https = !rows[i].is_https };
        struct error err = { "" };
        CHECK_INT(origin_parse(str_from(rows[i].text), &origin, &err), OK);
        CHECK_STR(origin.text, rows[i].text);
        CHECK_STR(origin.authority, rows[i].authority);
        CHECK_STR(origin.host, rows[i].host);
        CHECK_INT(origin.is_https, rows[i].is_https);
    }
}

TEST(what_no_browser_sends_is_refused_with_the_reason)
{
    static const struct {
        const char *text, *word;
    } rows[] = {
        { "", "https://" },
        { "ddns.example.org", "https://" },
        { "ftp://ddns.example.org", "https://" },
        { "HTTPS://ddns.example.org", "https://" },
        { "https://", "host name" },
        { "https://ddns.example.org/", "without a '/'" },
        { "https://ddns.example.org/rove", "without a '/'" },
        { "https://DDNS.example.org", "lower case" },
        { "https://ddns..example.org", "host name" },
        { "https://ddns.example.org.", "host name" },
        { "https://-ddns.example.org", "host name" },
        { "https://user@ddns.example.org", "host name" },
        { "https://ddns.example.org:443", "leave out" },
        { "https://ddns.example.org:", "port" },
        { "https://ddns.example.org:0443", "port" },
        { "https://ddns.example.org:70000", "port" },
        { "https://ddns.example.org:x", "port" },
        { "https://2001:db8::1", "port" },
        { "https://[192.0.2.1]", "host name" },
        { "https://[2001:db8:0::1]", "shortest" },
        { "https://[2001:db8::1", "host name" },
        { "https://[2001:db8::1]x", "port" },
        { "http://ddns.example.org", "must begin with https://" },
        { "http://192.0.2.1", "must begin with https://" },
        { "http://localhost.example.org", "must begin with https://" },
        { "http://localhost:80", "leave out" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct origin origin;
        struct error err = { "" };
        CHECK_INT(origin_parse(str_from(rows[i].text), &origin, &err), ERR_SYNTAX);
        if (!strstr(err.text, rows[i].word))
            print_error("%s: %s\n", rows[i].text, err.text);
        CHECK(strstr(err.text, rows[i].word) != NULL);
    }
}

TEST(a_host_field_names_the_origin_in_any_case_and_with_the_schemes_own_port)
{
    struct origin plain, other;
    CHECK_INT(origin_parse(STR("https://ddns.example.org"), &plain, NULL), OK);
    CHECK_INT(origin_parse(STR("https://ddns.example.org:8443"), &other, NULL), OK);
    CHECK(origin_has_host(&plain, STR("ddns.example.org")));
    CHECK(origin_has_host(&plain, STR("DDNS.example.org:443")));
    CHECK(!origin_has_host(&plain, STR("ddns.example.org:80")));
    CHECK(!origin_has_host(&plain, STR("ddns.example.org:8443")));
    CHECK(!origin_has_host(&plain, STR("www.ddns.example.org")));
    CHECK(!origin_has_host(&plain, STR("")));
    CHECK(origin_has_host(&other, STR("ddns.example.org:8443")));
    CHECK(!origin_has_host(&other, STR("ddns.example.org")));
    CHECK(!origin_has_host(&other, STR("ddns.example.org:8443:443")));
}
