// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/counts.h"

#include "publish/delta.h"

static void put_example(const struct name *name, char out[NAME_TEXT_SIZE])
{
    struct buf text = buf_on(out, NAME_TEXT_SIZE);
    if (name->n > 0)
        name_format(name, &text);
    (void)buf_text(&text);
}

void counts_of_walk(const struct content_counts *from, struct publisher_counts *out)
{
    *out = (struct publisher_counts){
        .zones = from->zones,
        .hosts = from->dynamic.hosts,
        .static_records = from->static_records,
        .hosts_shadowed = from->dynamic.hosts_taken,
        .serials_held = from->held.count,
        .left_out = from->left_out + from->dynamic.malformed,
    };
    put_example(&from->dynamic.taken_example, out->shadowed_example);
    put_example(&from->held.example, out->held_example);
    put_example(&from->dynamic.malformed_example, out->left_out_example);
    if (from->left_out) {
        struct buf text = BUF_ON(out->left_out_example);
        buf_put_text(&text, from->left_out_example.text);
        (void)buf_text(&text);
    }
}

static void add_count(size_t *count, int64_t more)
{
    int64_t sum = (int64_t)*count + more;
    *count = sum > 0 ? (size_t)sum : 0;
}

void counts_add(struct publisher_counts *counts, const struct delta_counts *more)
{
    add_count(&counts->hosts, more->hosts);
    add_count(&counts->hosts_shadowed, more->taken);
    if (more->taken_example.n > 0) {
        struct buf example = BUF_ON(counts->shadowed_example);
        name_format(&more->taken_example, &example);
        (void)buf_text(&example);
    }
}
