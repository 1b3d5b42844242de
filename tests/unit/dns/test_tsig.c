// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/buf.h"
#include "dns/tsig.h"
#include "test.h"

#define SECRET "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

enum {
    WIRE_SIZE = 1024,
    ALGORITHMS = 3
};

static const char *const algorithm_names[ALGORITHMS] = { "hmac-sha256", "hmac-sha384",
                                                         "hmac-sha512" };

static struct tsig_key key_of(const char *name, const char *algorithm)
{
    struct tsig_key key;
    struct error err = { .text = "" };
    if (tsig_key_parse(str_from(name), str_from(algorithm), STR(SECRET), &key, &err))
        fail_msg("%s", err.text);
    return key;
}

/* example.org SOA, or the reply to it. */
static size_t write_message(uint8_t wire[WIRE_SIZE], uint8_t flags)
{
    static const uint8_t bytes[] = { 0x12, 0x34, 0,   0,   0,   1,   0,   0,   0,   0,
                                     0,    0,    7,   'e', 'x', 'a', 'm', 'p', 'l', 'e',
                                     3,    'o',  'r', 'g', 0,   0,   6,   0,   1 };
    memcpy(wire, bytes, sizeof(bytes));
    wire[2] = flags;
    return sizeof(bytes);
}

static size_t signed_request(uint8_t wire[WIRE_SIZE], const struct tsig_key *key,
                             struct tsig *tsig)
{
    size_t n = write_message(wire, 0);
    CHECK(tsig_sign_request(tsig, key, wire, &n, WIRE_SIZE, NULL) == OK);
    return n;
}

static size_t from_hex(const char *hex, uint8_t wire[WIRE_SIZE])
{
    size_t n = strlen(hex) / 2;
    CHECK(str_from_hex(str_from(hex), wire, n) == OK);
    return n;
}

TEST(keys_are_read)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        struct tsig_key key = key_of("Transfer.Example.ORG.", algorithm_names[i]);
        CHECK_TEXT(name_text(&key.name), "transfer.example.org");
        CHECK_INT(key.algorithm, i);
        CHECK_STR(str_bytes(key.secret, key.secret_n),
                  "0123456789abcdef0123456789abcdef");
    }
    struct tsig_key key;
    CHECK(tsig_key_parse(STR("k"), STR("HMAC-SHA512"), STR(" " SECRET "\n"), &key,
                         NULL) == OK);
}

TEST(bad_keys_are_refused_without_telling_the_secret)
{
    static char long_secret[512];
    memset(long_secret, 'A', sizeof(long_secret) - 1);
    static const struct {
        const char *name, *algorithm, *secret;
        enum status want;
    } rows[] = {
        { "", "hmac-sha256", SECRET, ERR_SYNTAX },
        { "a..b", "hmac-sha256", SECRET, ERR_SYNTAX },
        { "a", "hmac-md5", SECRET, ERR_SYNTAX },
        { "a", "hmac-sha1", SECRET, ERR_SYNTAX },
        { "a", "", SECRET, ERR_SYNTAX },
        { "a", "hmac-sha256", "?" SECRET, ERR_SYNTAX },
        { "a", "hmac-sha256", "MDEyMzQ1Njc4OWFiY2Rl", ERR_LIMIT },
        { "a", "hmac-sha256", "", ERR_LIMIT },
        { "a", "hmac-sha256", long_secret, ERR_LIMIT },
        { "0123456789012345678901234567890123456789.0123456789012345678901234567890123456789"
          ".0123456789012345678901234567890",
          "hmac-sha256", SECRET, ERR_LIMIT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct tsig_key key = { .secret_n = 7 };
        struct error err = { .text = "" };
        enum status got =
            tsig_key_parse(str_from(rows[i].name), str_from(rows[i].algorithm),
                           str_from(rows[i].secret), &key, &err);
        if (got != rows[i].want)
            fail_msg("row %zu: %d (%s)", i, (int)got, err.text);
        CHECK(key.secret_n == 7 && strlen(err.text) > 0);
        CHECK(strstr(err.text, "MDEy") == NULL);
    }
}

TEST(a_signed_request_and_its_replies_are_believed)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        struct tsig_key keys[] = { key_of("other.example", algorithm_names[i]),
                                   key_of("k.example", algorithm_names[i]) };
        struct tsig client, server;
        uint8_t wire[WIRE_SIZE], before[WIRE_SIZE];
        size_t n = signed_request(wire, &keys[1], &client);
        memcpy(before, wire, sizeof(before));
        CHECK_INT(tsig_check_request(&server, keys, 2, wire, n), TSIG_GOOD);
        CHECK(memcmp(before, wire, sizeof(before)) == 0);
        CHECK(server.key == &keys[1] && server.error == 0);

        size_t plain = n = write_message(wire, 0x84);
        CHECK(tsig_sign_reply(&server, wire, &n, WIRE_SIZE) == OK);
        CHECK(n > plain && n <= plain + tsig_room(&server) &&
              tsig_room(&server) == TSIG_ROOM);
        CHECK_INT(tsig_check_reply(&client, wire, n), TSIG_GOOD);
    }
}

TEST(any_changed_byte_is_noticed)
{
    struct tsig_key key = key_of("k.example", "hmac-sha256");
    struct tsig client, server;
    uint8_t request[WIRE_SIZE], reply[WIRE_SIZE];
    size_t n = signed_request(request, &key, &client);
    for (size_t i = 0; i < n; i++) {
        if (i < 2)
            continue; /* the id may change on the way: the signed one is in the record */
        request[i] ^= 1;
        CHECK(tsig_check_request(&server, &key, 1, request, n) != TSIG_GOOD);
        request[i] ^= 1;
    }
    CHECK_INT(tsig_check_request(&server, &key, 1, request, n), TSIG_GOOD);
    n = write_message(reply, 0x84);
    CHECK(tsig_sign_reply(&server, reply, &n, WIRE_SIZE) == OK);
    for (size_t i = 2; i < n; i++) {
        reply[i] ^= 1;
        struct tsig fresh = client;
        CHECK(tsig_check_reply(&fresh, reply, n) != TSIG_GOOD);
        reply[i] ^= 1;
    }
    CHECK_INT(tsig_check_reply(&client, reply, n), TSIG_GOOD);
}

TEST(a_reply_to_another_request_or_without_signature_is_not_believed)
{
    struct tsig_key key = key_of("k.example", "hmac-sha256");
    struct tsig client, other, server;
    uint8_t wire[WIRE_SIZE];
    (void)signed_request(wire, &key, &client);
    size_t n = write_message(wire, 0);
    wire[1] = 0x99;
    CHECK(tsig_sign_request(&other, &key, wire, &n, WIRE_SIZE, NULL) == OK);
    CHECK_INT(tsig_check_request(&server, &key, 1, wire, n), TSIG_GOOD);
    n = write_message(wire, 0x84);
    CHECK_INT(tsig_check_reply(&client, wire, n), TSIG_NONE);
    CHECK(tsig_sign_reply(&server, wire, &n, WIRE_SIZE) == OK);
    CHECK_INT(tsig_check_reply(&client, wire, n), TSIG_BAD);
    CHECK_INT(client.error, TSIG_BADSIG);
}

/* Signed by another program, long ago. */
static const char *const old_requests[ALGORITHMS] = {
    "123400000001000000000001076578616d706c65036f72670000060001087472616e73666572c00c00fa00"
    "ff00000000003d0b686d61632d7368613235360000003b9aca00012c00208433bac183fce5d18e34856c27"
    "dc0a98243ab7193244b07d25beeb060888ef92123400000000",
    "123400000001000000000001076578616d706c65036f72670000060001087472616e73666572c00c00fa00"
    "ff00000000004d0b686d61632d7368613338340000003b9aca00012c0030f66b88b079893fb462965b4658"
    "312c52b1a8c1a818e71b195183ee42b0b5f7a03e87f583cc36471745078b7cd814d7a1123400000000",
    "123400000001000000000001076578616d706c65036f72670000060001087472616e73666572c00c00fa00"
    "ff00000000005d0b686d61632d7368613531320000003b9aca00012c0040e3e7bf5c33e77b5147e98fe03c"
    "73aeecceec6ef20b6ee054ac26b235732714af0cd82dc4c722ed959ed05b6dd68a4fe6ad36aabc9b1ece7e"
    "f577d529604470af123400000000",
};

enum {
    MAC_LENGTH_AT = 71, /* in the first of them */
    RDATA_LENGTH_AT = 48,
    MAC_AT = 73,
    MAC_N = 32
};

TEST(an_old_request_is_told_our_time_signed)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        struct tsig_key key = key_of("transfer.example.org", algorithm_names[i]);
        struct tsig server;
        uint8_t wire[WIRE_SIZE];
        size_t n = from_hex(old_requests[i], wire);
        CHECK_INT(tsig_check_request(&server, &key, 1, wire, n), TSIG_BAD);
        CHECK_INT(server.error, TSIG_BADTIME);
        CHECK(server.key == &key && server.time_s == 1000000000);
        n = write_message(wire, 0x84);
        CHECK(tsig_sign_reply(&server, wire, &n, WIRE_SIZE) == OK);
        /* error 18, and 6 bytes of time */
        CHECK(memcmp(wire + n - 10, "\0\x12\0\6\0\0", 6) == 0);
        CHECK(n > 29 + 10 + 16 + MAC_N);
    }
}

TEST(a_key_that_we_lack_is_told_unsigned)
{
    static const struct {
        const char *name, *algorithm;
    } rows[] = { { "another.example.org", "hmac-sha256" },
                 { "transfer.example.org", "hmac-sha512" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct tsig_key key = key_of(rows[i].name, rows[i].algorithm);
        struct tsig server;
        uint8_t wire[WIRE_SIZE];
        size_t n = from_hex(old_requests[0], wire);
        CHECK_INT(tsig_check_request(&server, &key, 1, wire, n), TSIG_BAD);
        CHECK(server.error == TSIG_BADKEY && !server.key);
        CHECK_INT(tsig_check_request(&server, NULL, 0, wire, n), TSIG_BAD);
        CHECK(server.error == TSIG_BADKEY && !server.key);
        size_t before = n = write_message(wire, 0x84);
        CHECK(tsig_sign_reply(&server, wire, &n, before + tsig_room(&server)) == OK);
        CHECK_INT(n, before + tsig_room(&server));
        CHECK_INT(wire[11], 1);
        /* no MAC, id, error 17, nothing else */
        CHECK(memcmp(wire + n - 8, "\0\0\x12\x34\0\x11\0\0", 8) == 0);
        n = before;
        CHECK(tsig_sign_reply(&server, wire, &n, before + tsig_room(&server) - 1) ==
              ERR_LIMIT);
    }
}

TEST(a_cut_signature_is_refused)
{
    static const struct {
        size_t n;
        enum tsig_verdict want;
    } rows[] = { { 0, TSIG_BROKEN },
                 { 9, TSIG_BROKEN },
                 { 15, TSIG_BROKEN },
                 { 16, TSIG_BAD },
                 { 31, TSIG_BAD } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct tsig_key key = key_of("transfer.example.org", "hmac-sha256");
        struct tsig server;
        uint8_t wire[WIRE_SIZE];
        size_t n = from_hex(old_requests[0], wire), cut = MAC_N - rows[i].n;
        CHECK(wire[MAC_LENGTH_AT + 1] == MAC_N);
        memmove(wire + MAC_AT + rows[i].n, wire + MAC_AT + MAC_N, n - MAC_AT - MAC_N);
        wire[MAC_LENGTH_AT + 1] = (uint8_t)rows[i].n;
        wire[RDATA_LENGTH_AT + 1] = (uint8_t)(wire[RDATA_LENGTH_AT + 1] - cut);
        CHECK_INT(tsig_check_request(&server, &key, 1, wire, n - cut), rows[i].want);
        CHECK(!server.key);
        if (rows[i].want == TSIG_BAD)
            CHECK_INT(server.error, TSIG_BADTRUNC);
    }
}

TEST(a_signature_must_be_the_last_record_and_alone)
{
    struct tsig_key key = key_of("transfer.example.org", "hmac-sha256");
    static const uint8_t opt[] = { 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0 };
    struct tsig server;
    uint8_t wire[WIRE_SIZE];
    size_t n = from_hex(old_requests[0], wire);
    memcpy(wire + n, opt, sizeof(opt));
    wire[11] = 2;
    CHECK_INT(tsig_check_request(&server, &key, 1, wire, n + sizeof(opt)), TSIG_BROKEN);
    memcpy(wire + n, wire + 29, n - 29); /* twice */
    CHECK_INT(tsig_check_request(&server, &key, 1, wire, n + n - 29), TSIG_BROKEN);
    wire[11] = 1;
    CHECK_INT(tsig_check_request(&server, &key, 1, wire, n + 1), TSIG_BROKEN);
    for (size_t cut = 1; cut < n - 29; cut++)
        CHECK_INT(tsig_check_request(&server, &key, 1, wire, n - cut), TSIG_BROKEN);
}

TEST(what_is_not_signed_is_left_alone)
{
    struct tsig_key key = key_of("k.example", "hmac-sha256");
    struct tsig server;
    uint8_t wire[WIRE_SIZE];
    size_t n = write_message(wire, 0);
    CHECK_INT(tsig_check_request(&server, &key, 1, wire, n), TSIG_NONE);
    CHECK_INT(tsig_room(&server), 0);
    size_t before = n;
    CHECK(tsig_sign_reply(&server, wire, &n, n) == OK && n == before);
    CHECK_INT(tsig_check_request(&server, &key, 1, wire, 3), TSIG_BROKEN);
}

TEST(every_message_of_a_long_reply_is_signed_in_its_order)
{
    struct tsig_key key = key_of("k.example", "hmac-sha256");
    struct tsig client, server;
    uint8_t wire[WIRE_SIZE], macs[4][MAC_N];
    size_t n = signed_request(wire, &key, &client);
    CHECK_INT(tsig_check_request(&server, &key, 1, wire, n), TSIG_GOOD);
    for (size_t i = 0; i < LENGTH_OF(macs); i++) {
        n = write_message(wire, 0x84);
        CHECK(tsig_sign_reply(&server, wire, &n, WIRE_SIZE) == OK);
        memcpy(macs[i], server.mac, MAC_N);
        CHECK_INT(server.mac_n, MAC_N);
        for (size_t j = 0; j < i;
             j++) /* the same message: it is the order that differs */
            CHECK(memcmp(macs[i], macs[j], MAC_N) != 0);
    }
    n = write_message(wire, 0x84);
    CHECK(tsig_sign_reply(&server, wire, &n, n + 10) == ERR_LIMIT);
    CHECK(tsig_sign_request(&client, &key, wire, &n, n + 10, NULL) == ERR_LIMIT);
}

TEST(a_key_without_a_secret_signs_nothing_and_opens_nothing)
{
    struct tsig_key key = key_of("transfer.example.org", "hmac-sha256");
    struct tsig client, server;
    uint8_t wire[WIRE_SIZE];
    size_t n = from_hex(old_requests[0], wire);
    key.secret_n = 0;
    CHECK_INT(tsig_check_request(&server, &key, 1, wire, n), TSIG_BAD);
    CHECK_INT(server.error, TSIG_BADKEY);
    n = write_message(wire, 0);
    CHECK(tsig_sign_request(&client, &key, wire, &n, WIRE_SIZE, NULL) == ERR_LIMIT);
}
