// SPDX-License-Identifier: GPL-3.0-or-later
/* The web pages: what is read from their folder, and who gets what of it. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "world.h"

#define ORIGIN "https://ddns.example.org"
#define INDEX "<!doctype html><title>Rove</title>"
#define SCRIPT "console.log('plain')"

static struct world world;
static char folder[64];

static void put_file(const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    CHECK(file);
    CHECK_INT(fputs(text, file) >= 0, true);
    CHECK_INT(fclose(file), 0);
}

static void remove_file(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)unlink(path);
}

/* A member of a manifest: size and hash of a text. */
static void put_coding(struct buf *out, const char *member, const char *text)
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    digest_sha256(str_from(text), hash);
    buf_printf(out, ",\"%s\":{\"size\":%zu,\"sha256\":\"", member, strlen(text));
    for (size_t i = 0; i < sizeof(hash); i++)
        buf_printf(out, "%02x", hash[i]);
    buf_put_text(out, "\"}");
}

static void put_manifest(const char *name, const char *type)
{
    char bytes[4096];
    struct buf out = BUF_ON(bytes);
    buf_put_text(&out,
                 "{\"version\":1,\"pages\":[\"/\",\"/hosts\",\"/hosts/\"],\"files\":["
                 "{\"path\":\"index.html\",\"type\":\"text/html\"");
    put_coding(&out, "plain", INDEX);
    buf_printf(&out, "},{\"path\":\"%s\",\"type\":\"%s\"", name, type);
    put_coding(&out, "plain", SCRIPT);
    put_coding(&out, "gzip", "gzipped");
    put_coding(&out, "br", "brotli");
    buf_put_text(&out, "}]}");
    put_file("manifest.json", buf_text(&out));
}

static void open_folder(void)
{
    char assets[128];
    (void)snprintf(folder, sizeof(folder), "/tmp/rove-pages-XXXXXX");
    CHECK(mkdtemp(folder));
    (void)snprintf(assets, sizeof(assets), "%s/assets", folder);
    CHECK_INT(mkdir(assets, 0700), 0);
    put_file("index.html", INDEX);
    put_file("assets/app-1.js", SCRIPT);
    put_file("assets/app-1.js.gz", "gzipped");
    put_file("assets/app-1.js.br", "brotli");
    put_manifest("assets/app-1.js", "text/javascript");
}

static void remove_folder(void)
{
    static const char *const names[] = { "manifest.json", "index.html", "assets/app-1.js",
                                         "assets/app-1.js.gz", "assets/app-1.js.br" };
    char assets[128];
    for (size_t i = 0; i < LENGTH_OF(names); i++)
        remove_file(names[i]);
    (void)snprintf(assets, sizeof(assets), "%s/assets", folder);
    CHECK_INT(rmdir(assets), 0);
    CHECK_INT(rmdir(folder), 0);
}

static struct pages *open_site(void)
{
    struct pages *pages = NULL;
    open_folder();
    CHECK_INT(pages_load(folder, &pages, NULL), OK);
    world_open(&world);
    world.api.site.origin = ORIGIN;
    world.api.site.origin_4 = "https://v4.example.org";
    world.api.site.pages = pages;
    site_init(&world.api.site);
    return pages;
}

static void close_site(struct pages *pages)
{
    world_close(&world);
    pages_free(pages);
    remove_folder();
}

/* The whole reply. */
static const char *ask(const char *line, const char *host, const char *fields)
{
    char request[1024];
    (void)snprintf(request, sizeof(request),
                   "%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", line, host,
                   fields);
    return world_http(&world, "198.51.100.20", request);
}

TEST(each_path_gives_its_file_page_or_none)
{
    static const struct {
        const char *line, *fields, *status, *has;
    } rows[] = {
        { "GET /", "", "200", INDEX },
        { "GET /index.html", "", "200", INDEX },
        { "GET /hosts", "", "200", INDEX },
        { "GET /hosts/home.dyn.example.org", "", "200", INDEX },
        { "GET /hosts/a/b", "", "404", INDEX },
        { "GET /nothing", "", "404", INDEX },
        { "GET /assets/app-2.js", "", "404", INDEX },
        { "GET /manifest.json", "", "404", INDEX },
        { "GET /assets/../manifest.json", "", "404", INDEX },
        { "GET /assets/%2e%2e/manifest.json", "", "404", INDEX },
        { "GET /assets/app-1.js", "", "200", SCRIPT },
        { "GET /assets/app-1.js", "Accept-Encoding: gzip, br\r\n", "200",
          "\r\n\r\nbrotli" },
        { "GET /assets/app-1.js", "Accept-Encoding: gzip;q=0.5, br;q=0.0\r\n", "200",
          "\r\n\r\ngzipped" },
        { "GET /assets/app-1.js", "Accept-Encoding: brotli, x\r\n", "200", SCRIPT },
        { "GET /assets/app-1.js", "", "200", "max-age=31536000, immutable\r\n" },
        { "GET /hosts", "", "200", "Cache-Control: no-cache\r\n" },
        { "POST /hosts", "Content-Length: 0\r\n", "405", "Allow: GET, HEAD\r\n" },
        { "GET /checkip", "", "200", "Current IP Address: 198.51.100.20" },
        { "GET /nic/update?hostname=a.dyn.example.org", "", "401", "badauth" },
    };
    struct pages *pages = open_site();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *reply = ask(rows[i].line, "ddns.example.org", rows[i].fields);
        bool is_right = strncmp(reply + strlen("HTTP/1.1 "), rows[i].status, 3) == 0 &&
                        strstr(reply, rows[i].has);
        if (!is_right)
            print_error("%s: %s\n", rows[i].line, reply);
        CHECK(is_right);
    }
    close_site(pages);
}

TEST(a_browser_that_has_the_page_already_is_told_so)
{
    struct pages *pages = open_site();
    char tag[64], fields[128];
    const char *at = strstr(ask("GET /", "ddns.example.org", ""), "ETag: ");
    CHECK(at);
    (void)snprintf(tag, sizeof(tag), "%.18s", at + strlen("ETag: "));
    (void)snprintf(fields, sizeof(fields), "If-None-Match: \"x\", W/%s\r\n", tag);
    const char *reply = ask("GET /hosts", "ddns.example.org", fields);
    CHECK(strncmp(reply, "HTTP/1.1 304 ", 13) == 0 && !strstr(reply, INDEX));
    CHECK(strstr(reply, "Content-Security-Policy: default-src 'none'"));
    reply = ask("HEAD /", "ddns.example.org", "");
    CHECK(strncmp(reply, "HTTP/1.1 200 ", 13) == 0 && !strstr(reply, INDEX));
    close_site(pages);
}

TEST(other_names_keep_the_page_of_the_address)
{
    static const char *const hosts[] = { "192.0.2.1", "ddns.example.org:8080",
                                         "other.example.org" };
    struct pages *pages = open_site();
    for (size_t i = 0; i < LENGTH_OF(hosts); i++) {
        const char *reply = ask("GET /", hosts[i], "");
        CHECK(strstr(reply, "Current IP Address: 198.51.100.20"));
        CHECK(!strstr(reply, "Content-Security-Policy"));
        CHECK(strncmp(ask("GET /hosts", hosts[i], ""), "HTTP/1.1 404 ", 13) == 0);
    }
    CHECK(strstr(ask("GET /json", "v4.example.org", ""),
                 "Access-Control-Allow-Origin: *\r\n"));
    CHECK(!strstr(ask("GET /json", "ddns.example.org", ""), "Access-Control"));
    CHECK(strstr(ask("GET /", "ddns.example.org", ""),
                 "connect-src 'self' https://v4.example.org;"));
    world.api.site.pages = NULL;
    CHECK(strstr(ask("GET /", "ddns.example.org", ""), "Current IP Address"));
    close_site(pages);
}

TEST(a_folder_that_is_not_as_its_manifest_says_is_refused)
{
    struct pages *pages = NULL;
    struct error err;
    static const char *const names[] = { "../index.html", "/etc/passwd", "assets//a",
                                         ".hidden",       "assets/..",   "a b" };
    open_folder();
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        put_manifest(names[i], "text/javascript");
        CHECK_INT(pages_load(folder, &pages, &err), ERR_SYNTAX);
        CHECK(strstr(err.text, "is no name of a file"));
    }
    put_manifest("assets/app-1.js", "a\\r\\nb");
    CHECK_INT(pages_load(folder, &pages, &err), ERR_SYNTAX);
    put_manifest("assets/app-1.js", "text/javascript");
    put_file("assets/app-1.js.br", "half");
    CHECK_INT(pages_load(folder, &pages, &err), ERR_SYNTAX);
    CHECK(strstr(err.text, "assets/app-1.js.br: is not as manifest.json says"));
    remove_file("assets/app-1.js.br");
    CHECK_INT(pages_load(folder, &pages, &err), ERR_NOT_FOUND);
    put_file("manifest.json", "{\"version\":2}");
    CHECK_INT(pages_load(folder, &pages, &err), ERR_SYNTAX);
    put_file("manifest.json", "{\"version\":1,\"pages\":[\"x\"],\"files\":[]}");
    CHECK_INT(pages_load(folder, &pages, &err), ERR_SYNTAX);
    put_file("manifest.json", "{\"version\":1,\"pages\":[],\"files\":[]}");
    CHECK_INT(pages_load(folder, &pages, &err), ERR_SYNTAX);
    put_file("manifest.json", "{");
    CHECK_INT(pages_load(folder, &pages, &err), ERR_SYNTAX);
    remove_file("manifest.json");
    CHECK_INT(pages_load(folder, &pages, &err), ERR_NOT_FOUND);
    CHECK(!pages);
    remove_folder();
}
