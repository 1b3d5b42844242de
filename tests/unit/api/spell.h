// SPDX-License-Identifier: GPL-3.0-or-later
/* spell.h - one host whose updates are spelt in many ways, and what became of it. */
#pragma once

#include "world.h"

#define HOST "home.dyn.example.org"
#define V4 "203.0.113.7"
#define V6 "2001:db8::7"
#define OLD4 "192.0.2.99"
#define OLD6 "2001:db8::99"
#define SOURCE "198.51.100.20"
#define BOTH OLD4 " " OLD6

struct spell {
    struct world world;
    char secret[32];
};

/* The host, with members "..." added to its body, and its token. */
void spell_open(struct spell *spell, const char *more);
void spell_close(struct spell *spell);

/* The host has OLD4 and OLD6 now. */
void spell_start_anew(struct spell *spell);
/* What a GET with the host's name and this query is told. */
const char *spell_update(struct spell *spell, const char *query);
/* The whole reply to a request of that line, "GET /x", from SOURCE. */
const char *spell_ask(struct spell *spell, const char *line, bool with_token,
                      const char *body);

/* The host's addresses with blanks between; `what` is printed when they are others. */
void spell_check_addresses(struct spell *spell, const char *what, const char *want);
/* The newest request that named the host: a member's text, lists with blanks between. */
void spell_check_told(struct spell *spell, const char *what, const char *member,
                      const char *want);
