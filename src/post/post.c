// SPDX-License-Identifier: GPL-3.0-or-later
#include "post/post.h"

#include "base/cipher.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/reader.h"
#include "post/unsubscribe.h"

enum {
    DAY_S = 86400,
    ID_BYTES = 16,
    NUMBER_SIZE = 24
};

/* ----- writing a mail ----- */

/* What every mail can say. The texts live as long as the values. */
struct common {
    struct post_values values;
    char service[ORIGIN_SIZE], link[ORIGIN_SIZE + POST_SECRET_MAX + 32],
        days[NUMBER_SIZE], hours[NUMBER_SIZE], minutes[NUMBER_SIZE];
};

static void put_number(char out[NUMBER_SIZE], int64_t number)
{
    struct buf text = buf_on(out, NUMBER_SIZE);
    buf_put_decimal(&text, (uint64_t)number);
    (void)buf_text(&text);
}

/* The fragment goes to no server, and so to no log. */
static void put_link(const struct post *post, const struct post_traits *traits,
                     struct str secret, struct common *out)
{
    struct buf link = BUF_ON(out->link);
    buf_printf(&link, "%s%s#" STR_FMT, post->origin, traits->path, STR_ARG(secret));
    (void)buf_text(&link);
    post_values_add(&out->values, "link", str_from(out->link));
}

/* What names no host is for all of them. */
static void name_all_hosts(const struct post_language *language,
                           struct post_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        struct post_value *value = &values->list[i];
        if (value->text.n == 0 && str_starts(str_from(value->name), STR("host")))
            value->text = str_from(language->all_hosts.subject);
    }
}

static void fill_common(const struct post *post, const struct post_traits *traits,
                        const struct post_mail *mail, struct common *out)
{
    struct str origin = str_from(post->origin);
    size_t slashes = str_find(origin, '/');
    struct buf service = BUF_ON(out->service);
    buf_put(&service, str_from_at(origin, slashes + 2));
    (void)buf_text(&service);
    put_number(out->days, traits->lifetime_s / DAY_S);
    put_number(out->hours, traits->lifetime_s / 3600);
    put_number(out->minutes, traits->lifetime_s / 60);
    out->values = mail->values;
    name_all_hosts(post_language_find(mail->language), &out->values);
    post_values_add(&out->values, "service", str_from(out->service));
    post_values_add(&out->values, "origin", origin);
    post_values_add(&out->values, "address", mail->recipient);
    post_values_add(&out->values, "days", str_from(out->days));
    post_values_add(&out->values, "hours", str_from(out->hours));
    post_values_add(&out->values, "minutes", str_from(out->minutes));
    if (traits->has_reason)
        post_values_add(
            &out->values, "reason",
            str_from(post_language_find(mail->language)->whys[mail->reason].subject));
    if (traits->path)
        put_link(post, traits, mail->secret, out);
}

static enum status put_footer(const struct post_language *language, enum post_kind kind,
                              const struct post_content *content, struct common *common,
                              struct buf *body, struct error *err)
{
    post_values_add(&common->values, "about", str_from(language->mails[kind].about));
    post_values_add(&common->values, "unsubscribe", str_from(content->unsubscribe));
    buf_put_text(body, "\n-- \n"); /* as mail programs know it */
    return post_fill(language->footer.body, &common->values, body, err);
}

static void make_unsubscribe(const struct post *post, const struct post_mail *mail,
                             struct post_content *out)
{
    char token[UNSUBSCRIBE_SIZE];
    unsubscribe_make(post->keys, mail->account_id, mail->kind, token);
    struct buf link = BUF_ON(out->unsubscribe);
    buf_printf(&link, "%s/u/%s", post->origin, token);
    (void)buf_text(&link);
}

static enum status write_mail(const struct post *post, const struct post_mail *mail,
                              struct post_content *out, struct error *err)
{
    const struct post_traits *traits = &post_traits[mail->kind];
    const struct post_language *language = post_language_find(mail->language);
    const struct post_text *text = &language->mails[mail->kind];
    struct common common;
    struct buf subject = BUF_ON(out->subject), body = BUF_ON(out->body);
    out->unsubscribe[0] = 0;
    fill_common(post, traits, mail, &common);
    enum status status = post_fill(text->subject, &common.values, &subject, err);
    if (!status)
        status = post_fill(text->body, &common.values, &body, err);
    if (!status && traits->can_be_off && mail->account_id) {
        make_unsubscribe(post, mail, out);
        status = put_footer(language, mail->kind, out, &common, &body, err);
    }
    (void)buf_text(&subject);
    (void)buf_text(&body);
    mem_wipe(&common, sizeof(common));
    if (!status && (subject.full || body.full))
        return FAIL(err, ERR_LIMIT, "the mail is too long");
    return status;
}

/* ----- what is sealed ----- */

static void put_piece(struct buf *out, const char *text)
{
    struct str piece = str_from(text);
    buf_put_u16(out, (uint16_t)piece.n);
    buf_put(out, piece);
}

static bool take_piece(struct reader *in, char *out, size_t size)
{
    struct buf text = buf_on(out, size);
    buf_put(&text, reader_bytes(in, reader_u16(in)));
    (void)buf_text(&text);
    return !in->failed && !text.full;
}

/* Bound to the id of the message: what was sealed for one mail opens in no other row. */
static void seal(const struct post *post, const struct mail_row *row,
                 const struct post_content *content, struct buf *out)
{
    CLEANUP(mem_freep) uint8_t *storage = (uint8_t *)mem_new(POST_CONTENT_SIZE);
    struct buf plain = buf_on(storage, POST_CONTENT_SIZE);
    put_piece(&plain, content->subject);
    put_piece(&plain, content->unsubscribe);
    put_piece(&plain, content->body);
    cipher_seal(post->keys->seal, str_from(row->message_id), buf_str(&plain), out);
    mem_wipe(storage, POST_CONTENT_SIZE);
}

enum status post_open(const struct post *post, struct store *store,
                      const struct mail_row *row, struct post_content *out,
                      struct error *err)
{
    enum {
        SEALED_SIZE = POST_CONTENT_SIZE + CIPHER_MORE
    };
    CLEANUP(mem_freep) uint8_t *sealed_storage = (uint8_t *)mem_new(SEALED_SIZE);
    CLEANUP(mem_freep) uint8_t *storage = (uint8_t *)mem_new(POST_CONTENT_SIZE);
    struct buf sealed = buf_on(sealed_storage, SEALED_SIZE),
               plain = buf_on(storage, POST_CONTENT_SIZE);
    enum status status = store_mail_content(store, row->id, &sealed, err);
    if (!status)
        status = cipher_open(post->keys->seal, str_from(row->message_id),
                             buf_str(&sealed), &plain, err);
    struct reader in = reader_on(buf_str(&plain));
    if (!status && (!take_piece(&in, out->subject, sizeof(out->subject)) ||
                    !take_piece(&in, out->unsubscribe, sizeof(out->unsubscribe)) ||
                    !take_piece(&in, out->body, sizeof(out->body))))
        status = FAIL(err, ERR_CONFLICT, "mail %lld cannot be read", (long long)row->id);
    mem_wipe(storage, POST_CONTENT_SIZE);
    return status;
}

/* ----- who gets it, and whether ----- */

/* Kinds whose mails to one address are counted together. */
static uint64_t kinds_like(const struct post_traits *traits)
{
    uint64_t set = 0;
    for (size_t i = 0; i < POST_KINDS; i++)
        if (post_traits[i].is_asked_for == traits->is_asked_for &&
            post_traits[i].is_security == traits->is_security && i != POST_TEST)
            set |= UINT64_C(1) << i;
    return set;
}

static int64_t most_per_day(const struct post_traits *traits)
{
    if (traits->is_asked_for)
        return POST_ASKED_PER_DAY;
    return traits->is_security ? POST_SECURITY_PER_DAY : POST_NOTICES_PER_DAY;
}

static enum status check_caps(struct store *store, const struct post_mail *mail,
                              enum post_result *out, struct error *err)
{
    const struct post_traits *traits = &post_traits[mail->kind];
    struct store_recent_mails recent = { 0, 0 };
    if (mail->kind == POST_TEST)
        return OK;
    enum status status = store_mail_recent(store, mail->recipient, kinds_like(traits),
                                           mail->now_s - DAY_S, &recent, err);
    if (status)
        return status;
    if (recent.count >= most_per_day(traits) ||
        (traits->is_asked_for && recent.count > 0 &&
         mail->now_s - recent.newest_s < POST_ASKED_PAUSE_S))
        *out = POST_TOO_MANY;
    return OK;
}

static enum status check_known(struct store *store, const struct post_mail *mail,
                               const struct mail_row *row, enum post_result *out,
                               struct error *err)
{
    bool known = false;
    if (!row->about[0])
        return OK;
    enum status status =
        store_mail_is_known(store, mail->recipient, row->kind, row->about, &known, err);
    if (known)
        *out = POST_TOLD_ALREADY;
    return status;
}

static enum status check_room(struct store *store, enum post_result *out,
                              struct error *err)
{
    int64_t waiting = 0;
    enum status status = store_mail_count(store, MAIL_WAITING, &waiting, err);
    if (!status && waiting >= POST_QUEUE_MAX)
        *out = POST_QUEUE_FULL;
    return status;
}

/* What speaks against the mail: *out stays POST_QUEUED if nothing does. */
static enum status judge(struct store *store, const struct post_mail *mail,
                         const struct mail_row *row, enum post_result *out,
                         struct error *err)
{
    if (!mailbox_is_plain(mail->recipient)) {
        *out = POST_NO_ADDRESS;
        return OK;
    }
    enum status status = check_known(store, mail, row, out, err);
    if (!status && *out == POST_QUEUED)
        status = check_caps(store, mail, out, err);
    if (!status && *out == POST_QUEUED)
        status = check_room(store, out, err);
    return status;
}

static void copy_text(char *out, size_t size, struct str text)
{
    struct buf copy = buf_on(out, size);
    buf_put(&copy, str_first(text, size - 1));
    (void)buf_text(&copy);
}

static void make_id(const struct post *post, struct mail_row *row)
{
    uint8_t bytes[ID_BYTES];
    random_fill(bytes, sizeof(bytes));
    struct buf id = BUF_ON(row->message_id);
    buf_put_hex(&id, str_bytes(bytes, sizeof(bytes)));
    buf_printf(&id, "@%s", post->domain);
    (void)buf_text(&id);
}

static enum status insert(const struct post *post, struct store *store,
                          const struct post_mail *mail, struct mail_row *row,
                          struct error *err)
{
    CLEANUP(mem_freep) struct post_content *content = NEW(struct post_content);
    CLEANUP(mem_freep)
    uint8_t *storage = (uint8_t *)mem_new(POST_CONTENT_SIZE + CIPHER_MORE);
    struct buf sealed = buf_on(storage, POST_CONTENT_SIZE + CIPHER_MORE);
    enum status status = write_mail(post, mail, content, err);
    if (!status) {
        make_id(post, row);
        seal(post, row, content, &sealed);
        status = store_mail_insert(store, row, buf_str(&sealed), err);
    }
    mem_wipe(content, sizeof(*content));
    return status;
}

enum status post_put(const struct post *post, struct store *store,
                     struct post_mail *given, enum post_result *out, struct error *err)
{
    struct account_row account;
    struct post_mail mail = *given;
    struct mail_row row = { .kind = (uint8_t)mail.kind,
                            .account_id = mail.account_id,
                            .due_s = mail.now_s,
                            .created_s = mail.now_s };
    *out = post ? POST_QUEUED : POST_NOT_SET_UP;
    if (!post)
        return OK;
    if (mail.account_id) {
        enum status status = store_account_find(store, mail.account_id, &account, err);
        if (status)
            return status;
        mail.recipient = str_from(account.email);
        mail.language = str_from(account.language);
        if (post_traits[mail.kind].can_be_off && account.mail_off >> mail.kind & 1) {
            *out = POST_SWITCHED_OFF;
            return OK;
        }
    }
    copy_text(row.recipient, sizeof(row.recipient), mail.recipient);
    copy_text(row.language, sizeof(row.language),
              str_from(post_language_find(mail.language)->tag));
    copy_text(row.about, sizeof(row.about), mail.about);
    enum status status = judge(store, &mail, &row, out, err);
    if (status || *out != POST_QUEUED)
        return status;
    status = insert(post, store, &mail, &row, err);
    given->id = row.id;
    return status;
}

const char *post_result_text(enum post_result result)
{
    static const char *const texts[] = {
        [POST_QUEUED] = "queued",
        [POST_NOT_SET_UP] = "this service sends no mails: rove.conf has no mail.server",
        [POST_SWITCHED_OFF] = "the account does not want mails of this kind",
        [POST_TOLD_ALREADY] = "the account was told already",
        [POST_TOO_MANY] = "this address has got too many mails lately",
        [POST_NO_ADDRESS] = "not an address to which mail can be sent",
        [POST_QUEUE_FULL] = "too many mails wait",
    };
    return texts[result];
}

enum status post_preview(const struct post *post, enum post_kind kind,
                         struct str language, struct post_content *out, struct error *err)
{
    const struct post_traits *traits = &post_traits[kind];
    struct post_mail mail = { .kind = kind,
                              .account_id = 1,
                              .recipient = STR("owner@example.org"),
                              .language = language,
                              .secret = STR("EXAMPLE"),
                              .reason = POST_WHY_UNKNOWN_TOKEN };
    for (const struct post_field *field = traits->fields; field->name; field++)
        post_values_add(&mail.values, field->name, str_from(field->example));
    /* Tokens by no key: what is shown can switch nothing off. */
    static const struct keys none;
    struct post shown = *post;
    shown.keys = &none;
    return write_mail(&shown, &mail, out, err);
}
