// SPDX-License-Identifier: GPL-3.0-or-later
#include "tls/session.h"

#include <openssl/ssl.h>
#include <string.h>

#include "authority.h"
#include "client.h"
#include "test.h"

enum {
    NOW = 1000 * TICKET_EPOCH_S
};

static struct certificate *certificates[3];
static struct site *site;
static struct session_host *host;
static struct ticket_secret secret;
static struct ticket_keys keys;
static char to_client[4 * SESSION_OUT_SIZE], to_server[1 << 20],
    clear[SESSION_CLEAR_SIZE];

static void begin(void)
{
    static const struct wanted wanted[] = {
        { "ecdsa", "DNS:www.example.org", false, 90 },
        { "rsa", "DNS:www.example.org", true, 90 },
        { "other", "DNS:*.dyn.example.org", true, 90 },
    };
    authority_open();
    for (size_t i = 0; i < LENGTH_OF(wanted); i++)
        certificates[i] = authority_load(&wanted[i]);
    CHECK_INT(site_new(certificates, 3, "", session_prepare, &site, NULL), OK);
    host = session_host_new();
    ticket_secret_make(NOW, &secret);
    ticket_secret_derive(&secret, NOW, &keys);
    session_host_use(host, site, &keys);
}

static void end(void)
{
    session_host_free(host);
    site_free(site);
    for (size_t i = 0; i < LENGTH_OF(certificates); i++)
        certificate_free(certificates[i]);
    authority_close();
}

/* Hands on what both have said until neither says more; `piece` bytes of the client at a time. */
static enum session_state talk(struct client *client, struct session *session,
                               struct buf *from_client, size_t piece)
{
    enum session_state state = SESSION_BEGUN;
    while (from_client->n > 0) {
        struct buf out = BUF_ON(to_client), in = BUF_ON(clear);
        struct str rest = buf_str(from_client);
        for (struct str part; rest.n > 0 && state != SESSION_FAILED;
             rest = str_from_at(rest, part.n)) {
            part = str_first(rest, piece);
            state = session_read(session, part, &in, &out);
        }
        CHECK(!out.full && !in.full);
        from_client->n = 0;
        client_take(client, buf_str(&out), from_client);
    }
    return state;
}

static enum session_state shake(struct client *client, struct session *session,
                                const struct client_options *options)
{
    struct buf from_client = BUF_ON(to_server);
    client_init(client, options);
    client_take(client, STR(""), &from_client);
    return talk(client, session, &from_client, SESSION_RECORD);
}

static const struct client_options modern = { .name = "www.example.org" };

TEST(a_session_opens_and_carries_bytes_both_ways)
{
    begin();
    static const char *const ciphers[] = { NULL, "ECDHE-ECDSA-AES128-GCM-SHA256",
                                           "ECDHE-RSA-CHACHA20-POLY1305" };
    for (size_t i = 0; i < LENGTH_OF(ciphers); i++) {
        const struct client_options options = { .name = "www.example.org",
                                                .ciphers = ciphers[i] };
        struct client client;
        struct session *session = session_new(host);
        CHECK_INT(shake(&client, session, &options), SESSION_OPEN);
        CHECK(client_is_open(&client) && !session_is_resumed(session));
        CHECK(session_is_13(session) == (ciphers[i] == NULL));

        struct buf in = BUF_ON(clear), out = BUF_ON(to_client), sent = BUF_ON(to_server);
        client_write(&client, STR("request"), &sent);
        CHECK_INT(session_read(session, buf_str(&sent), &in, &out), SESSION_OPEN);
        CHECK_STR(buf_str(&in), "request");
        CHECK_INT(out.n, 0);
        CHECK(session_write(session, STR("reply"), &out));
        session_end(session, &out);
        sent.n = 0;
        client_take(&client, buf_str(&out), &sent);
        CHECK_STR(client_read(&client, &sent), "reply");
        CHECK(client_was_told_the_end(&client) && !client.failed);
        sent.n = 0;
        client_end(&client, &sent);
        CHECK_INT(session_read(session, buf_str(&sent), &in, &out), SESSION_ENDED);
        client_done(&client);
        session_free(session);
    }
    end();
}

TEST(records_may_come_in_any_pieces)
{
    begin();
    for (size_t piece = 1; piece < 2000; piece += piece < 8 ? 1 : 411) {
        struct client client;
        struct session *session = session_new(host);
        struct buf sent = BUF_ON(to_server), in = BUF_ON(clear), out = BUF_ON(to_client);
        client_init(&client, &modern);
        client_take(&client, STR(""), &sent);
        CHECK_INT(talk(&client, session, &sent, piece), SESSION_OPEN);
        static char large[SESSION_RECORD];
        memset(large, 'x', sizeof(large));
        size_t n = piece < 8 ? 500 : sizeof(large);
        client_write(&client, str_bytes(large, n), &sent);
        for (struct str rest = buf_str(&sent); rest.n > 0;
             rest = str_from_at(rest, piece))
            CHECK_INT(session_read(session, str_first(rest, piece), &in, &out),
                      SESSION_OPEN);
        CHECK_INT(in.n, n);
        client_done(&client);
        session_free(session);
    }
    end();
}

TEST(the_name_and_what_the_client_takes_choose_the_certificate)
{
    begin();
    static const struct {
        const char *name, *ciphers, *has, *kind;
    } rows[] = {
        { "www.example.org", NULL, "www.example.org", "ECDSA" },
        { "WWW.EXAMPLE.ORG", "ECDHE-RSA-AES128-GCM-SHA256", "www.example.org", "RSA" },
        { NULL, NULL, "www.example.org", "ECDSA" },
        { NULL, "ECDHE-RSA-AES128-GCM-SHA256", "www.example.org", "RSA" },
        { "unknown.example", NULL, "www.example.org", "ECDSA" },
        { "home.dyn.example.org", NULL, "home.dyn.example.org", "RSA" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct client_options options = { .name = rows[i].name,
                                                .ciphers = rows[i].ciphers };
        struct client client;
        struct session *session = session_new(host);
        CHECK_INT(shake(&client, session, &options), SESSION_OPEN);
        CHECK(client_server_has(&client, rows[i].has));
        CHECK_TEXT(client_server_kind(&client), rows[i].kind);
        client_done(&client);
        session_free(session);
    }
    end();
}

TEST(what_is_not_offered_fails_with_an_alert)
{
    begin();
    static const struct client_options rows[] = {
        { .name = "www.example.org", .ciphers = "AES128-SHA:@SECLEVEL=0" },
        { .name = "www.example.org", .ciphers = "DHE-RSA-AES128-GCM-SHA256" },
        { .name = "home.dyn.example.org", .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" },
        { .name = "www.example.org", .protocols = "\x04smtp" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct client client;
        struct session *session = session_new(host);
        CHECK_INT(shake(&client, session, &rows[i]), SESSION_FAILED);
        CHECK(client.failed && !client_is_open(&client));
        client_done(&client);
        session_free(session);
    }
    struct session *session = session_new(host);
    struct buf in = BUF_ON(clear), out = BUF_ON(to_client);
    CHECK_INT(session_read(session, STR("GET / HTTP/1.1\r\n\r\n"), &in, &out),
              SESSION_FAILED);
    session_free(session);
    end();
}

/* A visit that brings the ticket of the one before. */
static bool visit(SSL_SESSION **ticket, const char *ciphers)
{
    const struct client_options options = { .name = "www.example.org",
                                            .ciphers = ciphers,
                                            .session = *ticket };
    struct client client;
    struct session *session = session_new(host);
    struct buf sent = BUF_ON(to_server);
    CHECK_INT(shake(&client, session, &options), SESSION_OPEN);
    (void)client_read(&client, &sent); /* takes the ticket of TLS 1.3 */
    bool resumed = session_is_resumed(session);
    CHECK(resumed == client_is_resumed(&client));
    SSL_SESSION_free(*ticket);
    *ticket = client_session(&client);
    client_done(&client);
    session_free(session);
    return resumed;
}

TEST(a_ticket_is_good_for_this_epoch_and_two_more)
{
    begin();
    static const char *const ciphers[] = { NULL, "ECDHE-RSA-AES256-GCM-SHA384" };
    for (size_t i = 0; i < LENGTH_OF(ciphers); i++) {
        for (int64_t epochs = 0; epochs < 4; epochs++) {
            SSL_SESSION *ticket = NULL;
            struct ticket_secret later = secret;
            ticket_secret_derive(&secret, NOW, &keys);
            CHECK(!visit(&ticket, ciphers[i]));
            CHECK(visit(&ticket, ciphers[i]));
            (void)ticket_secret_advance(&later, NOW + epochs * TICKET_EPOCH_S);
            ticket_secret_derive(&later, NOW + epochs * TICKET_EPOCH_S, &keys);
            CHECK(visit(&ticket, ciphers[i]) == (epochs <= 2));
            CHECK(visit(&ticket, ciphers[i]));
            SSL_SESSION_free(ticket);
        }
    }
    end();
}

TEST(a_session_outlives_the_site_that_it_began_with)
{
    begin();
    struct client client;
    struct session *session = session_new(host);
    CHECK_INT(shake(&client, session, &modern), SESSION_OPEN);
    session_host_use(host, NULL, &keys);
    site_free(site);
    site = NULL;
    struct buf in = BUF_ON(clear), out = BUF_ON(to_client), sent = BUF_ON(to_server);
    client_write(&client, STR("still"), &sent);
    CHECK_INT(session_read(session, buf_str(&sent), &in, &out), SESSION_OPEN);
    CHECK_STR(buf_str(&in), "still");
    CHECK(session_new(host) == NULL);
    client_done(&client);
    session_free(session);
    end();
}

TEST(a_handshake_that_has_begun_goes_on_when_the_site_has_gone)
{
    begin();
    struct client client;
    struct buf hello = BUF_ON(to_server), in = BUF_ON(clear), out = BUF_ON(to_client);
    struct session *session = session_new(host);
    client_init(&client, &modern);
    client_take(&client, STR(""), &hello);
    struct str half = str_first(buf_str(&hello), hello.n / 2);
    CHECK_INT(session_read(session, half, &in, &out), SESSION_BEGUN);
    session_host_use(host, NULL, &keys);
    CHECK_INT(session_read(session, str_from_at(buf_str(&hello), half.n), &in, &out),
              SESSION_BEGUN);
    CHECK(out.n > 0);
    client_done(&client);
    session_free(session);
    end();
}

TEST(ciphers_that_nobody_knows_are_refused)
{
    begin();
    struct site *made = NULL;
    struct error err;
    CHECK_INT(site_new(certificates, 3, "nonsense", session_prepare, &made, &err),
              ERR_SYNTAX);
    CHECK(strstr(err.text, "https.ciphers") != NULL && made == NULL);
    CHECK_INT(site_new(certificates, 1, "ECDHE+AESGCM:AES128-GCM-SHA256", session_prepare,
                       &made, NULL),
              OK);
    site_free(made);
    end();
}
