// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer/identity.h"

#include "base/buf.h"
#include "dns/record.h"

#include <assert.h>

enum {
    TEXT_MAX = 255, /* of a string in TXT data */
    SOA_SIZE_MAX = 2 * NAME_SIZE + 20,
    SERIAL = 1,
    REFRESH_S = 86400, /* usual values, although no secondary fetches the zone */
    RETRY_S = 7200,
    EXPIRE_S = 3600000,
    NOT_AT_ALL_S = 0,
};

static const struct name id_names[] = {
    { .n = 11, .wire = "\2id\6server" },
    { .n = 15, .wire = "\10hostname\4bind" },
};

static bool is_one_of(const struct name *names, size_t count, const struct name *name)
{
    for (size_t i = 0; i < count; i++)
        if (name_equal(&names[i], name))
            return true;
    return false;
}

bool identity_is_asked(const struct answer_policy *policy,
                       const struct dns_question *question)
{
    if (question->class == CLASS_CHAOS)
        return policy->nsid.n > 0 &&
               is_one_of(id_names, LENGTH_OF(id_names), &question->name);
    return policy->whoami_count > 0 && question->class == CLASS_IN &&
           question->type != RR_AXFR && question->type != RR_IXFR &&
           is_one_of(policy->whoami, policy->whoami_count, &question->name);
}

/* Puts a record. If it does not fit, the reply is truncated. */
static void put(struct message *message, const struct name *owner, uint16_t type,
                struct str rdata)
{
    message_set_begin(message, name_bytes(owner), type);
    message_set_add(message, NOT_AT_ALL_S, rdata);
    enum status status = message_set_put(message, true);
    assert(status != ERR_SYNTAX);
    (void)status;
}

static void put_text(struct message *message, const struct name *owner, struct str text)
{
    uint8_t storage[1 + TEXT_MAX];
    struct buf rdata = BUF_ON(storage);
    buf_put_u8(&rdata, (uint8_t)text.n);
    buf_put(&rdata, text);
    put(message, owner, RR_TXT, buf_str(&rdata));
}

static void put_soa(struct message *message, const struct name *owner)
{
    static const uint32_t numbers[] = { SERIAL, REFRESH_S, RETRY_S, EXPIRE_S,
                                        NOT_AT_ALL_S };
    uint8_t storage[SOA_SIZE_MAX];
    struct buf rdata = BUF_ON(storage);
    buf_put(&rdata, name_bytes(owner));
    buf_put_u8(&rdata, 0); /* the root: there is no mailbox */
    for (size_t i = 0; i < LENGTH_OF(numbers); i++)
        buf_put_u32(&rdata, numbers[i]);
    put(message, owner, RR_SOA, buf_str(&rdata));
}

static void tell_who(const struct dns_question *question, const struct ip *client,
                     struct message *message)
{
    char storage[IP_TEXT_SIZE];
    struct buf text = BUF_ON(storage);
    uint16_t family = client->family == IP_V4 ? RR_A : RR_AAAA;
    if (question->type == family || question->type == RR_ANY) {
        put(message, &question->name, family, ip_bytes(client));
    } else if (question->type == RR_TXT) {
        ip_format(*client, &text);
        put_text(message, &question->name, buf_str(&text));
    } else {
        if (question->type != RR_SOA)
            message_section(message, SECTION_AUTHORITY);
        put_soa(message, &question->name);
    }
}

void identity_answer(const struct answer_policy *policy,
                     const struct dns_question *question, const struct ip *client,
                     struct message *message)
{
    if (question->class == CLASS_IN)
        tell_who(question, client, message);
    else if (question->type == RR_TXT || question->type == RR_ANY)
        put_text(message, &question->name, policy->nsid);
}
