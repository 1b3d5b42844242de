// SPDX-License-Identifier: GPL-3.0-or-later
/* resource.h - what the routes lead to: the resources, and what each call gives. */
#pragma once

#include "rest/call.h"

struct rest_job;

extern const struct shape session_shape, login_shape, confirm_shape, link_shape,
    redeem_shape, password_shape, code_shape, service_shape, sign_up_shape, reset_shape,
    address_shape, address_ask_shape, answer_shape, move_shape, passkey_shape,
    passkey_login_shape, passkey_new_shape;
extern const struct shape account_shape, zone_shape, zone_choice_shape, host_shape,
    record_shape, token_shape, mail_shape, member_shape, request_shape, secondary_shape;
extern const struct shape name_check_shape, contact_shape, reserved_shape,
    quarantine_shape, blocked_shape, action_shape, undo_shape, purge_shape;
extern const char *const account_roles[]; /* by enum account_role; ends with NULL */

/* What front knows of itself; needs no database. */
enum status rest_status(struct rest_call *call, struct error *err);
/* What each role tells of itself, and the version. */
enum status rest_role_list(struct rest_call *call, struct error *err);
/* Begins a backup. The job ends with it. */
void rest_backup(struct rest_job *job);

/* What strangers may know of the service. */
enum status rest_service_show(struct rest_call *call, struct error *err);
/* What strangers ask for: an account, or another password. */
void rest_sign_up(struct rest_job *job);
void rest_reset(struct rest_job *job);

/* Another address of the actor's account; both addresses answer by a link. */
enum status rest_move_show(struct rest_call *call, struct error *err);
void rest_move_begin(struct rest_job *job);
enum status rest_move_end(struct rest_call *call, struct error *err);
void rest_move_answer(struct rest_job *job);

/* What a browser is told of its session; of none, it is told that. */
enum status rest_session_show(struct rest_call *call, struct error *err);
void rest_session_begin(struct rest_job *job);
void rest_session_confirm(struct rest_job *job);
enum status rest_session_end(struct rest_call *call, struct error *err);
enum status rest_session_end_all(struct rest_call *call, struct error *err);
enum status rest_session_list(struct rest_call *call, struct error *err);
enum status rest_session_remove(struct rest_call *call, struct error *err);
/* Of the account that the path names. */
enum status rest_session_list_of(struct rest_call *call, struct error *err);
enum status rest_session_end_of(struct rest_call *call, struct error *err);

enum status rest_link_add(struct rest_call *call, struct error *err);
void rest_link_redeem(struct rest_job *job);

/* The actor's own account. */
enum status rest_own_show(struct rest_call *call, struct error *err);
enum status rest_own_set(struct rest_call *call, struct error *err);
void rest_own_password(struct rest_job *job);

/* The second factor of the actor's account. */
enum status rest_factor_show(struct rest_call *call, struct error *err);
enum status rest_factor_begin(struct rest_call *call, struct error *err);
enum status rest_factor_turn_on(struct rest_call *call, struct error *err);
enum status rest_factor_turn_off(struct rest_call *call, struct error *err);
enum status rest_factor_renew_codes(struct rest_call *call, struct error *err);
/* Of the account that the path names. */
enum status rest_factor_turn_off_of(struct rest_call *call, struct error *err);

/* Passkeys: what a browser is to ask an authenticator for, and what that answered. */
void rest_passkey_ask_login(struct rest_job *job);
void rest_passkey_login(struct rest_job *job);
void rest_passkey_ask_confirm(struct rest_job *job);
void rest_passkey_ask_new(struct rest_job *job);
void rest_passkey_add(struct rest_job *job);
/* Those of the actor's account. */
enum status rest_passkey_list(struct rest_call *call, struct error *err);
enum status rest_passkey_set(struct rest_call *call, struct error *err);
enum status rest_passkey_remove(struct rest_call *call, struct error *err);
/* Of the account that the path names, and of any account. */
enum status rest_passkey_list_of(struct rest_call *call, struct error *err);
enum status rest_passkey_remove_any(struct rest_call *call, struct error *err);

struct json *rest_account_json(const struct account_row *row);
/* Changes the account as the body says, which `setter` may. */
enum status rest_account_change(struct rest_call *call, enum field_setter setter,
                                struct account_row *row, struct error *err);
enum status rest_account_list(struct rest_call *call, struct error *err);
enum status rest_account_show(struct rest_call *call, struct error *err);
enum status rest_account_add(struct rest_call *call, struct error *err);
enum status rest_account_set(struct rest_call *call, struct error *err);
enum status rest_account_remove(struct rest_call *call, struct error *err);

/* Begins to remove the own account, with all that it owns. */
enum status rest_own_remove(struct rest_call *call, struct error *err);
/* All data of the own account, or of the one that the path names: a page of some megabytes, or of
 * what fits one message. */
void rest_own_export(struct rest_job *job);
void rest_account_export(struct rest_job *job);
struct json *rest_export_schema(void);

/* What a purge would remove, and what else points to the same addresses. */
void rest_purge_show(struct rest_job *job);
struct json *rest_purge_schema(void);
/* Begins to remove an account, with all that it owns. */
enum status rest_purge(struct rest_call *call, struct error *err);

/* What a row looks like as JSON; the caller frees it. */
enum status rest_host_json(const struct rest_call *call, const struct host_row *row,
                           struct json **out, struct error *err);
enum status rest_zone_json(const struct rest_call *call, const struct zone_row *row,
                           struct json **out, struct error *err);
enum status rest_member_json(const struct rest_call *call, const struct member_row *row,
                             struct json **out, struct error *err);
enum status rest_consent_json(const struct rest_call *call, const struct request_row *row,
                              struct json **out, struct error *err);
enum status rest_token_json(const struct rest_call *call, const struct token_row *row,
                            struct json **out, struct error *err);
enum status rest_action_json(const struct rest_call *call, const struct change_row *row,
                             struct json **out, struct error *err);
struct json *rest_record_json(const struct record_row *row);
struct json *rest_mail_json(const struct mail_row *row);
struct json *rest_session_json(const struct rest_call *call,
                               const struct session_row *row);

enum status rest_zone_choices(struct rest_call *call, struct error *err);
enum status rest_zone_list(struct rest_call *call, struct error *err);
enum status rest_zone_show(struct rest_call *call, struct error *err);
enum status rest_zone_add(struct rest_call *call, struct error *err);
enum status rest_zone_set(struct rest_call *call, struct error *err);
enum status rest_zone_remove(struct rest_call *call, struct error *err);
/* The lines that the parent zone has to hold: NS and glue. */
enum status rest_zone_delegation(struct rest_call *call, struct error *err);

/* Events are to follow. */
enum status rest_event_listen(struct rest_call *call, struct error *err);

enum status rest_host_list(struct rest_call *call, struct error *err);
enum status rest_host_show(struct rest_call *call, struct error *err);
enum status rest_host_add(struct rest_call *call, struct error *err);
enum status rest_host_set(struct rest_call *call, struct error *err);
enum status rest_host_remove(struct rest_call *call, struct error *err);

/* Whether the actor may make a host of the name, and if not, why. */
enum status rest_name_check(struct rest_call *call, struct error *err);
/* For strangers: where abuse of the name is reported. */
enum status rest_contact(struct rest_call *call, struct error *err);
enum status rest_reserved_list(struct rest_call *call, struct error *err);
enum status rest_reserved_add(struct rest_call *call, struct error *err);
enum status rest_reserved_remove(struct rest_call *call, struct error *err);
enum status rest_quarantine_list(struct rest_call *call, struct error *err);
/* Anybody may have the name from now on. */
enum status rest_quarantine_lift(struct rest_call *call, struct error *err);
enum status rest_blocked_list(struct rest_call *call, struct error *err);
enum status rest_blocked_add(struct rest_call *call, struct error *err);
enum status rest_blocked_remove(struct rest_call *call, struct error *err);

enum status rest_record_list(struct rest_call *call, struct error *err);
enum status rest_record_add(struct rest_call *call, struct error *err);
enum status rest_record_remove(struct rest_call *call, struct error *err);

enum status rest_token_list(struct rest_call *call, struct error *err);
enum status rest_token_show(struct rest_call *call, struct error *err);
/* The result holds the secret, this once. */
enum status rest_token_add(struct rest_call *call, struct error *err);
enum status rest_token_set(struct rest_call *call, struct error *err);
enum status rest_token_remove(struct rest_call *call, struct error *err);

enum status rest_zone_member_list(struct rest_call *call, struct error *err);
enum status rest_zone_member_add(struct rest_call *call, struct error *err);
enum status rest_zone_member_set(struct rest_call *call, struct error *err);
enum status rest_zone_member_remove(struct rest_call *call, struct error *err);

enum status rest_request_list(struct rest_call *call, struct error *err);
enum status rest_request_show(struct rest_call *call, struct error *err);
enum status rest_request_add(struct rest_call *call, struct error *err);
/* The result is the request as it was. */
enum status rest_request_accept(struct rest_call *call, struct error *err);
/* Withdraws or declines. */
enum status rest_request_remove(struct rest_call *call, struct error *err);

enum status rest_mail_list(struct rest_call *call, struct error *err);
enum status rest_mail_show(struct rest_call *call, struct error *err);
/* Queues a test mail to any address. */
enum status rest_mail_test(struct rest_call *call, struct error *err);
/* A mail that waits, or was given up, is due at once. */
enum status rest_mail_retry(struct rest_call *call, struct error *err);
enum status rest_mail_remove(struct rest_call *call, struct error *err);
/* What a kind of mail looks like, with made-up values. */
enum status rest_mail_preview(struct rest_call *call, struct error *err);

/* Several calls in one transaction. A call that fails is undone alone; the result has the
 * status of each. */
enum status rest_batch(struct rest_call *call, struct error *err);

/* What a host's device said, what we have, and what each name server answers. */
void rest_host_truth(struct rest_job *job);
/* The serial of a zone at each name server. */
void rest_zone_serials(struct rest_job *job);
void rest_secondary_list(struct rest_job *job);

/* Gives a host the addresses that it had before a change. */
enum status rest_host_undo(struct rest_call *call, struct error *err);

/* What was done, by whom, newest first. */
enum status rest_log_list(struct rest_call *call, struct error *err);

/* The changes of one host, newest first, along the journal. */
enum status rest_host_log(struct rest_call *call, struct error *err);
/* The newest requests that named a host, newest first, also when there is no such host. */
enum status rest_host_requests(struct rest_call *call, struct error *err);
