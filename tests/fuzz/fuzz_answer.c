// SPDX-License-Identifier: GPL-3.0-or-later
/* Any query gets a well-formed reply within the size that its transport allows, or none; a
 * transfer that it begins comes to its end. The first byte chooses the transport, whether the
 * client is one that may take zones without a key, and whether there are bounds for
 * strangers. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/answer.h"
#include "answer/transfer.h"
#include "base/buf.h"
#include "dns/tinydns_reader.h"
#include "image/draft.h"
#include "image/image.h"
#include "image/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char zone[] =
    "Zexample.org:ns.example.org:admin.example.org:1:1:1:1:60:300\n"
    "&example.org::ns.example.net\n"
    "+home.example.org:192.0.2.1\n"
    "'home.example.org:text\n"
    "+a.deep.ent.example.org:192.0.2.3\n"
    "+*.wild.example.org:192.0.2.9\n"
    "C*.alias.wild.example.org:home.example.org\n"
    "Cwww.example.org:home.example.org\n"
    "Cchain.example.org:www.example.org\n"
    "Cloop.example.org:loop.example.org\n"
    "&sub.example.org:192.0.2.20:ns.sub.example.org\n"
    "@example.org:192.0.2.25:mx.example.org\n";

static enum status walk_zone(void *ctx, const struct record_sink *sink, struct error *err)
{
    (void)ctx;
    return tinydns_parse("zone", str_from(zone), 1, sink, err);
}

static struct image *make_image(void)
{
    char folder[] = "/tmp/rove-fuzz-XXXXXX";
    char path[sizeof(folder) + sizeof("/data.cdb")];
    struct buf out = BUF_ON(path);
    CLEANUP(image_writer_closep) struct image_writer *writer = NULL;
    struct image_source source = { .walk = walk_zone };
    struct image *image = NULL;
    if (!mkdtemp(folder))
        abort();
    buf_printf(&out, "%s/data.cdb", folder);
    if (image_writer_open(folder, &writer, NULL) ||
        image_rebuild(writer, &source, NULL) || image_open(buf_text(&out), &image, NULL))
        abort();
    (void)unlink(path);
    (void)rmdir(folder);
    return image;
}

/* A reply that is no longer marked as one can be read as a query, unless it is one to what
 * could not be read itself. */
static void check_reply(uint8_t *reply, size_t n)
{
    static struct message *message;
    if (!message)
        message = message_new();
    struct dns_question question;
    bool has_question = reply[5] == 1;
    assert(reply[2] & 0x80);
    reply[2] &= 0x07;
    enum message_form form = message_read(message, reply, n, &question);
    assert(has_question ? form == MESSAGE_QUESTION
                        : form == MESSAGE_BROKEN || form == MESSAGE_COOKIE);
}

static struct answer *make_answer(void)
{
    static struct tsig_key key;
    static struct prefix from;
    static struct answer_secondary secondaries[2];
    static struct answer_access access;
    if (tsig_key_parse(STR("transfer.example.org"), STR("hmac-sha256"),
                       STR("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), &key, NULL) ||
        prefix_parse(STR("192.0.2.0/24"), &from))
        abort();
    secondaries[0] = (struct answer_secondary){ .key = &key };
    secondaries[1] = (struct answer_secondary){ .from = &from, .from_count = 1 };
    access = (struct answer_access){
        .keys = &key, .key_count = 1, .secondaries = secondaries, .secondary_count = 2
    };
    struct answer *answer = answer_new();
    answer_allow(answer, &access);
    return answer;
}

enum {
    TIMES = 4
};

static struct answer *make_strict(void)
{
    static const struct cookie_secrets secrets = { .count = 1 };
    static const struct name whoami = { .n = 4, .wire = "\2me" };
    static const struct answer_policy policy = { .cookies = &secrets,
                                                 .nsid = { "01234567890123456789", 20 },
                                                 .whoami = &whoami,
                                                 .whoami_count = 1,
                                                 .amplify = TIMES,
                                                 .rate = 1 };
    struct answer *answer = make_answer();
    answer_follow(answer, &policy);
    return answer;
}

static void finish_transfer(struct transfer *transfer, uint8_t *reply)
{
    size_t n = 0, messages = 0;
    while ((n = transfer_next(transfer, reply)) > 0) {
        messages++;
        assert(n <= MESSAGE_SIZE && messages < 100);
        check_reply(reply, n);
    }
    assert(messages > 0 && transfer_is_over(transfer));
    transfer_free(transfer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct image *image;
    static struct answer *loose_one, *strict_one;
    static int64_t now_ms;
    static uint8_t reply[MESSAGE_SIZE];
    if (!image) {
        image = make_image();
        loose_one = make_answer();
        strict_one = make_strict();
    }
    if (size == 0)
        return 0;
    uint8_t *query = (uint8_t *)malloc(size);
    assert(query);
    memcpy(query, data + 1, size - 1);
    bool strict = data[0] & 4;
    struct answer *answer = strict ? strict_one : loose_one;
    struct transfer *transfer = NULL;
    now_ms += data[0] & 8 ? 0 : 1000;
    struct answer_job job = { .transport = data[0] & 1 ? ANSWER_TCP : ANSWER_UDP,
                              .query = query,
                              .query_n = size - 1,
                              .reply = reply,
                              .now_ms = now_ms,
                              .transfer_out = data[0] & 1 ? &transfer : NULL };
    if (ip_parse(data[0] & 2 ? STR("192.0.2.1") : STR("198.51.100.1"), &job.client))
        abort();
    size_t n = answer_query(answer, image, &job);
    if (strict && job.transport == ANSWER_UDP)
        assert(n <= TIMES * job.query_n || answer_counters(answer)->known > 0);
    assert(n == 0 || !transfer);
    if (transfer)
        finish_transfer(transfer, reply);
    assert(n == 0 || n >= MESSAGE_HEADER_SIZE);
    assert(n <= (job.transport == ANSWER_TCP ? MESSAGE_SIZE : MESSAGE_UDP_EDNS));
    if (n > 0) {
        assert(memcmp(reply, query, 2) == 0 && (reply[3] & 0xf0) == 0);
        check_reply(reply, n);
    }
    free(query);
    return 0;
}
