// SPDX-License-Identifier: GPL-3.0-or-later
/* counts.h - what an image holds, in numbers and examples: for the status and the metrics. */
#pragma once

#include <stddef.h>

struct delta_counts;
struct content_counts;

struct publisher_counts {
    size_t zones, hosts;         /* dynamic ones */
    size_t static_records;       /* without duplicates */
    size_t hosts_shadowed;       /* left out, because the name has static lines */
    char shadowed_example[1025]; /* one of them as text; empty: none */
    size_t serials_held;         /* zones whose line gives an older serial */
    char held_example[1025];     /* one of them */
    size_t left_out;             /* records whose data are not those of their type */
    char left_out_example[1025]; /* where one of them stands */
    size_t passed_count;         /* files ignored in the operator's folders */
    const char *passed_over;     /* the first of them; lent, may be NULL */
    unsigned image_percent;      /* of 4 GiB, the most that a cdb can hold */
};

/* The counts of a whole image. Those that no walk knows (files ignored, size) are zero. */
void counts_of_walk(const struct content_counts *from, struct publisher_counts *out);
/* Adds what a change in place has changed. */
void counts_add(struct publisher_counts *counts, const struct delta_counts *more);
