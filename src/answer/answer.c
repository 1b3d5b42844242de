// SPDX-License-Identifier: GPL-3.0-or-later
/* What a message is, and what is done with it; what stands under a name is found by
 * search.h. */
#include "answer/answer.h"

#include "answer/search.h"
#include "answer/transfer.h"
#include "base/mem.h"
#include "dns/record.h"
#include "dns/tsig.h"
#include "image/image.h"

#include <assert.h>

enum {
    RR_TKEY = 249,
    RR_TSIG = 250,
    OPCODE_BITS = 0x78, /* of the third byte of a message */
    OPCODE_NOTIFY = 4 << 3,
};

struct answer {
    struct message *message;
    struct answer_counters counters;
    const struct answer_access *access;
    struct tsig tsig; /* of the query at hand */
    struct search search;
};

static const struct answer_access nobody;

struct answer *answer_new(void)
{
    struct answer *answer = NEW(struct answer);
    answer->message = message_new();
    answer->access = &nobody;
    return answer;
}

void answer_allow(struct answer *answer, const struct answer_access *access)
{
    answer->access = access;
}

void answer_free(struct answer *answer)
{
    if (!answer)
        return;
    message_free(answer->message);
    mem_free(answer);
}

const struct answer_counters *answer_counters(const struct answer *answer)
{
    return &answer->counters;
}

/* ----- transfers ----- */

static enum dns_rcode answer_soa(struct search *search)
{
    search->type = RR_SOA;
    return search_run(search);
}

/* AXFR (RFC 5936) and IXFR (RFC 1995), the latter without a memory of what was: it gets the
 * whole zone. */
static enum dns_rcode answer_transfer(struct answer *answer, const struct answer_job *job,
                                      const struct dns_question *question)
{
    struct search *search = &answer->search;
    struct image_record soa;
    bool over_udp = job->transport == ANSWER_UDP;
    if ((over_udp && question->type == RR_AXFR) ||
        !access_allows(answer->access, job->client, answer->tsig.key, &question->name))
        return RCODE_REFUSED;
    if (question->type == RR_IXFR && !question->has_serial)
        return RCODE_FORMERR;
    if (!search_find(search, name_bytes(&search->name), RR_SOA, &soa))
        return RCODE_NOTAUTH;
    if (over_udp)
        return answer_soa(search);
    if (!job->transfer_out)
        return RCODE_SERVFAIL;
    struct transfer_order order = { .image = search->image,
                                    .view = search->view,
                                    .query = job->query,
                                    .question = question,
                                    .soa = &soa,
                                    .tsig = &answer->tsig,
                                    .records = &answer->counters.transfer_records };
    *job->transfer_out = transfer_new(&order);
    answer->counters.transfers++;
    return RCODE_NOERROR;
}

/* ----- the query ----- */

/* What can be said of a question without looking anything up. */
static enum dns_rcode check_question(const struct dns_question *question)
{
    if (question->edns && question->edns_version != 0)
        return RCODE_BADVERS;
    if (question->class != CLASS_IN)
        return RCODE_REFUSED;
    switch (question->type) {
    case 0:
    case RR_OPT:
    case RR_TKEY:
    case RR_TSIG:
        return RCODE_FORMERR;
    default:
        return RCODE_NOERROR;
    }
}

static enum dns_rcode check_signature(struct answer *answer, const struct answer_job *job)
{
    const struct answer_access *access = answer->access;
    switch (tsig_check_request(&answer->tsig, access->keys, access->key_count, job->query,
                               job->query_n)) {
    case TSIG_BAD:
        return RCODE_NOTAUTH;
    case TSIG_BROKEN:
        return RCODE_FORMERR;
    case TSIG_NONE:
    case TSIG_GOOD:
        return RCODE_NOERROR;
    }
    return RCODE_FORMERR;
}

static size_t reply_size(enum answer_transport transport,
                         const struct dns_question *question)
{
    if (transport == ANSWER_TCP)
        return MESSAGE_SIZE;
    if (question->edns_size < MESSAGE_UDP_PLAIN)
        return MESSAGE_UDP_PLAIN;
    return question->edns_size < MESSAGE_UDP_EDNS ? question->edns_size
                                                  : MESSAGE_UDP_EDNS;
}

static void begin_search(struct answer *answer, const struct image *image,
                         const struct answer_job *job,
                         const struct dns_question *question)
{
    struct search *search = &answer->search;
    search->image = image;
    search->message = answer->message;
    search->type = question->type;
    search->name = question->name;
    search->view.now_tai = image_tai(job->now_s);
    image_locate(image, &job->client, search->view.location);
}

static enum dns_rcode answer_question(struct answer *answer, const struct image *image,
                                      const struct answer_job *job,
                                      const struct dns_question *question, size_t size)
{
    struct search *search = &answer->search;
    message_reply(answer->message, job->reply, size);
    enum dns_rcode rcode = check_question(question);
    if (rcode != RCODE_NOERROR)
        return rcode;
    if (!image)
        return RCODE_SERVFAIL;

    begin_search(answer, image, job, question);
    bool is_transfer = question->type == RR_AXFR || question->type == RR_IXFR;
    rcode = is_transfer ? answer_transfer(answer, job, question) : search_run(search);
    if (rcode == RCODE_SERVFAIL) { /* without what was written before the damage */
        search->authoritative = false;
        message_reply(answer->message, job->reply, size);
    }
    return rcode;
}

/* The reply to a well-formed question; 0: a transfer has begun. */
static size_t reply_to(struct answer *answer, const struct image *image,
                       const struct answer_job *job, const struct dns_question *question,
                       enum dns_rcode *rcode)
{
    answer->search.authoritative = false;
    answer->search.aliases = 0;
    answer->tsig = (struct tsig){ .key = NULL };
    *rcode = question->is_signed ? check_signature(answer, job) : RCODE_NOERROR;
    size_t whole = reply_size(job->transport, question);
    size_t size = whole - (answer->tsig.key ? TSIG_ROOM : 0);
    if (*rcode == RCODE_NOERROR)
        *rcode = answer_question(answer, image, job, question, size);
    else
        message_reply(answer->message, job->reply, size);
    if (job->transfer_out && *job->transfer_out)
        return 0;
    size_t n = message_finish(answer->message, *rcode, answer->search.authoritative);
    /* There is room for our signature. An error that repeats long names may have none, and
     * is told by the response code alone. */
    enum status status = tsig_sign_reply(&answer->tsig, job->reply, &n, whole);
    assert(!status || !answer->tsig.key);
    (void)status;
    return n;
}

static enum dns_rcode rcode_of(enum message_form form, const uint8_t *query)
{
    if (form != MESSAGE_OTHER_OPCODE)
        return RCODE_FORMERR;
    return (query[2] & OPCODE_BITS) == OPCODE_NOTIFY ? RCODE_REFUSED : RCODE_NOTIMP;
}

size_t answer_query(struct answer *answer, const struct image *image,
                    const struct answer_job *job)
{
    struct answer_counters *counters = &answer->counters;
    struct dns_question question;
    enum message_form form =
        message_read(answer->message, job->query, job->query_n, &question);
    if (form == MESSAGE_NOT_A_QUERY) {
        counters->ignored++;
        return 0;
    }

    enum dns_rcode rcode = RCODE_NOERROR;
    size_t n = 0;
    if (form == MESSAGE_QUESTION) {
        n = reply_to(answer, image, job, &question, &rcode);
    } else {
        rcode = rcode_of(form, job->query);
        message_reply(answer->message, job->reply, MESSAGE_UDP_PLAIN);
        n = message_finish(answer->message, rcode, false);
    }
    counters->queries[job->transport]++;
    counters->rcodes[rcode]++;
    if (message_is_truncated(answer->message))
        counters->truncated++;
    return n;
}
