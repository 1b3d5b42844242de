// SPDX-License-Identifier: GPL-3.0-or-later
/* txt.h - changes to the values by which a host proves its name to a certificate authority
 * (rule/challenge.h): TXT records at its _acme-challenge name that end by themselves.
 *
 * Records there without an end are people's own: they are neither removed nor given an end. */
#pragma once

#include "change/admin.h"
#include "change/callback.h"
#include "rule/challenge.h"

struct txt_list {
    char at[CHALLENGE_VALUES_MAX][CHALLENGE_VALUE_SIZE];
    size_t count;
};

/* Puts the value there unless it is there already. False: it is none (challenge_is_value()), or
 * there are too many. */
bool txt_list_add(struct txt_list *list, struct str value);

struct txt_change {
    struct txt_list
        add; /* each once; one that is there already ends as late as a new one */
    struct txt_list remove;
    int64_t life_s; /* of what is added */
    size_t keep; /* values at the name; of more, those that would end first are removed */
};

enum {
    TXT_ROWS_MAX = 128 /* more than a name may have */
};

/* What is to be written. Only for the files of this room, as all that follows. */
struct txt_plan {
    const struct txt_change *change;
    struct zone_row zone;
    struct record_row record; /* a new one, except for its value */
    struct txt_row {
        int64_t id, expires_s;
        char value[CHALLENGE_VALUE_SIZE];
        bool is_kept;  /* the change adds it */
        bool is_going; /* it is to be removed */
    } rows[TXT_ROWS_MAX];
    size_t row_count;
    bool is_new[CHALLENGE_VALUES_MAX]; /* of change->add: it is to be inserted */
};

/* Reads what stands at the name. *out: CHANGE_DONE; or CHANGE_BAD_TXT, as no value can stand
 * there, or CHANGE_REFUSED. Writes nothing. `change` is lent to the plan. */
MUST_CHECK enum status txt_plan(const struct admin *admin, int64_t host_id,
                                const struct txt_change *change, struct txt_plan *plan,
                                struct change_outcome *out, struct error *err);
/* Writes it, with one row of the journal. *was_same: cleared when the published values change. */
MUST_CHECK enum status txt_apply(const struct admin *admin, struct txt_plan *plan,
                                 bool *was_same, struct error *err);
