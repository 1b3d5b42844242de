// SPDX-License-Identifier: GPL-3.0-or-later
#include "mail/smtp.h"

#include <curl/curl.h>

#include "test.h"

TEST(the_verdict_follows_from_the_last_code_and_the_stage)
{
    static const struct {
        int curl, code;
        enum smtp_stage stage;
        enum smtp_verdict want;
    } rows[] = {
        { CURLE_OK, 250, SMTP_DATA, SMTP_SENT },
        /* greylisting, a full mailbox, a server without room */
        { CURLE_SEND_ERROR, 451, SMTP_RECIPIENT, SMTP_LATER },
        { CURLE_SEND_ERROR, 452, SMTP_SENDER, SMTP_LATER },
        { CURLE_WEIRD_SERVER_REPLY, 451, SMTP_DATA, SMTP_LATER },
        /* nobody of that name, a policy */
        { CURLE_SEND_ERROR, 550, SMTP_RECIPIENT, SMTP_NEVER },
        { CURLE_WEIRD_SERVER_REPLY, 554, SMTP_DATA, SMTP_NEVER },
        /* our sender, or we ourselves */
        { CURLE_SEND_ERROR, 550, SMTP_SENDER, SMTP_TROUBLE },
        { CURLE_WEIRD_SERVER_REPLY, 554, SMTP_GREETING, SMTP_TROUBLE },
        { CURLE_SEND_ERROR, 530, SMTP_RECIPIENT, SMTP_TROUBLE },
        { CURLE_LOGIN_DENIED, 535, SMTP_LOGIN, SMTP_TROUBLE },
        { CURLE_LOGIN_DENIED, 454, SMTP_LOGIN, SMTP_AWAY },
        { CURLE_LOGIN_DENIED, 0, SMTP_GREETING, SMTP_TROUBLE },
        /* TLS, whatever was said before */
        { CURLE_USE_SSL_FAILED, 250, SMTP_GREETING, SMTP_TROUBLE },
        { CURLE_PEER_FAILED_VERIFICATION, 220, SMTP_GREETING, SMTP_TROUBLE },
        { CURLE_SSL_CONNECT_ERROR, 0, SMTP_GREETING, SMTP_TROUBLE },
        { CURLE_SSL_CACERT_BADFILE, 0, SMTP_GREETING, SMTP_TROUBLE },
        /* nobody there, too slow, gone in the middle */
        { CURLE_COULDNT_RESOLVE_HOST, 0, SMTP_GREETING, SMTP_AWAY },
        { CURLE_COULDNT_CONNECT, 0, SMTP_GREETING, SMTP_AWAY },
        { CURLE_OPERATION_TIMEDOUT, 250, SMTP_RECIPIENT, SMTP_AWAY },
        { CURLE_RECV_ERROR, 354, SMTP_DATA, SMTP_AWAY },
        { CURLE_SEND_ERROR, 421, SMTP_SENDER, SMTP_AWAY },
        { CURLE_WEIRD_SERVER_REPLY, 421, SMTP_GREETING, SMTP_AWAY },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(smtp_judge(rows[i].curl, rows[i].code, rows[i].stage), rows[i].want);
}

TEST(commands_tell_the_stage)
{
    static const struct {
        const char *command;
        enum smtp_stage want;
    } rows[] = { { "EHLO a\r\n", SMTP_GREETING },
                 { "STARTTLS\r\n", SMTP_SENDER },
                 { "AUTH PLAIN\r\n", SMTP_LOGIN },
                 { "MAIL FROM:<a>\r\n", SMTP_SENDER },
                 { "RCPT TO:<a>\r\n", SMTP_RECIPIENT },
                 { "DATA\r\n", SMTP_DATA },
                 { "", SMTP_SENDER } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        CHECK_INT(smtp_stage_of(str_from(rows[i].command), SMTP_SENDER), rows[i].want);
}
