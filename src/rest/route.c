// SPDX-License-Identifier: GPL-3.0-or-later
#include "rest/route.h"

#include <string.h>

#include "base/buf.h"
#include "rest/resource.h"

static const char *const by_zone[] = { "zone", NULL };
static const char *const by_host[] = { "host", NULL };
static const char *const of_requests[] = { "kind", "side", NULL };
static const char *const in_language[] = { "language", NULL };
static const char *const by_state[] = { "state", NULL };
static const char *const or_not[] = { "wait", NULL };
static const char *const of_all[] = { "all", NULL };
static const char *const of_hosts[] = { "zone", "in_clear", "address", "heartbeat",
                                        NULL };
static const char *const of_log[] = { "account", "host", "zone", "updates", NULL };
static const char *const confirmed[] = { "email", NULL };
static const char *const in_pages[] = { "after", NULL };

#define LIST(path_, need_, read_, shape_, ...) \
    { \
        "GET", (path_), (need_), .read = (read_), .lists = true, .shape = &(shape_), \
                                 .about = __VA_ARGS__ \
    }
#define SHOW(path_, need_, read_, shape_, about_) \
    { \
        "GET", (path_), (need_), .read = (read_), .shape = (shape_), .about = (about_) \
    }
#define MAKE(path_, need_, write_, shape_, about_) \
    { \
        "POST", (path_), (need_), .write = (write_), .makes = true, .shape = &(shape_), \
                                  .about = (about_) \
    }
#define SET(path_, need_, write_, shape_, about_) \
    { \
        "PATCH", (path_), (need_), .write = (write_), .shape = &(shape_), \
                                   .about = (about_) \
    }
#define ASK(method_, path_, need_, start_, asks_, about_) \
    { \
        (method_), (path_), (need_), .start = (start_), .asks = &(asks_), \
                                     .about = (about_) \
    }
/* What others are asked about first. */
#define INQUIRE(path_, need_, start_, ...) \
    { \
        "GET", (path_), (need_), .start = (start_), .about = __VA_ARGS__ \
    }
#define REMOVE(path_, need_, write_, about_) \
    { \
        "DELETE", (path_), (need_), .write = (write_), .about = (about_) \
    }

/* Lists have what the actor owns or has to do with, and for operators everything. A zone is made by them alone, as
 * nothing asks yet whether its new owner has the name. */
const struct rest_route rest_routes[] = {
    { "GET", "/status", NEED_OPERATOR, .read = rest_status, .after_failure = true,
      .about = "shows the state of front" },
    { "GET", "/roles", NEED_OPERATOR, .read = rest_role_list, .after_failure = true,
      .about = "shows the version, and the state of each role" },
    { "POST", "/backups", NEED_OPERATOR, .start = rest_backup,
      .about = "makes a backup and tells its file" },
    SHOW("/service", NEED_ANYONE, rest_service_show, &service_shape,
         "tells what the service is called, and how to come by an account"),
    { "POST", "/signups", NEED_ANYONE, .start = rest_sign_up, .asks = &sign_up_shape,
      .defers = true,
      .about = "asks for an account; a mail to the address has what is next" },
    { "POST", "/resets", NEED_ANYONE, .start = rest_reset, .asks = &reset_shape,
      .defers = true,
      .about = "asks for another password; a mail to the address has what is next" },
    SHOW("/session", NEED_ANYONE, rest_session_show, NULL,
         "tells a browser who has logged in, and what its requests have to prove"),
    ASK("POST", "/session", NEED_ANYONE, rest_session_begin, login_shape,
        "logs in, and sets the cookie"),
    ASK("POST", "/session/fresh", NEED_SESSION, rest_session_confirm, confirm_shape,
        "confirms the password or a passkey, and sets another cookie"),
    { "POST", "/session/passkey-challenge", NEED_ANYONE, .start = rest_passkey_ask_login,
      .about = "gives a browser what to ask a passkey for, to log in" },
    ASK("POST", "/session/passkey", NEED_ANYONE, rest_passkey_login, passkey_login_shape,
        "logs in by a passkey, and sets the cookie"),
    { "POST", "/session/fresh-challenge", NEED_SESSION, .start = rest_passkey_ask_confirm,
      .about = "gives a browser what to ask a passkey for, to confirm it" },
    REMOVE("/session", NEED_SESSION, rest_session_end, "logs out"),
    LIST("/sessions", NEED_SESSION, rest_session_list, session_shape,
         "lists the browsers that are logged in"),
    REMOVE("/sessions", NEED_SESSION, rest_session_end_all, "logs all browsers out"),
    REMOVE("/sessions/", NEED_OWN_SESSION, rest_session_remove,
           "logs a browser out, by its number"),
    LIST("/account-sessions/", NEED_OWN_ACCOUNT, rest_session_list_of, session_shape,
         "lists the browsers of an account, by its address"),
    REMOVE("/account-sessions/", NEED_OWN_ACCOUNT, rest_session_end_of,
           "logs all browsers of an account out"),
    { "POST", "/links", NEED_OPERATOR, .write = rest_link_add, .makes = true,
      .needs_fresh = true, .shape = &link_shape,
      .about = "makes a link by which somebody chooses a password" },
    ASK("POST", "/links/redeem", NEED_ANYONE, rest_link_redeem, redeem_shape,
        "uses a link up, and may log in by it"),
    { "POST", "/links/confirm", NEED_ANYONE, .start = rest_move_answer,
      .asks = &answer_shape, .shape = &move_shape,
      .about = "confirms or refuses another address of an account, by either link" },
    SHOW("/account", NEED_SELF, rest_own_show, &account_shape, "shows the own account"),
    SET("/account", NEED_SELF, rest_own_set, account_shape, "changes the own account"),
    { "DELETE", "/account", NEED_SESSION, .write = rest_own_remove, .needs_fresh = true,
      .filters = confirmed,
      .about = "removes the own account with all that it owns, if email repeats its"
               " address" },
    { "GET", "/account/export", NEED_SELF, .start = rest_own_export, .needs_fresh = true,
      .filters = in_pages, .describe = rest_export_schema,
      .about = "gives all data of the own account, as a file" },
    { "GET", "/account-exports/", NEED_OWN_ACCOUNT, .start = rest_account_export,
      .needs_fresh = true, .filters = in_pages, .describe = rest_export_schema,
      .about = "gives all data of an account, by its address, in small pieces" },
    { "PUT", "/account/password", NEED_SESSION, .start = rest_own_password,
      .needs_fresh = true, .asks = &password_shape, .about = "sets another password" },
    SHOW("/account/address", NEED_SESSION, rest_move_show, &address_shape,
         "shows the address that the own account is to have"),
    { "POST", "/account/address", NEED_SESSION, .start = rest_move_begin,
      .needs_fresh = true, .asks = &address_ask_shape, .shape = &address_shape,
      .about = "asks for another address of the own account; both addresses get a mail" },
    REMOVE("/account/address", NEED_SESSION, rest_move_end,
           "keeps the address that the own account has"),
    SHOW("/account/totp", NEED_SESSION, rest_factor_show, NULL,
         "tells whether the own account has a second factor"),
    { "POST", "/account/totp", NEED_SESSION, .write = rest_factor_begin,
      .needs_fresh = true, .about = "makes a seed for an authenticator app" },
    { "PUT", "/account/totp", NEED_SESSION, .write = rest_factor_turn_on,
      .needs_fresh = true, .asks = &code_shape,
      .about = "switches the second factor on, by a code of the app" },
    { "DELETE", "/account/totp", NEED_SESSION, .write = rest_factor_turn_off,
      .needs_fresh = true, .about = "switches the second factor off" },
    { "POST", "/account/recovery-codes", NEED_SESSION, .write = rest_factor_renew_codes,
      .needs_fresh = true, .about = "replaces the recovery codes" },
    LIST("/account/passkeys", NEED_SESSION, rest_passkey_list, passkey_shape,
         "lists the passkeys of the own account"),
    { "POST", "/account/passkey-challenge", NEED_SESSION, .start = rest_passkey_ask_new,
      .needs_fresh = true,
      .about = "gives a browser what to ask an authenticator for, to make a passkey" },
    { "POST", "/account/passkeys", NEED_SESSION, .start = rest_passkey_add, .makes = true,
      .needs_fresh = true, .asks = &passkey_new_shape,
      .about = "adds a passkey to the own account, and sets another cookie" },
    SET("/account/passkeys/", NEED_SESSION, rest_passkey_set, passkey_shape,
        "gives a passkey another name, by its number"),
    { "DELETE", "/account/passkeys/", NEED_SESSION, .write = rest_passkey_remove,
      .needs_fresh = true, .about = "removes a passkey of the own account" },
    LIST("/account-passkeys/", NEED_OWN_ACCOUNT, rest_passkey_list_of, passkey_shape,
         "lists the passkeys of an account, by its address"),
    { "DELETE", "/passkeys/", NEED_OPERATOR, .write = rest_passkey_remove_any,
      .needs_fresh = true, .about = "removes a passkey, by its number" },
    { "DELETE", "/account-factors/", NEED_OPERATOR, .write = rest_factor_turn_off_of,
      .needs_fresh = true,
      .about = "takes away the second factor and the passkeys of an account" },
    LIST("/accounts", NEED_OPERATOR, rest_account_list, account_shape,
         "lists the accounts", .filters = by_state),
    SHOW("/accounts/", NEED_OWN_ACCOUNT, rest_account_show, &account_shape,
         "shows an account, by its address"),
    { "POST", "/accounts", NEED_OPERATOR, .write = rest_account_add, .makes = true,
      .needs_fresh = true, .shape = &account_shape, .about = "makes an account" },
    { "PATCH", "/accounts/", NEED_OWN_ACCOUNT, .write = rest_account_set,
      .needs_fresh = true, .shape = &account_shape, .about = "changes an account" },
    { "DELETE", "/accounts/", NEED_OWN_ACCOUNT, .write = rest_account_remove,
      .needs_fresh = true, .about = "removes an account that owns nothing" },
    { "GET", "/purges/", NEED_OPERATOR, .start = rest_purge_show,
      .describe = rest_purge_schema,
      .about = "shows what goes with an account, and what else points to its addresses" },
    { "POST", "/purges", NEED_OPERATOR, .write = rest_purge, .needs_fresh = true,
      .shape = &account_shape, .asks = &purge_shape,
      .about = "removes an account with all that it owns, piece by piece" },
    LIST("/log", NEED_ACCOUNT, rest_log_list, action_shape,
         "lists what was done and by whom, newest first", .filters = of_log),
    LIST("/zones", NEED_ACCOUNT, rest_zone_list, zone_shape, "lists the zones"),
    LIST("/zone-choices", NEED_ACCOUNT, rest_zone_choices, zone_choice_shape,
         "lists the zones in which the account may make hosts"),
    SHOW("/zones/", NEED_LOOK_AT_ZONE, rest_zone_show, &zone_shape,
         "shows a zone, by its name"),
    MAKE("/zones", NEED_OPERATOR, rest_zone_add, zone_shape, "makes a zone"),
    SET("/zones/", NEED_SET_ZONE, rest_zone_set, zone_shape, "changes a zone"),
    REMOVE("/zones/", NEED_OWN_ZONE, rest_zone_remove, "removes a zone without hosts"),
    SHOW("/delegations/", NEED_LOOK_AT_ZONE, rest_zone_delegation, NULL,
         "shows the records that the parent zone has to hold"),
    LIST("/hosts", NEED_ACCOUNT, rest_host_list, host_shape, "lists the hosts",
         .filters = of_hosts),
    SHOW("/hosts/", NEED_JUDGE_HOST, rest_host_show, &host_shape,
         "shows a host, by its name"),
    MAKE("/hosts", NEED_ACCOUNT, rest_host_add, host_shape, "makes a host"),
    SET("/hosts/", NEED_JUDGE_HOST, rest_host_set, host_shape, "changes a host"),
    REMOVE("/hosts/", NEED_JUDGE_HOST, rest_host_remove,
           "removes a host, and keeps its name for its owner for a time"),
    SHOW("/host-logs/", NEED_OWN_HOST, rest_host_log, NULL,
         "lists the changes of a host, newest first"),
    { "POST", "/host-undos/", NEED_OWN_HOST, .write = rest_host_undo,
      .shape = &host_shape, .asks = &undo_shape,
      .about = "gives a host the addresses that it had before a change" },
    SHOW("/host-requests/", NEED_OWN_HOST, rest_host_requests, NULL,
         "lists the newest requests that named a host, and why they failed"),
    INQUIRE(
        "/host-truths/", NEED_OWN_HOST, rest_host_truth,
        "shows what a host's device said last, what the database and DNS have, and what "
        "each name server answers",
        .filters = or_not),
    INQUIRE("/zone-serials/", NEED_SET_ZONE, rest_zone_serials,
            "shows the serial of a zone, and that of each name server",
            .filters = or_not),
    INQUIRE("/secondaries", NEED_OPERATOR, rest_secondary_list,
            "lists the secondaries, and how far each is behind", .lists = true,
            .shape = &secondary_shape),
    SHOW("/name-checks/", NEED_ACCOUNT, rest_name_check, &name_check_shape,
         "tells whether the account may make a host of a name"),
    SHOW("/contacts/", NEED_ANYONE, rest_contact, &contact_shape,
         "tells strangers where to report abuse of a name"),
    LIST("/reserved-names", NEED_ACCOUNT, rest_reserved_list, reserved_shape,
         "lists the words that no host may have next to a zone", .filters = by_zone),
    MAKE("/reserved-names", NEED_ACCOUNT, rest_reserved_add, reserved_shape,
         "reserves a word in a zone or, for operators, in all"),
    REMOVE("/reserved-names/", NEED_OWN_RESERVED, rest_reserved_remove,
           "frees a word, by its number"),
    LIST("/quarantine", NEED_ACCOUNT, rest_quarantine_list, quarantine_shape,
         "lists the names that are kept for those who had them", .filters = by_zone),
    REMOVE("/quarantine/", NEED_OWN_QUARANTINE, rest_quarantine_lift,
           "frees a name before its time"),
    LIST("/blocked-networks", NEED_OPERATOR, rest_blocked_list, blocked_shape,
         "lists the networks to which no host may point"),
    MAKE("/blocked-networks", NEED_OPERATOR, rest_blocked_add, blocked_shape,
         "blocks a network: hosts that point there leave DNS"),
    REMOVE("/blocked-networks/", NEED_OPERATOR, rest_blocked_remove,
           "ends a block, by its network"),
    LIST("/records", NEED_ACCOUNT, rest_record_list, record_shape, "lists the records",
         .filters = by_zone),
    MAKE("/records", NEED_ACCOUNT, rest_record_add, record_shape, "adds a record"),
    REMOVE("/records/", NEED_OWN_RECORD, rest_record_remove,
           "removes a record, by its number"),
    LIST("/members", NEED_ACCOUNT, rest_zone_member_list, member_shape,
         "lists the members of a zone, or where the own account is one",
         .filters = by_zone),
    MAKE("/members", NEED_OPERATOR, rest_zone_member_add, member_shape,
         "makes an account a member of a zone, without asking it"),
    SET("/members/", NEED_MEMBER, rest_zone_member_set, member_shape,
        "gives a member another role, by its number"),
    REMOVE("/members/", NEED_MEMBER, rest_zone_member_remove,
           "ends a membership, by its number; the hosts stay"),
    LIST("/requests", NEED_ACCOUNT, rest_request_list, request_shape,
         "lists what waits for somebody's consent", .filters = of_requests),
    SHOW("/requests/", NEED_REQUEST, rest_request_show, &request_shape,
         "shows a request, by its number"),
    MAKE("/requests", NEED_ACCOUNT, rest_request_add, request_shape,
         "asks to be let into a zone, invites to one, or offers a host"),
    REMOVE("/requests/", NEED_REQUEST, rest_request_remove,
           "withdraws or declines a request"),
    { "POST", "/request-accepts/", NEED_REQUEST, .write = rest_request_accept,
      .shape = &request_shape, .about = "accepts a request" },
    LIST("/tokens", NEED_ACCOUNT, rest_token_list, token_shape, "lists the tokens",
         .filters = by_host),
    SHOW("/tokens/", NEED_OWN_TOKEN, rest_token_show, &token_shape,
         "shows a token, by its number"),
    MAKE("/tokens", NEED_ACCOUNT, rest_token_add, token_shape,
         "makes a token, and shows its secret this once"),
    SET("/tokens/", NEED_OWN_TOKEN, rest_token_set, token_shape, "changes a token"),
    REMOVE("/tokens/", NEED_OWN_TOKEN, rest_token_remove, "makes a token invalid"),
    LIST("/mails", NEED_OPERATOR, rest_mail_list, mail_shape,
         "lists the mails that wait, and those of the last month"),
    SHOW("/mails/", NEED_OPERATOR, rest_mail_show, &mail_shape,
         "shows a mail, by its number, but not what is in it"),
    MAKE("/mails", NEED_OPERATOR, rest_mail_test, mail_shape, "sends a test mail"),
    REMOVE("/mails/", NEED_OPERATOR, rest_mail_remove,
           "removes a mail, which is not sent if it waits"),
    { "POST", "/mail-retries/", NEED_OPERATOR, .write = rest_mail_retry,
      .shape = &mail_shape, .about = "makes a mail due at once" },
    { "GET", "/mail-texts/", NEED_OPERATOR, .read = rest_mail_preview,
      .filters = in_language, .about = "shows what a kind of mail looks like" },
    { "GET", "/events", NEED_ACCOUNT, .read = rest_event_listen, .streams = true,
      .filters = of_all, .about = "tells what happens to hosts, as it happens" },
    /* Each call is judged by itself, too. */
    { "POST", "/batch", NEED_ACCOUNT, .write = rest_batch,
      .about = "makes several changes in one transaction" },
};
const size_t rest_route_count = LENGTH_OF(rest_routes);

bool rest_route_reads(const struct rest_route *route)
{
    return strcmp(route->method, "GET") == 0;
}

bool rest_route_is_open(struct str method, struct str path)
{
    char storage[64];
    struct buf allow = BUF_ON(storage);
    struct str arg;
    const struct rest_route *route = rest_route_find(method, path, &arg, &allow);
    return route && route->need == NEED_ANYONE;
}

enum status rest_arg_decode(struct str raw, struct arena *arena, struct str *out,
                            struct error *err)
{
    if (str_find(raw, '&') < raw.n || str_find(raw, '=') < raw.n)
        return FAIL(err, ERR_SYNTAX, "bad last piece of the path");
    *out = http_path_decode(raw, arena);
    return OK;
}

static bool has_path(const struct rest_route *route, struct str path)
{
    struct str pattern = str_from(route->path);
    return str_ends(pattern, STR("/")) ? path.n > pattern.n && str_starts(path, pattern)
                                       : str_equal(path, pattern);
}

const struct rest_route *rest_route_find(struct str method, struct str path,
                                         struct str *raw_arg, struct buf *allow)
{
    for (size_t i = 0; i < rest_route_count; i++) {
        if (!has_path(&rest_routes[i], path))
            continue;
        if (str_equal(method, str_from(rest_routes[i].method))) {
            *raw_arg = str_from_at(path, str_from(rest_routes[i].path).n);
            return &rest_routes[i];
        }
        buf_printf(allow, "%s%s", allow->n ? ", " : "", rest_routes[i].method);
    }
    return NULL;
}
