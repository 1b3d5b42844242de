// SPDX-License-Identifier: GPL-3.0-or-later
/* Answers queries: reads the message, checks what it asks for, and limits the reply. search.h finds
 * what the image has for a name. */
#include "answer/answer.h"

#include "answer/identity.h"
#include "answer/limit.h"
#include "answer/querylog.h"
#include "answer/search.h"
#include "answer/transfer.h"
#include "answer/transferlog.h"
#include "base/mem.h"
#include "base/throttle.h"
#include "dns/record.h"
#include "dns/tsig.h"
#include "image/image.h"

#include <assert.h>

enum {
    RR_TKEY = 249,
    RR_TSIG = 250,
    OPCODE_BITS = 0x78, /* in the third byte of a message */
    OPCODE_NOTIFY = 4 << 3,
};

struct answer {
    struct message *message;
    struct answer_counters counters;
    const struct answer_access *access;
    struct history_reader *history; /* NULL: there is none */
    const struct answer_policy *policy;
    struct throttle *limit;   /* NULL: there is none */
    uint32_t rate;            /* of `limit` */
    struct querylines *lines; /* NULL: no query is logged */
    struct transferlog log;
    bool is_known; /* the client has proved its address */
    bool cookie_is_good;
    uint8_t cookie[COOKIE_SIZE]; /* for the reply */
    size_t whole_n;              /* bytes of a reply that is complete already */
    /* Of the present query. They are large, and release builds would clear them if a function
     * declared them. */
    struct dns_question question;
    struct tsig tsig;
    struct search search;
    struct name prefetched[ANSWER_BATCH];
};

static const struct answer_access nobody;
static const struct answer_policy no_policy;

struct answer *answer_new(void)
{
    struct answer *answer = NEW(struct answer);
    answer->message = message_new();
    answer->log.counters = &answer->counters;
    answer->access = &nobody;
    answer->policy = &no_policy;
    return answer;
}

void answer_allow(struct answer *answer, const struct answer_access *access)
{
    answer->access = access;
}

bool answer_lists(const struct answer *answer, struct ip client)
{
    return access_is_listed(answer->access, client);
}

void answer_remember(struct answer *answer, struct history_reader *history)
{
    answer->history = history;
}

void answer_follow(struct answer *answer, const struct answer_policy *policy)
{
    answer->policy = policy;
    if (answer->rate == policy->rate)
        return;
    throttle_free(answer->limit);
    answer->rate = policy->rate;
    answer->limit = policy->rate ? limit_new(policy->rate) : NULL;
}

void answer_log(struct answer *answer, int pipe)
{
    querylines_free(answer->lines);
    answer->lines = querylines_new(pipe);
}

/* ----- transfers in the log ----- */

/* Logs a refused transfer. An address that may be forged does not count as a secondary's. */
static enum dns_rcode refuse(struct answer *answer, const struct answer_job *job,
                             enum dns_rcode rcode, const char *why)
{
    struct transferlog_line *line =
        transferlog_begin(&answer->log, job, &answer->question, &answer->tsig);
    bool listed = answer->is_known && access_is_listed(answer->access, job->client);
    line->kind = listed ? TRANSFERLOG_REFUSED : TRANSFERLOG_STRANGER;
    line->rcode = rcode;
    line->why = why;
    return rcode;
}

static bool asks_for_transfer(const struct dns_question *question)
{
    return question->type == RR_AXFR || question->type == RR_IXFR;
}

/* The same where any question may be refused: only a transfer is logged. */
static enum dns_rcode refuse_question(struct answer *answer, const struct answer_job *job,
                                      enum dns_rcode rcode, const char *why)
{
    return asks_for_transfer(&answer->question) ? refuse(answer, job, rcode, why) : rcode;
}

static void note_datagram(struct answer *answer, const struct answer_job *job,
                          const struct transfer *transfer)
{
    struct transfer_about about;
    transfer_describe(transfer, &about);
    if (about.is_empty)
        return;
    struct transferlog_line *line =
        transferlog_begin(&answer->log, job, &answer->question, &answer->tsig);
    line->kind = TRANSFERLOG_DONE;
    line->to = about.to;
    line->incremental = transfer_is_incremental(transfer);
    line->bytes = about.bytes;
}

void answer_transfer_ended(struct answer *answer, const struct transfer *transfer,
                           struct ip client, const char *why, int64_t begun_ms,
                           int64_t now_ms)
{
    transferlog_put_ended(&answer->log, transfer, client, why, now_ms - begun_ms, now_ms);
}

void answer_flush(struct answer *answer)
{
    transferlog_flush(&answer->log);
    if (answer->lines)
        answer->counters.unlogged += querylines_flush(answer->lines);
}

void answer_free(struct answer *answer)
{
    if (!answer)
        return;
    throttle_free(answer->limit);
    querylines_free(answer->lines);
    message_free(answer->message);
    mem_free(answer);
}

const struct answer_counters *answer_counters(const struct answer *answer)
{
    return &answer->counters;
}

/* ----- the client, and how much it may get ----- */

/* Reads what the query's OPT record asks for. */
static void read_options(struct answer *answer, const struct answer_job *job,
                         const struct dns_question *question)
{
    const struct answer_policy *policy = answer->policy;
    const struct query_options *asked = &question->options;
    struct reply_options options = { .nsid = asked->nsid ? policy->nsid : STR("") };
    if (asked->keepalive && job->transport == ANSWER_TCP)
        options.keepalive = job->idle_ds;
    if (policy->cookies && asked->cookie.n > 0) {
        answer->cookie_is_good = cookie_check(policy->cookies, asked->cookie,
                                              &job->client, job->now_s, answer->cookie);
        options.cookie = str_bytes(answer->cookie, sizeof(answer->cookie));
    }
    message_options(answer->message, &options);
}

static void look_who_asks(struct answer *answer, const struct answer_job *job,
                          const struct dns_question *question)
{
    answer->cookie_is_good = false;
    if (question->edns)
        read_options(answer, job, question);
    answer->is_known = job->transport == ANSWER_TCP || answer->cookie_is_good;
    answer->counters.known += job->transport == ANSWER_UDP && answer->cookie_is_good;
}

/* The most bytes that a reply may have. `half`: for replies of little use, ANY and errors. Any
 * other reply may always have what DNS without EDNS has room for, as resolvers ask for such replies
 * every day, and would all have to come back over TCP. A reply that is larger than the query allows
 * counts as several (counts_as). */
static size_t bound(const struct answer *answer, const struct answer_job *job, bool half)
{
    size_t most = answer->policy->amplify * job->query_n;
    if (most == 0 || answer->is_known)
        return MESSAGE_SIZE;
    if (half)
        return most / 2;
    return most > MESSAGE_UDP_PLAIN ? most : MESSAGE_UDP_PLAIN;
}

/* As how many replies a reply of `n` bytes counts. So no network gets more bytes for one name than
 * if each reply kept to the bound. */
static size_t counts_as(const struct answer *answer, const struct answer_job *job,
                        size_t n)
{
    size_t most = answer->policy->amplify * job->query_n;
    return most == 0 ? 1 : (n + most - 1) / most;
}

static void begin_reply(struct answer *answer, const struct answer_job *job, size_t size)
{
    message_reply(answer->message, job->reply, size);
    message_limit(answer->message, bound(answer, job, answer->question.type == RR_ANY));
}

static size_t finish_reply(struct answer *answer, const struct answer_job *job,
                           enum dns_rcode rcode)
{
    if (limit_is_error(rcode))
        message_limit(answer->message, bound(answer, job, true));
    return message_finish(answer->message, rcode, answer->search.authoritative);
}

/* ----- transfers ----- */

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

static enum dns_rcode answer_soa(struct search *search)
{
    search->type = RR_SOA;
    return search_run(search);
}

/* Begins a transfer, and counts it once. `most` is that of transfer_order. */
static struct transfer *new_transfer(struct answer *answer, const struct answer_job *job,
                                     const struct image_record *soa, size_t most)
{
    struct answer_counters *counters = &answer->counters;
    struct transfer_order order = { .image = answer->search.image,
                                    .view = answer->search.view,
                                    .query = job->query,
                                    .question = &answer->question,
                                    .soa = soa,
                                    .tsig = &answer->tsig,
                                    .records = &counters->transfer_records,
                                    .gather = job->image_changes,
                                    .history = answer->history,
                                    .most = most };
    struct transfer *transfer = transfer_new(&order);
    if (!job->again) {
        counters->transfers++;
        counters->incremental += transfer && transfer_is_incremental(transfer);
    }
    return transfer;
}

/* Answers IXFR over UDP: with the differences if they fit, otherwise with the SOA record alone
 * (RFC 1995 4). */
static enum dns_rcode answer_datagram(struct answer *answer, const struct answer_job *job,
                                      const struct image_record *soa)
{
    CLEANUP(transfer_freep) struct transfer *transfer = NULL;
    size_t size = reply_size(job->transport, &answer->question);
    size_t most = bound(answer, job, false);
    size = most < size ? most : size;
    if (answer->history && size >= MESSAGE_REPLY_MIN)
        transfer = new_transfer(answer, job, soa, size);
    if (transfer)
        answer->whole_n = transfer_whole(transfer, job->reply, size);
    if (answer->whole_n)
        note_datagram(answer, job, transfer);
    return answer->whole_n ? RCODE_NOERROR : answer_soa(&answer->search);
}

/* Answers AXFR (RFC 5936) and IXFR (RFC 1995). */
static enum dns_rcode answer_transfer(struct answer *answer, const struct answer_job *job,
                                      const struct dns_question *question)
{
    struct search *search = &answer->search;
    struct image_record soa;
    bool over_udp = job->transport == ANSWER_UDP;
    if (over_udp && question->type == RR_AXFR)
        return refuse(answer, job, RCODE_REFUSED, "a whole zone needs TCP");
    if (!access_allows(answer->access, job->client, answer->tsig.key, &question->name))
        return refuse(answer, job, RCODE_REFUSED, "no secondary that may have this zone");
    if (question->type == RR_IXFR && !question->has_serial)
        return refuse(answer, job, RCODE_FORMERR, "the question has no serial");
    if (!search_find(search, name_bytes(&search->name), RR_SOA, &soa))
        return refuse(answer, job, RCODE_NOTAUTH, "no zone of ours");
    if (over_udp)
        return answer_datagram(answer, job, &soa);
    if (!job->transfer_out && job->transfer_later) {
        *job->transfer_later = true;
        return RCODE_SERVFAIL;
    }
    if (!job->transfer_out)
        return refuse(answer, job, RCODE_SERVFAIL,
                      "its turn, or a copy of the image, did not come in time");
    *job->transfer_out = new_transfer(answer, job, &soa, 0);
    return RCODE_NOERROR;
}

/* ----- the query ----- */

/* Checks a question by itself; RCODE_NOERROR: it can be looked up. */
static enum dns_rcode check_question(struct answer *answer, const struct answer_job *job,
                                     const struct dns_question *question)
{
    if (question->edns && question->edns_version != 0)
        return refuse_question(answer, job, RCODE_BADVERS, "an unknown version of EDNS");
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

static const char *signature_fault(uint16_t error)
{
    switch (error) {
    case TSIG_BADKEY:
        return "an unknown key";
    case TSIG_BADTIME:
        return "a clock that differs too much";
    default:
        return "a bad signature";
    }
}

static enum dns_rcode check_signature(struct answer *answer, const struct answer_job *job)
{
    const struct answer_access *access = answer->access;
    switch (tsig_check_request(&answer->tsig, access->keys, access->key_count, job->query,
                               job->query_n)) {
    case TSIG_BAD:
        return refuse_question(answer, job, RCODE_NOTAUTH,
                               signature_fault(answer->tsig.error));
    case TSIG_BROKEN:
        return refuse_question(answer, job, RCODE_FORMERR, "a malformed signature");
    case TSIG_NONE:
    case TSIG_GOOD:
        return RCODE_NOERROR;
    }
    return RCODE_FORMERR;
}

static void begin_search(struct answer *answer, const struct image *image,
                         const struct answer_job *job,
                         const struct dns_question *question)
{
    struct search *search = &answer->search;
    search->image = image;
    search->message = answer->message;
    search->type = question->type;
    name_copy(&search->name, &question->name);
    search->view.now_tai = image_tai(job->now_s);
    image_locate(image, &job->client, search->view.location);
}

static enum dns_rcode answer_question(struct answer *answer, const struct image *image,
                                      const struct answer_job *job,
                                      const struct dns_question *question, size_t size)
{
    struct search *search = &answer->search;
    begin_reply(answer, job, size);
    enum dns_rcode rcode = check_question(answer, job, question);
    if (rcode != RCODE_NOERROR)
        return rcode;
    if (identity_is_asked(answer->policy, question)) {
        search->authoritative = true;
        identity_answer(answer->policy, question, &job->client, answer->message);
        return RCODE_NOERROR;
    }
    if (question->class != CLASS_IN)
        return refuse_question(answer, job, RCODE_REFUSED, "a class other than IN");
    if (!image)
        return refuse_question(answer, job, RCODE_SERVFAIL, "there is no image yet");

    begin_search(answer, image, job, question);
    bool is_transfer = asks_for_transfer(question);
    rcode = is_transfer ? answer_transfer(answer, job, question) : search_run(search);
    /* Drops what was written before the damage was found. */
    if (rcode == RCODE_SERVFAIL) {
        search->authoritative = false;
        begin_reply(answer, job, size);
    }
    if (rcode == RCODE_REFUSED && !is_transfer)
        message_explain(answer->message, EXTENDED_NOT_AUTHORITATIVE);
    return rcode;
}

static void begin_question(struct answer *answer)
{
    struct search *search = &answer->search;
    search->authoritative = search->from_wildcard = false;
    search->aliases = search->steps = 0;
    search->cut = search->zone = STR("");
    answer->whole_n = 0;
    transferlog_drop(&answer->log);
    answer->tsig.key = NULL;
    answer->tsig.error = 0;
    answer->tsig.key_name.n = 0;
}

static bool is_for_later(const struct answer_job *job)
{
    return job->transfer_later && *job->transfer_later;
}

/* The reply to a well-formed question; 0: a transfer has begun, or has to wait. */
static size_t reply_to(struct answer *answer, const struct image *image,
                       const struct answer_job *job, const struct dns_question *question,
                       enum dns_rcode *rcode)
{
    begin_question(answer);
    look_who_asks(answer, job, question);
    *rcode = question->is_signed ? check_signature(answer, job) : RCODE_NOERROR;
    answer->is_known |= answer->tsig.key != NULL;
    size_t whole = reply_size(job->transport, question);
    size_t size = whole - (answer->tsig.key ? TSIG_ROOM : 0);
    if (*rcode == RCODE_NOERROR)
        *rcode = answer_question(answer, image, job, question, size);
    else
        begin_reply(answer, job, size);
    if (answer->whole_n)
        return answer->whole_n;
    if (is_for_later(job) || (job->transfer_out && *job->transfer_out))
        return 0;
    size_t n = finish_reply(answer, job, *rcode);
    /* There is always room for our signature. An error that repeats long names may not fit; then
     * the response code alone has to do. */
    size_t most = bound(answer, job, true);
    enum status status =
        tsig_sign_reply(&answer->tsig, job->reply, &n, most < whole ? most : whole);
    assert(!status || !answer->tsig.key);
    (void)status;
    return n;
}

/* ----- too many replies ----- */

static bool is_exempt(const struct answer_policy *policy, struct ip client)
{
    for (size_t i = 0; i < policy->exempt_count; i++)
        if (prefix_has(policy->exempt[i], client))
            return true;
    return false;
}

static bool is_too_many(const struct answer *answer, const struct answer_job *job,
                        enum dns_rcode rcode, size_t n)
{
    if (!answer->limit || answer->is_known || job->again)
        return false;
    struct limit_reply reply;
    limit_classify(&answer->search, &answer->question.name, rcode, &reply);
    reply.times = counts_as(answer, job, n);
    return !limit_admits(answer->limit, &job->client, &reply, job->now_ms) &&
           !is_exempt(answer->policy, job->client);
}

/* Every second reply over the rate is dropped. Of the others an error is sent as it is; any other
 * reply is truncated, or becomes BADCOOKIE. That makes a real client come back over TCP or with a
 * cookie. */
static size_t slip(struct answer *answer, const struct answer_job *job, size_t n,
                   enum dns_rcode *rcode)
{
    struct answer_counters *counters = &answer->counters;
    bool dropped = counters->slipped > counters->dropped;
    counters->dropped += dropped;
    counters->slipped += !dropped;
    if (dropped)
        return 0;
    if (limit_is_error(*rcode))
        return n;
    answer->search.authoritative = false;
    message_cut(answer->message);
    if (answer->policy->cookies && answer->question.options.cookie.n > 0)
        *rcode = RCODE_BADCOOKIE;
    return finish_reply(answer, job, *rcode);
}

/* ----- the query ----- */

static enum dns_rcode rcode_of(enum message_form form, const uint8_t *query)
{
    if (form != MESSAGE_OTHER_OPCODE)
        return form == MESSAGE_COOKIE ? RCODE_NOERROR : RCODE_FORMERR;
    return (query[2] & OPCODE_BITS) == OPCODE_NOTIFY ? RCODE_REFUSED : RCODE_NOTIMP;
}

void answer_prefetch(struct answer *answer, const struct image *image,
                     const struct str *queries, size_t count)
{
    size_t names = 0;
    assert(count <= ANSWER_BATCH);
    for (size_t i = 0; i < count; i++)
        names += message_peek((const uint8_t *)queries[i].at, queries[i].n,
                              &answer->prefetched[names]);
    if (image)
        image_prefetch(image, answer->prefetched, names);
}

/* Makes the reply to a message that is not a question. */
static size_t reply_without(struct answer *answer, const struct answer_job *job,
                            enum message_form form, enum dns_rcode *rcode)
{
    struct dns_question *question = &answer->question;
    if (form != MESSAGE_COOKIE)
        *question = (struct dns_question){ .edns = false };
    question->name.n = 0;
    begin_question(answer);
    look_who_asks(answer, job, question);
    *rcode = rcode_of(form, job->query);
    if (question->edns && question->edns_version != 0)
        *rcode = RCODE_BADVERS;
    begin_reply(answer, job, MESSAGE_UDP_PLAIN);
    message_limit(answer->message, bound(answer, job, true));
    return finish_reply(answer, job, *rcode);
}

static void count(struct answer *answer, const struct answer_job *job, bool is_question,
                  enum dns_rcode rcode, size_t n)
{
    struct answer_counters *counters = &answer->counters;
    const struct dns_question *question = &answer->question;
    counters->queries[job->transport]++;
    if (is_question)
        counters->types[question->type < ANSWER_TYPES ? question->type : ANSWER_TYPES]++;
    bool begun = job->transfer_out && *job->transfer_out;
    counters->rcodes[rcode] += n > 0 || begun;
    counters->truncated += n > 0 && message_is_truncated(answer->message);
    if (answer->lines)
        querylines_add(answer->lines, job, is_question ? question : NULL, rcode, n);
}

size_t answer_query(struct answer *answer, const struct image *image,
                    const struct answer_job *job)
{
    if (!job->again)
        transferlog_flush(&answer->log);
    enum message_form form =
        message_read(answer->message, job->query, job->query_n, &answer->question);
    if (form == MESSAGE_NOT_A_QUERY) {
        answer->counters.ignored++;
        return 0;
    }

    enum dns_rcode rcode = RCODE_NOERROR;
    bool is_question = form == MESSAGE_QUESTION;
    size_t n = is_question ? reply_to(answer, image, job, &answer->question, &rcode)
                           : reply_without(answer, job, form, &rcode);
    if (n > 0 && is_too_many(answer, job, rcode, n))
        n = slip(answer, job, n, &rcode);
    if (!job->again && !is_for_later(job))
        count(answer, job, is_question, rcode, n);
    return n;
}
