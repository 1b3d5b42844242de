// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/changes.h"

#include "image/writer_state.h"

bool image_writer_patches(const struct image_writer *writer, const char **why)
{
    if (why)
        *why = writer->why_not.text;
    return writer->patches;
}

enum status image_apply(struct image_writer *writer, const struct image_changes *changes,
                        const struct image_diff *diff, struct error *err)
{
    if (!writer->patches)
        return FAIL(err, ERR_LIMIT, "%s: %s", writer->path, writer->why_not.text);
    return double_buffer_apply(&writer->buffer, changes, diff, err);
}

unsigned image_writer_fill(const struct image_writer *writer)
{
    return writer->patches ? slack_used_percent(&writer->buffer.slack) : 0;
}
