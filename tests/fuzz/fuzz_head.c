// SPDX-License-Identifier: GPL-3.0-or-later
/* The verdict on a request does not depend on how its bytes were cut, every slice lies in the
 * input, and a head that was accepted is accepted again when it is written out plainly. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct str part, struct str whole)
{
    if (part.n > 0)
        assert(part.at >= whole.at && part.at + part.n <= whole.at + whole.n);
}

static void check_again(const struct http_head *head)
{
    static char bytes[2 * HTTP_HEAD_MAX];
    struct buf out = BUF_ON(bytes);
    buf_put(&out, head->method);
    buf_put_u8(&out, ' ');
    buf_put(&out, head->target);
    buf_put_text(&out, head->http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
    for (size_t i = 0; i < head->field_count; i++) {
        buf_put(&out, head->fields[i].name);
        buf_put_text(&out, ":");
        buf_put(&out, head->fields[i].value);
        buf_put_text(&out, "\r\n");
    }
    buf_put_text(&out, "\r\n");
    assert(!out.full);
    if (out.n > HTTP_HEAD_MAX)
        return; /* bare line feeds became longer */
    static struct http_head again;
    assert(http_head_parse(buf_str(&out), &again) == 0);
    assert(str_equal(again.target, head->target));
    assert(again.field_count == head->field_count);
    assert(again.content_length == head->content_length);
    assert(again.keep_alive || !head->keep_alive);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_head head, part;
    struct str bytes = str_bytes(data, size);
    int status = http_head_parse(bytes, &head);
    size_t step = size / 64 + 1;
    for (size_t n = 0; n < size; n += step) {
        int early = http_head_parse(str_first(bytes, n), &part);
        assert(early == HTTP_MORE || early == status);
        assert(early != 0 || part.size == head.size);
    }
    if (status)
        return 0;
    check_inside(head.method, bytes);
    check_inside(head.target, bytes);
    check_inside(head.path, head.target);
    check_inside(head.query, head.target);
    for (size_t i = 0; i < head.field_count; i++) {
        check_inside(head.fields[i].name, bytes);
        check_inside(head.fields[i].value, bytes);
    }
    assert(head.size <= size);
    check_again(&head);
    return 0;
}
