// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/feed.h"

#include "image/writer_state.h"

int image_writer_control_page(const struct image_writer *writer)
{
    return writer->buffer.shared.fd;
}

void image_writer_on_file(struct image_writer *writer, image_file_fn fn, void *ctx)
{
    writer->buffer.file_fn = fn;
    writer->buffer.file_ctx = ctx;
}

void image_writer_each_file(const struct image_writer *writer, image_file_fn fn,
                            void *ctx)
{
    for (unsigned i = 0; writer->patches && i < CONTROL_PAGE_SLOTS; i++) {
        const struct double_buffer_half *half = &writer->buffer.halves[i];
        if (half->mirrored.image)
            fn(ctx, half->id, half->mirrored.memory.fd);
    }
}

enum status image_writer_snapshot(struct image_writer *writer, image_snapshot_fn fn,
                                  void *ctx)
{
    return writer->patches ? double_buffer_snapshot(&writer->buffer, fn, ctx, NULL)
                           : ERR_LIMIT;
}
