// SPDX-License-Identifier: GPL-3.0-or-later
#include "account/webauthn.h"

#include <string.h>

#include "account/webauthn_key.h"
#include "base/json.h"
#include "base/mem.h"
#include "test.h"
#include "webauthn_vectors.h"

enum {
    ROOM = 4096,
    FLAGS = 32, /* where they stand in the authenticator's data */
    COUNTER = 36
};

struct bytes {
    uint8_t at[ROOM];
    size_t n;
};

static void fill(struct bytes *bytes, const char *hex)
{
    bytes->n = strlen(hex) / 2;
    CHECK(bytes->n <= ROOM);
    CHECK_INT(str_from_hex(str_from(hex), bytes->at, bytes->n), OK);
}

static struct str str_of(const struct bytes *bytes)
{
    return str_bytes(bytes->at, bytes->n);
}

static struct webauthn_site site_of(const char *origin)
{
    struct webauthn_site site = { .origin = STR("") };
    CHECK_INT(webauthn_site_of(str_from(origin), &site, NULL), OK);
    return site;
}

/* All that one ceremony has said. */
struct scene {
    struct bytes credential, key, client, data, get_client, get_data, signature;
    struct webauthn_registration made;
    struct webauthn_assertion used;
    struct webauthn_site site;
};

static void link_scene(struct scene *scene, int64_t algorithm)
{
    scene->made =
        (struct webauthn_registration){ .said = { str_of(&scene->client),
                                                  str_of(&scene->data) },
                                        .credential = str_of(&scene->credential),
                                        .key = str_of(&scene->key),
                                        .algorithm = algorithm };
    scene->used = (struct webauthn_assertion){ .said = { str_of(&scene->get_client),
                                                         str_of(&scene->get_data) },
                                               .signature = str_of(&scene->signature) };
}

static struct scene *scene_of(const struct vector *vector)
{
    struct scene *scene = NEW(struct scene);
    fill(&scene->credential, vector->credential);
    fill(&scene->key, vector->key);
    fill(&scene->client, vector->client);
    fill(&scene->data, vector->data);
    fill(&scene->get_client, vector->get_client);
    fill(&scene->get_data, vector->get_data);
    fill(&scene->signature, vector->signature);
    scene->site = site_of("https://ddns.example.org");
    link_scene(scene, vector->algorithm);
    return scene;
}

static enum status make(const struct scene *scene, struct passkey_row *out)
{
    return webauthn_register(&scene->site, &scene->made, out, NULL);
}

TEST(a_passkey_of_each_algorithm_is_registered_and_used)
{
    for (size_t i = 0; i < LENGTH_OF(vectors); i++) {
        CLEANUP(mem_freep) struct scene *scene = scene_of(&vectors[i]);
        struct passkey_row row = { .id = 7, .name = "Laptop" };
        struct webauthn_use use = { .counter = 9 };
        CHECK_INT(make(scene, &row), OK);
        CHECK_INT(row.id, 7);
        CHECK_TEXT(row.name, "Laptop");
        CHECK_INT(row.algorithm, vectors[i].algorithm);
        CHECK(str_equal(str_bytes(row.credential, row.credential_n),
                        str_of(&scene->credential)));
        CHECK(str_equal(str_bytes(row.key, row.key_n), str_of(&scene->key)));
        CHECK_INT(row.counter, 0);
        CHECK(!row.can_be_copied && !row.is_copied);
        CHECK_INT(webauthn_assert(&scene->site, &scene->used, &use, NULL), OK);
        CHECK_INT(use.counter, 1);
        CHECK_INT(webauthn_verify(&row, &scene->used, NULL), OK);
    }
}

TEST(a_signature_is_of_one_key_over_all_that_was_said)
{
    for (size_t i = 0; i < LENGTH_OF(vectors); i++) {
        CLEANUP(mem_freep) struct scene *scene = scene_of(&vectors[i]);
        CLEANUP(mem_freep)
        struct scene *other = scene_of(&vectors[(i + 1) % LENGTH_OF(vectors)]);
        struct bytes *const parts[] = { &scene->get_client, &scene->get_data,
                                        &scene->signature };
        struct passkey_row row = { .id = 0 }, other_row = { .id = 0 };
        CHECK_INT(make(scene, &row), OK);
        CHECK_INT(make(other, &other_row), OK);
        for (size_t k = 0; k < LENGTH_OF(parts); k++)
            for (size_t at = 0; at < parts[k]->n; at += parts[k]->n / 5) {
                parts[k]->at[at] ^= 1;
                CHECK_INT(webauthn_verify(&row, &scene->used, NULL), ERR_DENIED);
                parts[k]->at[at] ^= 1;
            }
        CHECK_INT(webauthn_verify(&other_row, &scene->used, NULL), ERR_DENIED);
        other_row.algorithm = row.algorithm;
        CHECK_INT(webauthn_verify(&other_row, &scene->used, NULL), ERR_DENIED);
        CHECK_INT(webauthn_verify(&row, &scene->used, NULL), OK);
    }
}

/* No byte of a registration can be another one, but for those that we only store: the challenge and
 * the unknown member in what the browser says, the counter and the model. */
TEST(of_what_an_authenticator_registers_no_byte_is_left_unchecked)
{
    for (size_t i = 0; i < LENGTH_OF(vectors); i++) {
        CLEANUP(mem_freep) struct scene *scene = scene_of(&vectors[i]);
        for (size_t at = 0; at < scene->data.n; at++) {
            struct passkey_row row = { .id = 0 };
            bool is_stored = at > FLAGS && at < 37 + PASSKEY_AAGUID_SIZE;
            scene->data.at[at] ^= 4;
            CHECK_INT(make(scene, &row), is_stored ? OK : ERR_DENIED);
            scene->data.at[at] ^= 4;
        }
        for (size_t at = 0; at < scene->key.n; at++) {
            struct passkey_row row = { .id = 0 };
            scene->key.at[at] ^= 1;
            CHECK_INT(make(scene, &row), ERR_DENIED);
            CHECK_INT(row.key_n, 0);
            scene->key.at[at] ^= 1;
        }
    }
}

/* The flags: 01 present, 04 verified, 08 may be copied, 10 is copied, 40 a key, 80 extensions. */
TEST(flags_have_to_fit)
{
    static const struct {
        uint8_t flags;
        enum status made, used;
    } rows[] = {
        { 0x45, OK, ERR_DENIED },         { 0x05, ERR_DENIED, OK },
        { 0x44, ERR_DENIED, ERR_DENIED }, { 0x41, ERR_DENIED, ERR_DENIED },
        { 0x04, ERR_DENIED, ERR_DENIED }, { 0x01, ERR_DENIED, ERR_DENIED },
        { 0x4d, OK, ERR_DENIED },         { 0x0d, ERR_DENIED, OK },
        { 0x5d, OK, ERR_DENIED },         { 0x1d, ERR_DENIED, OK },
        { 0x55, ERR_DENIED, ERR_DENIED }, { 0x15, ERR_DENIED, ERR_DENIED },
        { 0xc5, ERR_DENIED, ERR_DENIED }, { 0x85, ERR_DENIED, ERR_DENIED },
        { 0x67, OK, ERR_DENIED },         { 0x27, ERR_DENIED, OK },
    };
    CLEANUP(mem_freep) struct scene *scene = scene_of(&vectors[0]);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct passkey_row row = { .id = 0 };
        struct webauthn_use use = { .counter = 0 };
        scene->data.at[FLAGS] = scene->get_data.at[FLAGS] = rows[i].flags;
        CHECK_INT(make(scene, &row), rows[i].made);
        CHECK_INT(webauthn_assert(&scene->site, &scene->used, &use, NULL), rows[i].used);
        CHECK_INT(row.can_be_copied, !rows[i].made && rows[i].flags & 8);
        CHECK_INT(use.is_copied, !rows[i].used && rows[i].flags & 16);
    }
}

TEST(data_have_extensions_behind_them_if_they_say_so)
{
    CLEANUP(mem_freep) struct scene *scene = scene_of(&vectors[0]);
    struct passkey_row row = { .id = 0 };
    struct webauthn_use use;
    scene->data.at[scene->data.n++] = 0xa0;
    scene->get_data.at[scene->get_data.n++] = 0xa0;
    link_scene(scene, vectors[0].algorithm);
    CHECK_INT(make(scene, &row), ERR_DENIED);
    CHECK_INT(webauthn_assert(&scene->site, &scene->used, &use, NULL), ERR_DENIED);
    scene->data.at[FLAGS] |= 0x80;
    scene->get_data.at[FLAGS] |= 0x80;
    CHECK_INT(make(scene, &row), OK);
    CHECK_INT(webauthn_assert(&scene->site, &scene->used, &use, NULL), OK);
}

TEST(data_that_end_too_early_are_refused)
{
    CLEANUP(mem_freep) struct scene *scene = scene_of(&vectors[1]);
    for (size_t n = scene->data.n; n-- > 0;) {
        struct passkey_row row = { .id = 0 };
        struct webauthn_use use;
        scene->made.said.data.n = n;
        CHECK_INT(make(scene, &row), ERR_DENIED);
        if (n >= scene->get_data.n)
            continue;
        scene->used.said.data.n = n;
        CHECK_INT(webauthn_assert(&scene->site, &scene->used, &use, NULL), ERR_DENIED);
    }
}

static enum status assert_client(const char *text)
{
    CLEANUP(mem_freep) struct scene *scene = scene_of(&vectors[0]);
    struct webauthn_use use;
    scene->used.said.client = str_from(text);
    return webauthn_assert(&scene->site, &scene->used, &use, NULL);
}

TEST(what_the_browser_says_has_to_be_of_our_page_and_ceremony)
{
#define SAYS(type_, origin_, more_) \
    "{\"type\":\"" type_ "\",\"challenge\":\"AA\",\"origin\":\"" origin_ "\"" more_ "}"
#define OURS(more_) SAYS("webauthn.get", "https://ddns.example.org", more_)
    static const struct {
        const char *text;
        enum status want;
    } rows[] = {
        { OURS(""), OK },
        { OURS(",\"crossOrigin\":false,\"later\":[1,{}]"), OK },
        { OURS(",\"crossOrigin\":true"), ERR_DENIED },
        { OURS(",\"crossOrigin\":0"), ERR_DENIED },
        { OURS(",\"crossOrigin\":null"), ERR_DENIED },
        { OURS(",\"topOrigin\":\"https://ddns.example.org\""), ERR_DENIED },
        { OURS(",\"topOrigin\":null"), ERR_DENIED },
        { OURS(",\"type\":\"webauthn.get\""), ERR_DENIED },
        { SAYS("webauthn.create", "https://ddns.example.org", ""), ERR_DENIED },
        { SAYS("webauthn.get ", "https://ddns.example.org", ""), ERR_DENIED },
        { SAYS("webauthn.get", "https://ddns.example.org/", ""), ERR_DENIED },
        { SAYS("webauthn.get", "https://ddns.example.org:443", ""), ERR_DENIED },
        { SAYS("webauthn.get", "https://DDNS.example.org", ""), ERR_DENIED },
        { SAYS("webauthn.get", "http://ddns.example.org", ""), ERR_DENIED },
        { SAYS("webauthn.get", "https://a.ddns.example.org", ""), ERR_DENIED },
        { SAYS("webauthn.get", "", ""), ERR_DENIED },
        { "{\"type\":7,\"challenge\":\"AA\"}", ERR_DENIED },
        { "{}", ERR_DENIED },
        { "[]", ERR_DENIED },
        { "{", ERR_DENIED },
        { "", ERR_DENIED },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        if (assert_client(rows[i].text) != rows[i].want)
            print_error("%s\n", rows[i].text);
        CHECK_INT(assert_client(rows[i].text), rows[i].want);
    }
}

TEST(the_challenge_is_taken_out_whatever_else_is_said)
{
    static const struct {
        const char *text;
        enum status want;
    } rows[] = {
        { "{\"challenge\":\"BwcHBw\"}", OK },
        { "{\"challenge\":\"BwcHBwcH\"}", ERR_DENIED },
        { "{\"challenge\":\"BwcHBw==\"}", ERR_DENIED },
        { "{\"challenge\":\"\"}", ERR_DENIED },
        { "{\"challenge\":7}", ERR_DENIED },
        { "{}", ERR_DENIED },
        { "", ERR_DENIED },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t storage[4];
        struct buf out = BUF_ON(storage);
        CHECK_INT(webauthn_challenge(str_from(rows[i].text), &out, NULL), rows[i].want);
        CHECK_INT(out.n, rows[i].want ? 0 : 4);
    }
}

TEST(passkeys_need_a_name_and_not_an_address)
{
    static const struct {
        const char *origin, *rp_id;
    } rows[] = {
        { "https://ddns.example.org", "ddns.example.org" },
        { "https://ddns.example.org:8443", "ddns.example.org" },
        { "http://localhost:8053", "localhost" },
        { "http://x.localhost:8053", "x.localhost" },
        { "http://127.0.0.1:8053", NULL },
        { "http://[::1]:8053", NULL },
        { "https://192.0.2.1", NULL },
        { "https://[2001:db8::1]", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct webauthn_site site = { .rp_id = STR("untouched") };
        struct error err = { "" };
        CHECK_INT(webauthn_site_of(str_from(rows[i].origin), &site, &err),
                  rows[i].rp_id ? OK : ERR_CONFLICT);
        CHECK_STR(site.rp_id, rows[i].rp_id ? rows[i].rp_id : "untouched");
        CHECK(rows[i].rp_id || strstr(err.text, "no passkeys"));
    }
}

TEST(a_handle_is_of_one_account_and_one_service)
{
    struct keys keys = { .pepper = { 1 } }, other_keys = { .pepper = { 2 } };
    struct account_row account = { .id = 1, .created_s = 5 }, second = { .id = 2 },
                       later = { .id = 1, .created_s = 6 };
    uint8_t handles[5][WEBAUTHN_HANDLE_SIZE];
    webauthn_user_handle(&keys, &account, handles[0]);
    webauthn_user_handle(&keys, &second, handles[1]);
    webauthn_user_handle(&keys, &later, handles[2]);
    webauthn_user_handle(&other_keys, &account, handles[3]);
    webauthn_user_handle(&keys, &account, handles[4]);
    for (size_t i = 1; i < 4; i++)
        CHECK(memcmp(handles[0], handles[i], WEBAUTHN_HANDLE_SIZE) != 0);
    CHECK(memcmp(handles[0], handles[4], WEBAUTHN_HANDLE_SIZE) == 0);
}

TEST(a_counter_rises_or_is_always_0)
{
    static const struct {
        uint32_t last, now;
        bool rises;
    } rows[] = {
        { 0, 0, true },
        { 0, 1, true },
        { 1, 2, true },
        { 1, 1, false },
        { 1, 0, false },
        { 2, 1, false },
        { UINT32_MAX, UINT32_MAX, false },
        { UINT32_MAX - 1, UINT32_MAX, true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(webauthn_counter_rises(rows[i].last, rows[i].now), rows[i].rises);
}
