// SPDX-License-Identifier: GPL-3.0-or-later
/* Whatever a browser and its authenticator say: what is refused leaves nothing behind, and what is
 * taken is within bounds and of an algorithm that we know. */
#include <assert.h>
#include <string.h>

#include "account/webauthn.h"
#include "base/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_registration(const struct webauthn_site *site,
                               const struct webauthn_registration *said)
{
    static struct passkey_row row;
    row.credential_n = row.key_n = 0;
    if (webauthn_register(site, said, &row, NULL)) {
        assert(row.credential_n == 0 && row.key_n == 0);
        return;
    }
    assert(row.credential_n > 0 && row.credential_n <= PASSKEY_ID_MAX);
    assert(row.key_n > 0 && row.key_n <= PASSKEY_KEY_MAX);
    assert(row.can_be_copied || !row.is_copied);
    assert(str_equal(str_bytes(row.credential, row.credential_n), said->credential));
}

static void check_assertion(const struct webauthn_site *site,
                            const struct webauthn_assertion *said, struct str key,
                            int64_t algorithm)
{
    static struct passkey_row row;
    struct webauthn_use use;
    uint8_t storage[40];
    struct buf challenge = BUF_ON(storage);
    enum status found = webauthn_challenge(said->said.client, &challenge, NULL);
    assert(found == OK || (found == ERR_DENIED && challenge.n == 0));
    enum status status = webauthn_assert(site, said, &use, NULL);
    assert(status || use.can_be_copied || !use.is_copied);
    if (key.n > PASSKEY_KEY_MAX)
        return;
    row.algorithm = algorithm;
    row.key_n = key.n;
    memcpy(row.key, key.at, key.n);
    status = webauthn_verify(&row, said, NULL);
    assert(status == OK || status == ERR_DENIED);
}

/* A byte that chooses, and then pieces, each with its length in front. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct webauthn_site site = { STR("https://ddns.example.org"),
                                        STR("ddns.example.org") };
    struct reader reader = reader_on(str_bytes(data, size));
    unsigned chosen = reader_u8(&reader);
    struct str pieces[5];
    for (size_t i = 0; i < LENGTH_OF(pieces); i++)
        pieces[i] = reader_bytes(&reader, reader_u16(&reader));
    if (reader.failed)
        return 0;
    struct webauthn_said said = { .client = pieces[2], .data = pieces[3] };
    int64_t algorithm = webauthn_algorithms[chosen % WEBAUTHN_ALGORITHMS];
    const struct webauthn_registration made = {
        .said = said, .key = pieces[0], .credential = pieces[1], .algorithm = algorithm
    };
    const struct webauthn_assertion used = { .said = said, .signature = pieces[4] };
    if (chosen & 128)
        check_assertion(&site, &used, pieces[0], algorithm);
    else
        check_registration(&site, &made);
    return 0;
}
