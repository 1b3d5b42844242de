// SPDX-License-Identifier: GPL-3.0-or-later
/* What is read as a question can be replied to, and the reply repeats that question. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "dns/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t reply_to(struct message *message, enum message_form form,
                       const struct dns_question *question, uint8_t *reply)
{
    message_reply(message, reply, MESSAGE_UDP_PLAIN);
    if (form != MESSAGE_QUESTION)
        return message_finish(message, RCODE_FORMERR, false);
    message_set_begin(message, name_bytes(&question->name), RR_TXT);
    message_set_add(message, 60, STR("\4text"));
    message_set_add(message, 30, STR("\4more"));
    enum status status = message_set_put(message, true);
    assert(status == OK || (status == ERR_LIMIT && message_is_truncated(message)));
    message_section(message, SECTION_AUTHORITY);
    message_set_begin(message, name_bytes(&question->name), RR_NS);
    message_set_add(message, 60, name_bytes(&question->name));
    status = message_set_put(message, false);
    assert(status == OK || status == ERR_LIMIT);
    return message_finish(message, RCODE_NOERROR, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message *message;
    if (!message)
        message = message_new();
    uint8_t *query = (uint8_t *)malloc(size ? size : 1);
    assert(query);
    memcpy(query, data, size);

    struct dns_question question, again;
    enum message_form form = message_read(message, query, size, &question);
    if (form != MESSAGE_NOT_A_QUERY) {
        uint8_t reply[MESSAGE_UDP_PLAIN];
        size_t n = reply_to(message, form, &question, reply);
        assert(n >= MESSAGE_HEADER_SIZE && n <= sizeof(reply));
        assert(memcmp(reply, data, 2) == 0 && memcmp(query, data, size) == 0);
        reply[2] &= 0x7f; /* no longer a reply */
        enum message_form form_again = message_read(message, reply, n, &again);
        if (form == MESSAGE_QUESTION)
            assert(form_again == form && name_equal(&question.name, &again.name) &&
                   question.type == again.type && question.class == again.class &&
                   question.edns == again.edns && question.dnssec_ok == again.dnssec_ok);
    }
    free(query);
    return 0;
}
