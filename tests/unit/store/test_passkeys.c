// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <string.h>

enum {
    NOW = 1000000
};

static struct passkey_row passkey_of(const struct fixture *fixture, uint8_t byte)
{
    struct passkey_row row = { .account_id = fixture->account_id,
                               .credential_n = PASSKEY_ID_MAX,
                               .key_n = 91,
                               .algorithm = -257,
                               .counter = UINT32_MAX,
                               .transports = 5,
                               .can_be_copied = true,
                               .name = "Laptop",
                               .created_s = NOW };
    memset(row.credential, byte, row.credential_n);
    memset(row.key, byte + 1, row.key_n);
    memset(row.aaguid, byte + 2, sizeof(row.aaguid));
    return row;
}

static struct passkey_row add(const struct fixture *fixture, uint8_t byte)
{
    struct passkey_row row = passkey_of(fixture, byte);
    begin(fixture->store);
    CHECK_INT(store_passkey_insert(fixture->store, &row, NULL), OK);
    commit(fixture->store);
    return row;
}

static struct str credential_of(const struct passkey_row *row)
{
    return str_bytes(row->credential, row->credential_n);
}

static void check_same(const struct passkey_row *got, const struct passkey_row *want)
{
    CHECK_INT(got->id, want->id);
    CHECK_INT(got->account_id, want->account_id);
    CHECK(str_equal(credential_of(got), credential_of(want)));
    CHECK(str_equal(str_bytes(got->key, got->key_n), str_bytes(want->key, want->key_n)));
    CHECK_INT(got->algorithm, want->algorithm);
    CHECK_INT(got->counter, want->counter);
    CHECK(memcmp(got->aaguid, want->aaguid, sizeof(got->aaguid)) == 0);
    CHECK_INT(got->transports, want->transports);
    CHECK_INT(got->can_be_copied, want->can_be_copied);
    CHECK_INT(got->is_copied, want->is_copied);
    CHECK_TEXT(got->name, want->name);
    CHECK_INT(got->created_s, want->created_s);
    CHECK_INT(got->used_s, want->used_s);
}

static enum status count(void *ctx, const struct passkey_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return OK;
}

static size_t passkeys_of(const struct fixture *fixture, int64_t account_id)
{
    size_t n = 0;
    struct account_row account;
    CHECK_INT(store_passkey_list(fixture->store, account_id,
                                 (struct store_page){ .limit = SIZE_MAX }, count, &n,
                                 NULL),
              OK);
    if (!store_account_find(fixture->store, account_id, &account, NULL))
        CHECK_INT(account.passkeys, n);
    return n;
}

TEST(a_passkey_comes_back_as_it_was_inserted)
{
    FIXTURE(fixture);
    struct passkey_row want = add(&fixture, 7), got;
    CHECK_INT(
        store_passkey_find_credential(fixture.store, credential_of(&want), &got, NULL),
        OK);
    check_same(&got, &want);
    CHECK_INT(store_passkey_find(fixture.store, want.id, &got, NULL), OK);
    check_same(&got, &want);
    CHECK_INT(store_passkey_find(fixture.store, want.id + 1, &got, NULL), ERR_NOT_FOUND);
    want.credential_n--;
    CHECK_INT(
        store_passkey_find_credential(fixture.store, credential_of(&want), &got, NULL),
        ERR_NOT_FOUND);
}

TEST(a_credential_belongs_to_one_account)
{
    FIXTURE(fixture);
    struct account_row bob = { .email = "bob@example.org", .language = "en" };
    struct passkey_row again = add(&fixture, 7);
    begin(fixture.store);
    CHECK_INT(store_account_insert(fixture.store, &bob, NULL), OK);
    again.account_id = bob.id;
    CHECK_INT(store_passkey_insert(fixture.store, &again, NULL), ERR_EXISTS);
    commit(fixture.store);
    CHECK_INT(passkeys_of(&fixture, fixture.account_id), 1);
    CHECK_INT(passkeys_of(&fixture, bob.id), 0);
}

TEST(what_a_use_changes_is_written_and_nothing_else)
{
    FIXTURE(fixture);
    struct passkey_row row = add(&fixture, 7), got;
    row.counter = 9;
    row.is_copied = true;
    row.used_s = NOW + 5;
    strcpy(row.name, "Phone");
    row.algorithm = -7;
    begin(fixture.store);
    CHECK_INT(store_passkey_update(fixture.store, &row, NULL), OK);
    commit(fixture.store);
    CHECK_INT(store_passkey_find(fixture.store, row.id, &got, NULL), OK);
    CHECK_INT(got.counter, 9);
    CHECK(got.is_copied);
    CHECK_INT(got.used_s, NOW + 5);
    CHECK_TEXT(got.name, "Phone");
    CHECK_INT(got.algorithm, -257);
    row.id++;
    begin(fixture.store);
    CHECK_INT(store_passkey_update(fixture.store, &row, NULL), ERR_NOT_FOUND);
    commit(fixture.store);
}

TEST(passkeys_go_one_by_one_all_at_once_and_with_their_account)
{
    FIXTURE(fixture);
    size_t removed = 0;
    struct account_row bob = { .email = "bob@example.org", .language = "en" };
    int64_t first = add(&fixture, 1).id;
    (void)add(&fixture, 2);
    (void)add(&fixture, 3);
    begin(fixture.store);
    CHECK_INT(store_passkey_remove(fixture.store, first, NULL), OK);
    CHECK_INT(store_passkey_remove(fixture.store, first, NULL), ERR_NOT_FOUND);
    CHECK_INT(passkeys_of(&fixture, fixture.account_id), 2);
    CHECK_INT(
        store_passkey_remove_account(fixture.store, fixture.account_id, &removed, NULL),
        OK);
    CHECK_INT(removed, 2);
    CHECK_INT(store_account_insert(fixture.store, &bob, NULL), OK);
    struct passkey_row row = passkey_of(&fixture, 4);
    row.account_id = bob.id;
    CHECK_INT(store_passkey_insert(fixture.store, &row, NULL), OK);
    CHECK_INT(store_account_remove(fixture.store, bob.id, NULL), OK);
    CHECK_INT(passkeys_of(&fixture, bob.id), 0);
    commit(fixture.store);
}
