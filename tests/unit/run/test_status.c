// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "run/role.h"
#include "run/role_metrics.h"
#include "run/secondary_metrics.h"
#include "run/status.h"

static struct config config;

static const char *const roles[] = { "front", "publish", "answer" };

static void open_folder(void)
{
    strcpy(config.run, "/tmp/rove-status-XXXXXX");
    CHECK(mkdtemp(config.run));
    char path[128];
    for (size_t i = 0; i < LENGTH_OF(roles); i++) {
        (void)snprintf(path, sizeof(path), "%.64s/%s", config.run, roles[i]);
        CHECK_INT(mkdir(path, 0700), 0);
    }
}

static void close_folder(void)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%.64s/front/status", config.run);
    (void)unlink(path);
    for (size_t i = 0; i < LENGTH_OF(roles); i++) {
        (void)snprintf(path, sizeof(path), "%.64s/%s", config.run, roles[i]);
        CHECK_INT(rmdir(path), 0);
    }
    CHECK_INT(rmdir(config.run), 0);
}

TEST(a_role_that_lives_is_read_back_as_alive)
{
    open_folder();
    struct json *status = status_new("front", "running");
    struct ip ip;
    CHECK_INT(ip_parse(STR("2001:db8::1"), &ip), OK);
    json_put(status, "http", status_endpoint(ip, 80));
    status_save(&config, "front", status);
    struct json *got = NULL;
    bool alive = false;
    CHECK_INT(status_read(&config, "front", &got, &alive, NULL), OK);
    CHECK(alive);
    struct str text;
    CHECK(json_as_text(json_get(got, "state"), &text));
    CHECK_STR(text, "running");
    CHECK(json_as_text(json_get(got, "http"), &text));
    CHECK_STR(text, "[2001:db8::1]:80");
    json_free(got);
    close_folder();
}

TEST(a_role_that_died_is_read_back_as_dead)
{
    open_folder();
    pid_t child = fork();
    if (child == 0) {
        status_save(&config, "front", status_new("front", "running"));
        _exit(0);
    }
    CHECK_INT(waitpid(child, NULL, 0), child);
    struct json *got = NULL;
    bool alive = true;
    CHECK_INT(status_read(&config, "front", &got, &alive, NULL), OK);
    CHECK(!alive);
    json_free(got);
    close_folder();
}

TEST(a_role_that_never_ran_has_no_status)
{
    open_folder();
    struct json *got = NULL;
    bool alive = false;
    CHECK_INT(status_read(&config, "front", &got, &alive, NULL), ERR_NOT_FOUND);
    close_folder();
}

/* What a role puts there must not hold up who reads it. */
TEST(what_is_no_plain_file_is_not_read_as_a_status)
{
    open_folder();
    char path[128], other[128];
    (void)snprintf(path, sizeof(path), "%.64s/front/status", config.run);
    (void)snprintf(other, sizeof(other), "%.64s/publish/status", config.run);
    status_save(&config, "publish", status_new("publish", "running"));
    struct json *got = NULL;
    bool alive = false;
    CHECK_INT(mkfifo(path, 0644), 0);
    CHECK_INT(status_read(&config, "front", &got, &alive, NULL), ERR_IO);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(symlink(other, path), 0);
    CHECK_INT(status_read(&config, "front", &got, &alive, NULL), ERR_IO);
    CHECK(!got);
    CHECK_INT(unlink(other), 0);
    close_folder();
}

static void save_as(uid_t uid)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%.64s/front/status", config.run);
    status_save(&config, "front", status_new("front", "running"));
    CHECK_INT(chown(path, uid, (gid_t)-1), 0);
}

/* As a role could that had got into the folder of another. */
TEST(a_status_that_another_user_wrote_is_not_believed)
{
    if (geteuid() != 0)
        skip();
    open_folder();
    struct json *got = NULL;
    struct error err = { "" };
    bool alive = false;
    save_as(12345);
    CHECK_INT(status_read(&config, "front", &got, &alive, &err), ERR_DENIED);
    CHECK(!got && strstr(err.text, "front/status: belongs to user 12345"));
    close_folder();
}

/* Within its bounds a role cannot ask the system who a user is. */
TEST(a_status_that_the_noted_user_of_the_role_wrote_is_believed)
{
    if (geteuid() != 0)
        skip();
    open_folder();
    struct json *got = NULL;
    bool alive = false;
    save_as(12345);
    config.uids[ROLE_PUBLISH] = (struct config_uid){ .known = true, .uid = 12345 };
    CHECK_INT(status_read(&config, "front", &got, &alive, NULL), ERR_DENIED);
    config.uids[ROLE_FRONT] = config.uids[ROLE_PUBLISH];
    CHECK_INT(status_read(&config, "front", &got, &alive, NULL), OK);
    json_free(got);
    memset(config.uids, 0, sizeof(config.uids));
    close_folder();
}

TEST(what_answer_calls_its_counters_forges_no_metric)
{
    open_folder();
    char path[128], storage[8192];
    struct buf page = BUF_ON(storage);
    (void)snprintf(path, sizeof(path), "%.64s/answer/status", config.run);
    struct json *status = status_new("answer", "running"), *types = json_new_object();
    json_put_number(types, "TXT", 7);
    json_put_number(types, "A\"} 1\nrove_updates_total 0\nx{type=\"B", 8);
    json_put_number(types, "", 9);
    json_put_number(
        types, "ATYPETHATISLONGERTHANANYTYPETHEREISANDTHANANYTITLETHATSOMEBODYGIVES", 9);
    json_put(status, "types", types);
    status_save(&config, "answer", status);
    role_metrics_put(&config, &page);
    const char *text = buf_text(&page);
    CHECK(!page.full);
    CHECK(strstr(text, "rove_dns_questions_total{type=\"TXT\"} 7\n") != NULL);
    CHECK(!strstr(text, "rove_updates_total") && !strstr(text, "} 9"));
    CHECK_INT(unlink(path), 0);
    close_folder();
}

static struct json *new_secondary(const char *name)
{
    struct json *one = json_new_object();
    json_put_text(one, "name", str_from(name));
    json_put_number(one, "sent", 12);
    json_put_number(one, "failures", 3);
    json_put_number(one, "behind", 2);
    json_put_number(one, "behind_since", 1000);
    return one;
}

static const char *secondary_page(struct json *all, int64_t now_s)
{
    static char storage[8192];
    struct buf page = BUF_ON(storage);
    char path[128];
    open_folder();
    (void)snprintf(path, sizeof(path), "%.64s/publish/status", config.run);
    struct json *status = status_new("publish", "running");
    if (all)
        json_put(status, "secondaries", all);
    status_save(&config, "publish", status);
    secondary_metrics_put(&config, now_s, &page);
    CHECK(!page.full);
    CHECK_INT(unlink(path), 0);
    close_folder();
    return buf_text(&page);
}

TEST(the_lag_of_a_secondary_is_the_age_of_the_oldest_change_that_it_lacks)
{
    struct json *all = json_new_array(), *ready = new_secondary("ns3");
    json_put_number(ready, "behind_since", 0);
    json_put_text(ready, "zone", STR("dyn.example.org"));
    json_put_number(ready, "serial", 4294967295);
    json_append(all, new_secondary("ns2"));
    json_append(all, ready);
    const char *text = secondary_page(all, 1060);
    static const char *const lines[] = {
        "# TYPE rove_secondary_notify_sent_total counter\n",
        "\nrove_secondary_notify_sent_total{secondary=\"ns2\"} 12\n",
        "\nrove_secondary_notify_failed_total{secondary=\"ns2\"} 3\n",
        "\nrove_secondary_zones_behind{secondary=\"ns2\"} 2\n",
        "# TYPE rove_secondary_lag_seconds gauge\n",
        "\nrove_secondary_lag_seconds{secondary=\"ns2\"} 60\n",
        "\nrove_secondary_lag_seconds{secondary=\"ns3\"} 0\n",
        "\nrove_secondary_serial{secondary=\"ns3\",zone=\"dyn.example.org\"} 4294967295\n",
    };
    for (size_t i = 0; i < LENGTH_OF(lines); i++)
        if (!strstr(text, lines[i]))
            fail_msg("%s is missing in\n%s", lines[i], text);
    CHECK(!strstr(text, "rove_secondary_serial{secondary=\"ns2\""));
}

TEST(without_secondaries_there_are_no_metrics_of_them)
{
    CHECK_TEXT(secondary_page(NULL, 1060), "");
    CHECK_TEXT(secondary_page(json_new_array(), 1060), "");
}

TEST(the_name_of_a_secondary_forges_no_metric)
{
    struct json *all = json_new_array();
    json_append(all, new_secondary("a\"} 1\nrove_ready 0\nx{b=\"\\"));
    const char *text = secondary_page(all, 1060);
    CHECK(strstr(text, "{secondary=\"a\\\"} 1?rove_ready 0?x{b=\\\"\\\\\"} 12\n") !=
          NULL);
    CHECK(!strstr(text, "\nrove_ready"));
}

/* The first process of a container. */
TEST(a_role_with_the_pid_1_is_alive)
{
    open_folder();
    struct json *status = status_new("front", "running");
    json_put_number(status, "pid", 1);
    status_save(&config, "front", status);
    struct json *got = NULL;
    bool alive = false;
    CHECK_INT(status_read(&config, "front", &got, &alive, NULL), OK);
    CHECK(alive);
    json_free(got);
    close_folder();
}

static void expect_state(const char *state)
{
    struct json *got = NULL;
    bool alive = false;
    CHECK_INT(status_read(&config, "front", &got, &alive, NULL), OK);
    struct str text = STR("");
    CHECK(json_as_text(json_get(got, "state"), &text));
    CHECK_STR(text, state);
    json_free(got);
}

TEST(an_end_does_not_replace_what_a_living_successor_says)
{
    open_folder();
    struct json *successor = status_new("front", "running");
    json_put_number(successor, "pid", getppid());
    status_save(&config, "front", successor);
    status_save(&config, "front", status_new("front", "stopped"));
    expect_state("running");
    /* But its own, and what a newer one says. */
    status_save(&config, "front", status_new("front", "running"));
    status_save(&config, "front", status_new("front", "stopping"));
    expect_state("stopping");
    close_folder();
}
