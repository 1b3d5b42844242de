// SPDX-License-Identifier: GPL-3.0-or-later
/* relay_part.h - the inside of a relay: its state, and one connection's life.
 *
 *     PROXY -> HELLO -> AWAIT -> RELAY -> LINGER -> gone
 *
 * PROXY reads the head of a proxy peer. HELLO goes on until the first clear bytes are there. AWAIT
 * has them in the pair, and front is away. RELAY carries bytes both ways. LINGER has said that no
 * more comes and reads on, so that a reset does not destroy what is on its way. */
#pragma once

#include "net/local.h"
#include "net/queue.h"
#include "net/source.h"
#include "tls/relay.h"

enum {
    RELAY_LISTENERS_MAX = 32,
    RELAY_READ_SIZE = SESSION_RECORD,
};

struct relay_listener {
    struct relay *relay;
    struct watch watch;
    int fd;
};

struct relay {
    struct loop *loop;
    struct relay_options options;
    struct session_host *host;
    bool has_site;
    struct relay_listener listeners[RELAY_LISTENERS_MAX];
    size_t listener_count;
    struct timer pause; /* set while the listeners rest, being out of descriptors */
    struct source_table *sources;
    LIST_HEAD(connection_list, connection) connections;
    size_t count;
    struct queue hellos;    /* PROXY and HELLO */
    struct queue awaiting;  /* AWAIT */
    struct queue transfers; /* RELAY, while the client does not take what is for it */
    struct queue lingering; /* LINGER */
    struct local_link *front;
    bool draining;
    struct relay_counters counters;
    /* For one event at a time. */
    char in[RELAY_READ_SIZE];
    char clear[SESSION_CLEAR_SIZE];
    char out[2 * SESSION_OUT_SIZE]; /* what waited, and what is new */
};

enum connection_state {
    STATE_PROXY,
    STATE_HELLO,
    STATE_AWAIT,
    STATE_RELAY,
    STATE_LINGER,
};

/* Bytes that were not taken at once. */
struct rest {
    char *bytes; /* NULL: none */
    size_t n;
};

struct connection {
    struct relay *relay;
    LIST_ENTRY(connection) links; /* in the relay's list */
    struct watch client, front;
    struct queue_entry entry;
    struct source_place place; /* until it is handed over */
    struct session *session;   /* NULL before and after */
    struct rest head;          /* in PROXY */
    struct rest to_client, to_front;
    size_t drained; /* bytes thrown away in LINGER */
    int fd;
    int pair;   /* our end; -1: none */
    int theirs; /* front's end, in AWAIT; -1: none */
    struct ip ip;
    enum connection_state state;
    bool is_open;        /* the handshake is over */
    bool is_blocked;     /* to_client waits for the client, and not for company */
    bool client_ended;   /* it sends no more */
    bool has_told_front; /* that the client has ended */
    bool is_answered;    /* the newest bytes were front's */
    bool drains;         /* nothing more is taken from the client */
    bool front_ended;
};

/* Takes `fd`, and `source` with its count raised; NULL: a PROXY head has to come first. */
void connection_start(struct relay *relay, int fd, struct ip ip, struct source *source);
void connection_end(struct connection *connection);
/* Of one in AWAIT: front is there. False: it is not, after all. */
bool connection_hand_over(struct connection *connection, struct local_channel *channel);
/* front answers what it has, then it ends. */
void connection_drain(struct connection *connection);

/* What the queues do at a deadline. */
void connection_overdue(void *ctx);
void connection_unheard(void *ctx);
void connection_expire(void *ctx);

/* The source of `ip` with its count raised, for which one of its connections may have ended.
 * NULL: it is at its limit. */
struct source *connection_take_source(struct relay *relay, struct ip ip);
