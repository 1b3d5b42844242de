// SPDX-License-Identifier: GPL-3.0-or-later
/* smtp.h - hands mails to a server that takes them further: the door to libcurl.
 *
 * A `struct smtp` is for one thread at a time. It keeps its connection for some seconds, so that one
 * mail after the other costs no new handshake. A call may take as long as its options say. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

/* What became of a mail. */
enum smtp_verdict {
    SMTP_SENT,  /* the server has taken it over */
    SMTP_LATER, /* the server wants it at another time (4xx) */
    SMTP_NEVER, /* the server refuses this mail or its recipient (5xx) */
    SMTP_AWAY,  /* no server, or none that answered to the end: the same for every mail */
    SMTP_TROUBLE /* something that the operator has to put right: password, TLS, sender */
};

/* All texts are zero-terminated and lent. */
struct smtp_options {
    const char *server;          /* smtp://HOST:PORT or smtps://HOST:PORT */
    const char *hello;           /* how we introduce ourselves */
    const char *user, *password; /* user "": no login */
    const char *ca_file;         /* "": the authorities of the system */
    bool in_clear;               /* no TLS at all */
    uint32_t timeout_s;          /* for one mail, from the first byte to the last */
};

struct smtp_mail {
    const char *from, *to; /* plain addresses (base/mailbox.h) */
    struct str message;    /* message.h */
};

enum {
    SMTP_WHY_SIZE = 256
};
struct smtp_result {
    enum smtp_verdict verdict;
    int code;                /* the server's last one; 0: there was none */
    char why[SMTP_WHY_SIZE]; /* of one line, without control characters; "": sent */
};

/* How far a conversation came: the last command that went out. */
enum smtp_stage {
    SMTP_GREETING, /* none yet, or EHLO, or STARTTLS */
    SMTP_LOGIN,
    SMTP_SENDER,
    SMTP_RECIPIENT,
    SMTP_DATA
};
/* The verdict on a conversation that ended with libcurl's result `curl`. Pure. */
enum smtp_verdict smtp_judge(int curl, int code, enum smtp_stage stage);
/* The stage that a command begins, or the one before when it begins none. Pure. */
enum smtp_stage smtp_stage_of(struct str command, enum smtp_stage before);

/* Loads what the library loads of files. Once in a process, before threads and sandbox. ERR_IO. */
MUST_CHECK enum status smtp_library_init(struct error *err);

struct smtp;
/* Never NULL. */
struct smtp *smtp_new(void);
/* Ends the connection, if there is one. NULL is fine. */
void smtp_free(struct smtp *smtp);
CLEANER(smtp_free, struct smtp *)

void smtp_send(struct smtp *smtp, const struct smtp_options *options,
               const struct smtp_mail *mail, struct smtp_result *out);
