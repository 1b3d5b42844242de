// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/secondary_metrics.h"

#include <inttypes.h>

#include "base/json.h"
#include "run/status.h"

enum {
    LABEL_MAX = 1024, /* bytes of a value as it is written; longer than any zone's name */
};

enum form {
    AS_IT_IS,
    AGE,    /* the file has the time when it began; 0: it did not */
    OF_ZONE /* which the file names */
};

/* A number of each secondary. */
static const struct metric {
    const char *key, *name, *type, *help;
    enum form form;
} metrics[] = {
    { "sent", "rove_secondary_notify_sent_total", "counter", "Notifications sent.",
      AS_IT_IS },
    { "failures", "rove_secondary_notify_failed_total", "counter",
      "Notifications refused or given up.", AS_IT_IS },
    { "waiting", "rove_secondary_notify_waiting", "gauge",
      "Notifications not acknowledged yet.", AS_IT_IS },
    { "acknowledged", "rove_secondary_acknowledged_timestamp_seconds", "gauge",
      "When a notification was acknowledged last.", AS_IT_IS },
    { "behind", "rove_secondary_zones_behind", "gauge",
      "Zones whose newest serial the secondary is not known to have.", AS_IT_IS },
    { "behind_since", "rove_secondary_lag_seconds", "gauge",
      "Age of the oldest change that the secondary is not known to have.", AGE },
    { "serial", "rove_secondary_serial", "gauge",
      "Serial that the secondary is known to have, of the zone heard of last.", OF_ZONE },
    { "silences", "rove_secondary_unanswered", "gauge",
      "Questions in a row that the secondary has not answered.", AS_IT_IS },
    { "heard", "rove_secondary_answered_timestamp_seconds", "gauge",
      "When the secondary answered a question last.", AS_IT_IS },
    { "serials_behind", "rove_secondary_unserved_zones", "gauge",
      "Zones of which the secondary, asked, does not serve the newest serial.",
      AS_IT_IS },
    { "serials_behind_since", "rove_secondary_unserved_seconds", "gauge",
      "Age of the oldest change that the secondary, asked, does not serve.", AGE },
};

/* The file may say anything. */
static void put_label(struct buf *page, const char *key, struct str value)
{
    value = str_first(value, LABEL_MAX);
    buf_printf(page, "%s=\"", key);
    for (size_t i = 0; i < value.n; i++) {
        char byte = value.at[i];
        if (byte == '"' || byte == '\\')
            buf_put_u8(page, '\\');
        buf_put_u8(page, (uint8_t)((unsigned char)byte < ' ' ? '?' : byte));
    }
    buf_put_u8(page, '"');
}

static int64_t age_of(int64_t start_s, int64_t now_s)
{
    return start_s > 0 && start_s < now_s ? now_s - start_s : 0;
}

static void put_one(const struct metric *metric, const struct json *secondary,
                    int64_t now_s, struct buf *page)
{
    struct str title = STR(""), zone = STR("");
    int64_t number = 0;
    if (!json_as_text(json_get(secondary, "name"), &title) ||
        !json_as_number(json_get(secondary, metric->key), &number) ||
        (metric->form == OF_ZONE && !json_as_text(json_get(secondary, "zone"), &zone)))
        return;
    buf_printf(page, "%s{", metric->name);
    put_label(page, "secondary", title);
    if (metric->form == OF_ZONE) {
        buf_put_u8(page, ',');
        put_label(page, "zone", zone);
    }
    buf_printf(page, "} %" PRId64 "\n",
               metric->form == AGE ? age_of(number, now_s) : number);
}

void secondary_metrics_put(const struct config *config, int64_t now_s, struct buf *page)
{
    CLEANUP(json_freep) struct json *status = NULL;
    bool alive = false;
    if (status_read(config, "publish", &status, &alive, NULL))
        return;
    const struct json *all = json_get(status, "secondaries");
    if (json_count(all) == 0)
        return;
    for (size_t i = 0; i < LENGTH_OF(metrics); i++) {
        const struct metric *metric = &metrics[i];
        buf_printf(page, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
                   metric->name, metric->type);
        /* The file is another process's: the page has bounds of its own. */
        for (size_t k = 0; k < json_count(all) && k < CONFIG_SECONDARIES_MAX; k++)
            put_one(metric, json_item(all, k), now_s, page);
    }
}
