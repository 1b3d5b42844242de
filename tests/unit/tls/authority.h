// SPDX-License-Identifier: GPL-3.0-or-later
/* authority.h - certificates made for a test, in a folder of their own. */
#pragma once

#include <stdbool.h>

enum {
    AUTHORITY_PATH = 256
};

struct certificate;

/* Makes the folder, and an authority. */
void authority_open(void);
/* Removes the folder with what is in it. */
void authority_close(void);

struct wanted {
    const char *title; /* of the files TITLE.pem and TITLE.key */
    const char *names; /* "DNS:a.example,DNS:b.example"; NULL: none */
    bool rsa;          /* else ECDSA */
    int days;          /* from now until it ends */
};
/* Writes both files; the chain has the authority's certificate behind the other. */
void authority_issue(const struct wanted *wanted);
/* A path in the folder, in static storage that later calls reuse (4 calls). */
const char *authority_path(const char *name);
const char *authority_text(const char *name);
void authority_write(const char *name, const char *text, unsigned mode);

/* Issues and loads it. */
struct certificate *authority_load(const struct wanted *wanted);
/* The same of files that are there. */
struct certificate *authority_load_files(const char *title);
/* The authority's own certificate: of OpenSSL. */
struct x509_st *authority_root(void);
