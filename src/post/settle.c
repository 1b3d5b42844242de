// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/settle.h"

#include "base/buf.h"
#include "post/kind.h"

enum {
    LAST_PAUSE_S = 4 * 3600
};

static int64_t pause_after(uint32_t tries)
{
    static const int64_t pauses_s[] = { 60, 300, 900, 3600 };
    return tries > 0 && tries <= LENGTH_OF(pauses_s) ? pauses_s[tries - 1] : LAST_PAUSE_S;
}

static void explain(struct mail_row *row, struct str why)
{
    struct buf text = BUF_ON(row->last_error);
    buf_put(&text, str_first(why, sizeof(row->last_error) - 1));
    (void)buf_text(&text);
}

static void end(struct mail_row *row, enum mail_state state, int64_t now_s)
{
    row->state = state;
    row->ended_s = now_s;
}

bool post_is_over(const struct mail_row *row, int64_t now_s)
{
    int64_t lifetime_s = row->kind < POST_KINDS ? post_traits[row->kind].lifetime_s : 0;
    return lifetime_s > 0 && now_s - row->created_s >= lifetime_s;
}

void post_give_up(struct mail_row *row, int64_t now_s)
{
    if (!row->last_error[0])
        explain(row, STR("its link has expired"));
    end(row, MAIL_DEAD, now_s);
}

void post_settle(struct mail_row *row, enum post_verdict verdict, struct str why,
                 int64_t now_s)
{
    explain(row, why);
    switch (verdict) {
    case POST_DELIVERED:
        row->tries++;
        end(row, MAIL_SENT, now_s);
        return;
    case POST_REFUSED:
        row->tries++;
        end(row, MAIL_DEAD, now_s);
        return;
    case POST_TROUBLE:
        row->due_s = now_s;
        return;
    case POST_LATER:
        row->tries++;
        row->due_s = now_s + pause_after(row->tries);
        if (row->tries >= POST_TRIES_MAX || post_is_over(row, row->due_s))
            end(row, MAIL_DEAD, now_s);
        return;
    }
}

void post_try_again(struct mail_row *row, int64_t now_s)
{
    row->state = MAIL_WAITING;
    row->due_s = now_s;
    row->ended_s = 0;
}
