// SPDX-License-Identifier: GPL-3.0-or-later
#include "mail/smtp.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum {
    CONNECT_S = 30, /* at most */
    IDLE_S = 20,    /* a connection that was idle for longer is not used again */
    URL_SIZE = 1024,
    ADDRESS_SIZE = 264,
};

struct smtp {
    CURL *curl;
    char error[CURL_ERROR_SIZE];
    char reply[SMTP_WHY_SIZE]; /* the server's last line, before we took our leave */
    enum smtp_stage stage;
    bool has_quit;
    struct str rest; /* of the message, not sent yet */
};

/* ----- the verdict ----- */

static bool is_about_tls(int curl)
{
    static const CURLcode codes[] = {
        CURLE_SSL_CONNECT_ERROR,  CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED,
        CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,          CURLE_SSL_CIPHER,
        CURLE_SSL_ISSUER_ERROR,   CURLE_SSL_INVALIDCERTSTATUS,    CURLE_SSL_CLIENTCERT
    };
    for (size_t i = 0; i < LENGTH_OF(codes); i++)
        if ((int)codes[i] == curl)
            return true;
    return false;
}

/* 530, 534, 535 and 538 are about the login (RFC 4954, 6), whenever they come. Before there is a
 * recipient, a refusal is of us, and not of the mail. */
enum smtp_verdict smtp_judge(int curl, int code, enum smtp_stage stage)
{
    bool is_login = code == 530 || code == 534 || code == 535 || code == 538;
    if (curl == CURLE_OK)
        return SMTP_SENT;
    if (is_about_tls(curl) || is_login)
        return SMTP_TROUBLE;
    if (code >= 500 && code < 600)
        return stage >= SMTP_RECIPIENT ? SMTP_NEVER : SMTP_TROUBLE;
    if (code >= 400 && code < 500)
        return stage >= SMTP_SENDER && code != 421 ? SMTP_LATER : SMTP_AWAY;
    /* No mechanism that both know. */
    return curl == CURLE_LOGIN_DENIED ? SMTP_TROUBLE : SMTP_AWAY;
}

enum smtp_stage smtp_stage_of(struct str command, enum smtp_stage before)
{
    static const struct {
        struct str word;
        enum smtp_stage stage;
    } words[] = {
        { { "EHLO", 4 }, SMTP_GREETING },      { { "HELO", 4 }, SMTP_GREETING },
        { { "AUTH ", 5 }, SMTP_LOGIN },        { { "MAIL FROM:", 10 }, SMTP_SENDER },
        { { "RCPT TO:", 8 }, SMTP_RECIPIENT }, { { "DATA", 4 }, SMTP_DATA }
    };
    for (size_t i = 0; i < LENGTH_OF(words); i++)
        if (str_starts(command, words[i].word))
            return words[i].stage;
    return before;
}

/* ----- what libcurl asks and tells ----- */

static size_t give_message(char *to, size_t size, size_t count, void *ctx)
{
    struct smtp *smtp = (struct smtp *)ctx;
    struct str piece = str_first(smtp->rest, size * count);
    if (piece.n)
        memcpy(to, piece.at, piece.n);
    smtp->rest = str_from_at(smtp->rest, piece.n);
    return piece.n;
}

static void keep_line(char out[SMTP_WHY_SIZE], struct str line)
{
    struct buf text = buf_on(out, SMTP_WHY_SIZE - 1);
    line = str_trim(line);
    for (size_t i = 0; i < line.n && !text.full; i++)
        buf_put_u8(&text,
                   line.at[i] < ' ' || line.at[i] > '~' ? '?' : (uint8_t)line.at[i]);
    out[text.n] = 0;
}

static size_t take_reply(char *at, size_t size, size_t count, void *ctx)
{
    struct smtp *smtp = (struct smtp *)ctx;
    if (!smtp->has_quit)
        keep_line(smtp->reply, str_bytes(at, size * count));
    return size * count;
}

/* A command may hold a password: only its first word is looked at. */
static int take_debug(CURL *curl, curl_infotype type, char *at, size_t n, void *ctx)
{
    struct smtp *smtp = (struct smtp *)ctx;
    (void)curl;
    if (type == CURLINFO_HEADER_OUT) {
        smtp->stage = smtp_stage_of(str_bytes(at, n), smtp->stage);
        smtp->has_quit |= str_starts(str_bytes(at, n), STR("QUIT"));
    }
    return 0;
}

/* ----- sending ----- */

enum status smtp_library_init(struct error *err)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    return code ? FAIL(err, ERR_IO, "libcurl: %s", curl_easy_strerror(code)) : OK;
}

struct smtp *smtp_new(void)
{
    struct smtp *smtp = NEW(struct smtp);
    smtp->curl = curl_easy_init();
    if (!smtp->curl)
        abort(); /* no memory */
    return smtp;
}

void smtp_free(struct smtp *smtp)
{
    if (!smtp)
        return;
    curl_easy_cleanup(smtp->curl);
    mem_free(smtp);
}

/* Each option is one that every libcurl with SMTP has; a long text has no limit there. */
#define SET(curl_, option_, value_) \
    ((void)(curl_easy_setopt((curl_), (option_), (value_)) == CURLE_OK || (abort(), 0)))

static void set_server(CURL *curl, const struct smtp_options *options)
{
    char storage[URL_SIZE];
    struct buf url = BUF_ON(storage);
    long timeout_s = (long)options->timeout_s;
    buf_printf(&url, "%s/%s", options->server, options->hello);
    SET(curl, CURLOPT_URL, buf_text(&url));
    SET(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(curl, CURLOPT_PROXY, ""); /* whatever the environment says */
    SET(curl, CURLOPT_NOSIGNAL, 1L);
    SET(curl, CURLOPT_CONNECTTIMEOUT,
        timeout_s < CONNECT_S ? timeout_s : (long)CONNECT_S);
    SET(curl, CURLOPT_TIMEOUT, timeout_s);
    SET(curl, CURLOPT_MAXAGE_CONN, (long)IDLE_S);
    SET(curl, CURLOPT_USE_SSL,
        options->in_clear ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    SET(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (options->ca_file[0]) {
        SET(curl, CURLOPT_CAINFO, options->ca_file);
        SET(curl, CURLOPT_CAPATH, NULL); /* and no others */
    }
    if (!options->user[0])
        return;
    /* Within TLS these two are as good as any, and all servers have one of them. */
    SET(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
    SET(curl, CURLOPT_USERNAME, options->user);
    SET(curl, CURLOPT_PASSWORD, options->password);
}

static void set_callbacks(struct smtp *smtp)
{
    CURL *curl = smtp->curl;
    SET(curl, CURLOPT_ERRORBUFFER, smtp->error);
    SET(curl, CURLOPT_UPLOAD, 1L);
    SET(curl, CURLOPT_READFUNCTION, give_message);
    SET(curl, CURLOPT_READDATA, smtp);
    SET(curl, CURLOPT_HEADERFUNCTION, take_reply);
    SET(curl, CURLOPT_HEADERDATA, smtp);
    SET(curl, CURLOPT_DEBUGFUNCTION, take_debug);
    SET(curl, CURLOPT_DEBUGDATA, smtp);
    SET(curl, CURLOPT_VERBOSE, 1L); /* or nothing is told to take_debug() */
}

static void set_address(const char *address, char out[ADDRESS_SIZE])
{
    struct buf text = buf_on(out, ADDRESS_SIZE);
    buf_printf(&text, "<%s>", address);
    (void)buf_text(&text);
}

/* Of the server's last line; 0: there was none. libcurl's own is that of QUIT. */
static int code_of(const struct smtp *smtp)
{
    uint64_t code = 0;
    return str_to_u64(str_first(str_from(smtp->reply), 3), 999, &code) ? 0 : (int)code;
}

static void explain(const struct smtp *smtp, CURLcode code, struct smtp_result *out)
{
    bool has_refused = out->code >= 400 && smtp->reply[0];
    const char *why = smtp->error[0] ? smtp->error : curl_easy_strerror(code);
    keep_line(out->why, str_from(has_refused ? smtp->reply : why));
}

void smtp_send(struct smtp *smtp, const struct smtp_options *options,
               const struct smtp_mail *mail, struct smtp_result *out)
{
    char from[ADDRESS_SIZE], to[ADDRESS_SIZE];
    set_address(mail->from, from);
    set_address(mail->to, to);
    struct curl_slist *recipients = curl_slist_append(NULL, to);
    if (!recipients)
        abort();
    curl_easy_reset(smtp->curl); /* connections stay */
    smtp->error[0] = smtp->reply[0] = 0;
    smtp->stage = SMTP_GREETING;
    smtp->has_quit = false;
    smtp->rest = mail->message;
    set_server(smtp->curl, options);
    set_callbacks(smtp);
    SET(smtp->curl, CURLOPT_MAIL_FROM, from);
    SET(smtp->curl, CURLOPT_MAIL_RCPT, recipients);
    SET(smtp->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->message.n);
    CURLcode code = curl_easy_perform(smtp->curl);
    *out = (struct smtp_result){ .code = code_of(smtp) };
    out->verdict = smtp_judge((int)code, out->code, smtp->stage);
    if (out->verdict != SMTP_SENT)
        explain(smtp, code, out);
    curl_slist_free_all(recipients);
}
