// SPDX-License-Identifier: GPL-3.0-or-later
/* config.h - the configuration file of roved and rovectl (rove.conf(5)). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/log.h"

enum {
    CONFIG_LISTEN_MAX = 16,
    CONFIG_STATIC_MAX = 32,
    CONFIG_PEERS_MAX = 16,
    CONFIG_PATH_SIZE = 4096
};

#define CONFIG_DEFAULT_PATH "/etc/rove/rove.conf"

struct endpoint {
    struct ip ip;
    uint16_t port;
};

struct config {
    char file[CONFIG_PATH_SIZE]; /* absolute */
    char data[CONFIG_PATH_SIZE], run[CONFIG_PATH_SIZE];
    char database[CONFIG_PATH_SIZE];     /* DATA/rove.db */
    char key_file[CONFIG_PATH_SIZE];     /* DATA/rove.key */
    char image[CONFIG_PATH_SIZE];        /* DATA/dns, the ROOT of a stock tinydns */
    char front_socket[CONFIG_PATH_SIZE]; /* RUN/front.sock */
    struct endpoint http[CONFIG_LISTEN_MAX], dns[CONFIG_LISTEN_MAX];
    size_t http_count, dns_count;
    struct endpoint metrics[CONFIG_LISTEN_MAX];
    size_t metrics_count;
    /* Peers whose PROXY v2 head, or whose X-Forwarded-For, is believed. */
    struct prefix proxy_peers[CONFIG_PEERS_MAX], forwarded_peers[CONFIG_PEERS_MAX];
    size_t proxy_peer_count, forwarded_peer_count;
    char *static_paths[CONFIG_STATIC_MAX]; /* operator's tinydns data: files, folders */
    size_t static_count;
    bool private_addresses;
    size_t hosts_max;
    uint32_t changes_per_hour; /* of one host, before it is slowed */
    bool log_requests;
    size_t connections_max, connections_per_source;
    enum log_level log_level;
};

/* Reads and checks the file; the caller ends *out with config_free(). Errors name file,
 * line and key. */
MUST_CHECK enum status config_load(const char *path, struct config **out,
                                   struct error *err);
void config_free(struct config *config);
CLEANER(config_free, struct config *)

/* Makes the data, image and run directories where they are missing. Data and run can be
 * passed through but not listed by others (0711), so that a stock tinydns under its own user
 * reaches the image (0755); database and key file have modes of their own. */
MUST_CHECK enum status config_make_directories(const struct config *config,
                                               struct error *err);
