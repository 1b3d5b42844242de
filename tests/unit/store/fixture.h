// SPDX-License-Identifier: GPL-3.0-or-later
/* fixture.h - a database in a fresh folder, with an account and a zone in it. */
#pragma once

#include "store/tables.h"
#include "test.h"

struct fixture {
    char folder[64], path[96];
    struct store *store; /* the writer */
    int64_t account_id, zone_id;
};

/* A fresh folder and no database yet. */
void fixture_folder(struct fixture *fixture);
/* The same with an open writer, an account and the zone dyn.example.org. */
void fixture_open(struct fixture *fixture);
/* Closes the writer if it is open and removes the folder. */
void fixture_close(struct fixture *fixture);
#define FIXTURE(name) \
    __attribute__((cleanup(fixture_close))) struct fixture name; \
    fixture_open(&(name))

/* A reader of the same database; the caller closes it. */
struct store *fixture_reader(const struct fixture *fixture);
/* Closes the writer and opens it again. */
void fixture_reopen(struct fixture *fixture);

void begin(struct store *store);
void commit(struct store *store);

struct name name_of(const char *text);
struct ip ip_of(const char *text);
struct account_row account_of(const char *email);
struct zone_row zone_of(const char *name, int64_t owner_id);
struct host_row host_of(const char *name, const struct fixture *fixture);
struct token_row token_of(uint8_t byte, const struct fixture *fixture);
/* Inserted in a transaction of its own; gives the id. */
int64_t add_host(const struct fixture *fixture, const char *name);

/* Runs `fn` in a child process and gives what it returns as its exit status. */
int in_child(int (*fn)(const struct fixture *fixture), const struct fixture *fixture);
/* Runs a text of SQL in a transaction of its own. */
void run_sql(struct store *store, const char *text);
