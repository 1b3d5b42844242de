// SPDX-License-Identifier: GPL-3.0-or-later
/* How devices and their users spell credentials, hosts and paths. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "spell.h"

static struct spell spell;

/* ----- credentials ----- */

static void put_base64(const char *text, char out[256])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(text), k = 0;
    for (size_t i = 0; i < n; i += 3) {
        unsigned bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < n ? (unsigned char)text[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            out[k++] = i + j > n ? '=' : letters[bits >> (18 - 6 * j) & 63];
    }
    out[k] = 0;
}

/* `form` with the token for each '@'. */
static const char *fill_in(const char *form, char out[256])
{
    struct buf text = buf_on(out, 256);
    for (; *form; form++) {
        if (*form == '@')
            buf_put_text(&text, spell.secret);
        else
            buf_put_u8(&text, (uint8_t)*form);
    }
    return buf_text(&text);
}

static void check_credentials(const char *what, const char *query, const char *field)
{
    char request[2048];
    spell_start_anew(&spell);
    (void)snprintf(
        request, sizeof(request),
        "GET /nic/update?hostname=" HOST "&myip=" V4 "%s HTTP/1.0\r\n%s%s%s\r\n", query,
        field ? "Authorization: " : "", field ? field : "", field ? "\r\n" : "");
    const char *reply = world_http(&spell.world, SOURCE, request);
    if (!strstr(reply, "\r\n\r\ngood " V4 "\n"))
        print_error("%s\n%s\n", what, reply);
    CHECK(strstr(reply, "\r\n\r\ngood " V4 "\n"));
}

TEST(white_space_around_a_secret_is_no_part_of_it)
{
    static const char *const basics[] = {
        "alice:@",
        "alice:@\n",
        "alice:@\r\n",
        "alice: @",
        "alice:@ ",
        "alice:@\t",
        " alice : @ ",
        ":@",
        "alice:\r\n@\r\n",
        "alice\n:@",
        "alice:\xc2\xa0@",
        "alice:@\xe2\x80\x8b",
        "\357\273\277alice:@",
        "alice:@\n\n\n",
    };
    static const char *const fields[] = { "Token @",   "token   @", "Bearer @",
                                          "bearer\t@", "Token @\t", "Bearer \xc2\xa0@" };
    static const char *const queries[] = {
        "&password=@",        "&password=+@",  "&password=@%20", "&token=@%0a",
        "&key=%0D%0A@%0D%0A", "&pw=%09@",      "&secret=@+++",   "&pass=%C2%A0@",
        "&user=alice&pwd=@",  "&k=@%E2%80%8B", "&apikey=@%00",   "&p=@&passwd=filler",
    };
    char text[256], field[512], base64[256];
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(basics); i++) {
        put_base64(fill_in(basics[i], text), base64);
        (void)snprintf(field, sizeof(field), "Basic %s", base64);
        check_credentials(basics[i], "", field);
        (void)snprintf(field, sizeof(field), "basic \t %.8s %s", base64, base64 + 8);
        check_credentials(basics[i], "", field);
    }
    for (size_t i = 0; i < LENGTH_OF(fields); i++)
        check_credentials(fields[i], "", fill_in(fields[i], text));
    for (size_t i = 0; i < LENGTH_OF(queries); i++)
        check_credentials(queries[i], fill_in(queries[i], text), NULL);
    /* Within it, it is. */
    char target[512];
    (void)snprintf(target, sizeof(target),
                   "GET /nic/update?hostname=" HOST "&token=%.8s+%s HTTP/1.0\r\n\r\n",
                   spell.secret, spell.secret + 8);
    CHECK(strstr(world_http(&spell.world, SOURCE, target), "badauth\n"));
    spell_close(&spell);
}

/* ----- hosts and paths ----- */

TEST(a_host_may_be_written_as_a_url)
{
    static const struct {
        const char *host, *reply;
    } rows[] = {
        { "https://" HOST "/", "good " V4 "\n" },
        { "http://" HOST, "good " V4 "\n" },
        { "HTTPS://HOME.dyn.example.org:443/nic/", "good " V4 "\n" },
        { "https%3A%2F%2F" HOST "%2F", "good " V4 "\n" },
        { HOST "/", "good " V4 "\n" },
        { HOST ":8080", "good " V4 "\n" },
        { HOST ".", "good " V4 "\n" },
        { "+" HOST "+", "good " V4 "\n" },
        { HOST "%0d%0a", "good " V4 "\n" },
        { HOST "/,https://" HOST "/", "good " V4 "\ngood " V4 "\n" },
        { "https://", "notfqdn\n" },
        { "https:///", "notfqdn\n" },
        { "https://home/", "notfqdn\n" },
        { "https://" HOST ":x/", "nohost\n" },
        { "ftp://" HOST "/", "notfqdn\n" },
        { "https://none.dyn.example.org/", "nohost\n" },
    };
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char target[512];
        spell_start_anew(&spell);
        (void)snprintf(target, sizeof(target), "/nic/update?hostname=%s&myip=" V4,
                       rows[i].host);
        const char *body = world_get(&spell.world, target, spell.secret, NULL);
        if (strcmp(body, rows[i].reply) != 0)
            print_error("%s\n", rows[i].host);
        CHECK_TEXT(body, rows[i].reply);
        if (rows[i].reply[0] == 'g')
            spell_check_told(&spell, rows[i].host, "host", HOST);
    }
    spell_close(&spell);
}

TEST(the_wildcard_of_a_host_names_the_host_where_it_is_on)
{
    static const struct {
        const char *query, *on, *off;
    } rows[] = {
        { "hostname=*." HOST "&myip=" V4, "good " V4 "\n", "nohost\n" },
        { "hostname=%2A." HOST "&myip=" OLD4, "nochg " OLD4 "\n", "nohost\n" },
        { "hostname=" HOST ",*." HOST "&myip=" V4, "good " V4 "\ngood " V4 "\n",
          "good " V4 "\nnohost\n" },
        { "hostname=*." HOST "," HOST "&myip=" V4, "good " V4 "\ngood " V4 "\n",
          "nohost\ngood " V4 "\n" },
        { "hostname=" HOST ",*." HOST "&myip=x", "badip\nbadip\n", "badip\nnohost\n" },
        { "host_id=*." HOST "&myip=" V4, "good " V4 "\n", "nohost\n" },
        { "*." HOST "&myip=" V4, "good " V4 "\n", "nohost\n" },
        { "hostname=*.none.dyn.example.org&myip=" V4, "nohost\n", "nohost\n" },
        { "hostname=*.*." HOST "&myip=" V4, "nohost\n", "nohost\n" },
        { "hostname=*&myip=" V4, "notfqdn\n", "notfqdn\n" },
        { "hostname=*.org&myip=" V4, "notfqdn\n", "notfqdn\n" },
        { "hostname=x*." HOST "&myip=" V4, "nohost\n", "nohost\n" },
    };
    for (int on = 0; on < 2; on++) {
        spell_open(&spell, on ? ",\"wildcard\":true" : "");
        for (size_t i = 0; i < LENGTH_OF(rows); i++) {
            char target[512];
            spell_start_anew(&spell);
            (void)snprintf(target, sizeof(target), "/nic/update?%s", rows[i].query);
            const char *body = world_get(&spell.world, target, spell.secret, NULL);
            const char *want = on ? rows[i].on : rows[i].off;
            if (strcmp(body, want) != 0)
                print_error("%s\n", rows[i].query);
            CHECK_TEXT(body, want);
        }
        /* What is told stands with the host, and follows the switch. */
        (void)world_get(&spell.world, "/nic/update?hostname=*." HOST "&myip=" V4,
                        spell.secret, NULL);
        spell_check_told(&spell, "why", "why", on ? "changed" : "no wildcard");
        int status = 0;
        json_free(world_call(&spell.world, "PATCH", "/hosts/" HOST,
                             on ? "{\"wildcard\":false}" : "{\"wildcard\":true}",
                             &status));
        CHECK_INT(status, 200);
        spell_start_anew(&spell);
        CHECK_TEXT(world_get(&spell.world, "/nic/update?hostname=*." HOST "&myip=" V4,
                             spell.secret, NULL),
                   on ? "nohost\n" : "good " V4 "\n");
        spell_close(&spell);
    }
}

TEST(whoever_says_anything_to_a_service_without_a_path_asks_for_an_update)
{
    static const char page[] = "Current IP Address: " SOURCE;
    static const struct {
        const char *line;
        bool with_token;
        const char *body, *want;
        bool changes;
    } rows[] = {
        { "GET /", false, "", page, false },
        { "GET /?", false, "", page, false },
        { "GET /?x&17", false, "", page, false },
        { "GET /?" HOST, false, "", "badauth\n", false },
        { "GET /?" V6, false, "", "badauth\n", false },
        { "GET /?rv_aaaaaaaaaaaaaaaaaaaaaaaa", false, "", "badauth\n", false },
        { "GET //", false, "", page, false },
        { "GET /index.html", false, "", page, false },
        { "GET /index.html?x=1", false, "", page, false },
        { "GET /checkip?t=123", true, "", page, false },
        { "POST /", false, "", "405 ", false },
        { "GET /?hostname=" HOST "&myip=" V4, true, "", "good " V4 "\n", true },
        { "GET ?hostname=" HOST "&myip=" V4, true, "", "good " V4 "\n", true },
        { "GET http://ddns.example.org?hostname=" HOST "&myip=" V4, true, "",
          "good " V4 "\n", true },
        { "POST /?hostname=" HOST "&myip=" V4, true, "", "good " V4 "\n", true },
        { "POST /", true, "hostname=" HOST "&myip=" V4, "good " V4 "\n", true },
        { "HEAD /?hostname=" HOST "&myip=" V4, true, "", "200 OK", true },
        { "HEAD /?hostname=" HOST "&myip=" V4, false, "", "401 ", false },
        { "GET /?host=" HOST "&ip=" V4, true, "", "good " V4 "\n", true },
        { "GET /?ip=" V4, true, "", "notfqdn\n", false },
        { "GET /?myip6=" V6, false, "", "badauth\n", false },
        { "GET /?hostname=" HOST, false, "", "badauth\n", false },
        { "GET /?x=1", false, "", "badauth\n", false },
        { "POST /", false, "hostname=" HOST, "badauth\n", false },
        { "GET /", true, "", "notfqdn\n", false },
        { "PUT /?hostname=" HOST, true, "", "badagent\n", false },
        { "GET /index.html?hostname=" HOST "&myip=" V4, true, "", "good " V4 "\n", true },
        { "POST /checkip", true, "hostname=" HOST "&foo=" V4, "good " V4 "\n", true },
        { "GET /nic/checkip?hostname=" HOST "&myip=" V4, false, "", "badauth\n", false },
        { "GET /nic/checkip.html?foo=" V4, false, "", "badauth\n", false },
        { "GET /myip?hostname=" HOST, false, "", "badauth\n", false },
        { "GET /json?hostname=" HOST, false, "", "badauth\n", false },
    };
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        spell_start_anew(&spell);
        const char *reply =
            spell_ask(&spell, rows[i].line, rows[i].with_token, rows[i].body);
        if (!strstr(reply, rows[i].want))
            print_error("%s\n%s\n", rows[i].line, reply);
        CHECK(strstr(reply, rows[i].want));
        spell_check_addresses(&spell, rows[i].line, rows[i].changes ? V4 " " OLD6 : BOTH);
    }
    spell_close(&spell);
}

TEST(escapes_in_a_path_are_decoded_once)
{
    static const struct {
        const char *path, *want;
    } rows[] = {
        { "/nic%2fupdate", "good " V4 "\n" },
        { "/nic%2Fupdate%2F", "good " V4 "\n" },
        { "%2fnic%2fupdate", "good " V4 "\n" },
        { "/%2f/nic/update", "good " V4 "\n" },
        { "/nic%5cupdate", "good " V4 "\n" },
        { "/%6eic/%75pdate", "good " V4 "\n" },
        { "/?%2Fnic%2Fupdate", "good " V4 "\n" },
        { "/nic%252fupdate", "404 " },
        { "/nic/update%00", "404 " },
        { "/nic/update%2", "404 " },
        { "/nic/x%2f..%2fupdate", "404 " },
        { "/NIC%2fUPDATE", "404 " },
    };
    spell_open(&spell, "");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char line[256];
        spell_start_anew(&spell);
        (void)snprintf(line, sizeof(line), "GET %s?hostname=" HOST "&myip=" V4,
                       rows[i].path);
        const char *reply = spell_ask(&spell, line, true, "");
        if (!strstr(reply, rows[i].want))
            print_error("%s\n%s\n", line, reply);
        CHECK(strstr(reply, rows[i].want));
    }
    spell_close(&spell);
}
