// SPDX-License-Identifier: GPL-3.0-or-later
/* kind.h - the kinds of values that options may have.
 *
 * Each checks a value where it stands in the file, so that its error has the line, and writes it
 * to the places of its option. Places that a kind needs besides the value are named here. */
#pragma once

#include "config/option.h"

/* A section that stands once. */
extern const struct config_kind kind_section;

/* An absolute path, as text in an array. */
extern const struct config_kind kind_path;
/* The same, or empty. Its default is where `make install` puts the pages. */
extern const struct config_kind kind_pages;
/* A list of ciphers as OpenSSL writes it, likewise; whether there are such is for others to say. */
extern const struct config_kind kind_ciphers;
/* The name of a user, likewise. */
extern const struct config_kind kind_user;
/* The origin of web pages (base/origin.h), likewise. */
extern const struct config_kind kind_origin;
/* What identifies a name server, likewise. */
extern const struct config_kind kind_nsid;
/* A line of text for people, likewise. */
extern const struct config_kind kind_contact;
/* An enum config_sign_up. */
extern const struct config_kind kind_sign_up;
/* A struct name; its `n` is 0 when there is none. */
extern const struct config_kind kind_name;
/* A uint32_t or a size_t. */
extern const struct config_kind kind_number;
extern const struct config_kind kind_bool;
/* An enum log_level. */
extern const struct config_kind kind_level;
/* An enum sandbox_mode. */
extern const struct config_kind kind_sandbox;

/* Lists in an array, which also says how many items there may be. The second place has their
 * number. */

/* Of struct endpoint: an address and a port. */
extern const struct config_kind kind_endpoints;
/* Of struct prefix: an address or a network. */
extern const struct config_kind kind_prefixes;
/* Of struct name. */
extern const struct config_kind kind_names;
/* Of absolute paths on the heap. */
extern const struct config_kind kind_paths;
/* Of a program's absolute path and its arguments, on the heap, and a NULL at the end. */
extern const struct config_kind kind_command;
/* Of labels, or of beginnings of labels with a star. All are one text with blanks between them;
 * the second place says whether the list stands in the file, even if it is empty. */
extern const struct config_kind kind_reserved;

/* For kinds of other files. */
enum status config_check_path(struct str value, struct error *err);
enum status config_check_name(struct str value, struct error *err);
/* A text in an array. ERR_LIMIT: it is too long for it. */
enum status config_take_text(const struct config_option *option, const struct conf *conf,
                             void *base, struct error *err);
/* Takes all sections of a kind, at most `max`. Errors have file, line and title of the section. */
typedef enum status (*config_section_fn)(const struct conf *section,
                                         struct config *config, struct error *err);
MUST_CHECK enum status config_take_sections(const struct config_option *option,
                                            const struct conf *conf,
                                            struct config *config, size_t max,
                                            config_section_fn take, struct error *err);
