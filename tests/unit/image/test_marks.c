// SPDX-License-Identifier: GPL-3.0-or-later
#include "folder.h"

#include "image/marks.h"

TEST(a_member_brings_its_ancestors_up_to_the_children_of_the_root)
{
    struct marks marks = { 0 };
    struct name name = name_of("a.b.example.org"), other = name_of("c.example.org");
    CHECK(marks_find(&marks, name_bytes(&name)) == NULL);
    CHECK_INT(marks_get(&marks, name_bytes(&name))->children, 0);
    CHECK_INT(marks.n, 4);
    CHECK_INT(marks_get(&marks, name_bytes(&other))->children, 0);
    CHECK_INT(marks.n, 5);
    (void)marks_get(&marks, name_bytes(&name)); /* the same again changes nothing */
    CHECK_INT(marks.n, 5);

    static const struct {
        const char *name;
        uint32_t children;
    } rows[] = { { "b.example.org", 1 }, { "example.org", 2 }, { "org", 1 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct name want = name_of(rows[i].name);
        const struct mark *mark = marks_find(&marks, name_bytes(&want));
        CHECK(mark && mark->children == rows[i].children);
        CHECK(str_equal(marks_name(&marks, mark), name_bytes(&want)));
    }
    struct name root = name_of("."), top = name_of("org");
    CHECK(marks_find(&marks, name_bytes(&root)) == NULL);
    CHECK(marks_get_parent(&marks, name_bytes(&top)) == NULL);
    CHECK(marks_get_parent(&marks, name_bytes(&root)) == NULL);
    marks_done(&marks);
    CHECK(marks.n == 0 && !marks.items);
}

TEST(thousands_of_members_are_found_again)
{
    enum {
        MANY = 5000
    };
    struct marks marks = { 0 };
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < MANY; i++) {
            char text[64];
            struct buf buf = BUF_ON(text);
            buf_printf(&buf, "host%u.zone%u.example.org", i, i % 7);
            struct name name = name_of(buf_text(&buf));
            (void)marks_get(&marks, name_bytes(&name));
        }
        CHECK_INT(marks.n, MANY + 7 + 2);
    }
    struct name zone = name_of("zone1.example.org"), above = name_of("example.org");
    CHECK_INT(marks_find(&marks, name_bytes(&zone))->children, MANY / 7 + 1);
    CHECK_INT(marks_find(&marks, name_bytes(&above))->children, 7);
    marks_done(&marks);
}
