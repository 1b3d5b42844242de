// SPDX-License-Identifier: GPL-3.0-or-later
/* Any query gets a well-formed reply within the size that its transport allows, or none. The
 * first byte chooses the transport. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/answer.h"
#include "base/buf.h"
#include "dns/tinydata.h"
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

struct emitter {
    image_emit_fn emit;
    void *ctx;
};

static enum status pass_on(void *ctx, const struct record *record, struct error *err)
{
    const struct emitter *emitter = (const struct emitter *)ctx;
    return emitter->emit(emitter->ctx, record, err);
}

static enum status walk_zone(void *ctx, image_emit_fn emit, void *emit_ctx,
                             struct error *err)
{
    struct emitter emitter = { .emit = emit, .ctx = emit_ctx };
    (void)ctx;
    return tinydata_parse("zone", str_from(zone), 1, pass_on, &emitter, err);
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
    assert(form == (has_question ? MESSAGE_QUESTION : MESSAGE_BROKEN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct image *image;
    static struct answer *answer;
    static uint8_t reply[MESSAGE_SIZE];
    if (!image) {
        image = make_image();
        answer = answer_new();
    }
    if (size == 0)
        return 0;
    uint8_t *query = (uint8_t *)malloc(size);
    assert(query);
    memcpy(query, data + 1, size - 1);
    struct answer_job job = { .transport = data[0] & 1 ? ANSWER_TCP : ANSWER_UDP,
                              .query = query,
                              .query_n = size - 1,
                              .reply = reply };
    size_t n = answer_query(answer, image, &job);
    assert(n == 0 || n >= MESSAGE_HEADER_SIZE);
    assert(n <= (job.transport == ANSWER_TCP ? MESSAGE_SIZE : MESSAGE_UDP_EDNS));
    if (n > 0) {
        assert(memcmp(reply, query, 2) == 0 && (reply[3] & 0xf0) == 0);
        check_reply(reply, n);
    }
    free(query);
    return 0;
}
