/* The shared table of living children. */
#include "state/children.h"

#include <sys/wait.h>
#include <unistd.h>

#include "support/unit.h"

static uint32_t count(void)
{
    uint32_t position = 0;
    uint32_t found = 0;
    while (fw_children_next(&position)) {
        found++;
    }
    return found;
}

static void a_child_enters_and_leaves(void **state)
{
    (void)state;
    uint64_t before = fw_now_ns();
    struct fw_child_slot *slot = fw_children_enter(5, 50);
    assert_int_equal(fw_children_mark, 5);
    assert_int_equal(slot->fork, 5);
    assert_int_equal(slot->pid, 50);
    assert_in_range(slot->since_ns, before, fw_now_ns());
    assert_ptr_equal(fw_children_find(50), slot);
    assert_null(fw_children_find(51));
    assert_true(fw_children_is(slot, 5));
    assert_false(fw_children_is(slot, 6));
    slot->called = slot->stack = slot->lost_thread = slot->signal = 1;
    slot->object = 1;
    fw_children_leave(slot);
    assert_false(fw_children_is(slot, 5));
    assert_null(fw_children_find(50));
    assert_int_equal(count(), 0);
    /* What the last one left is not the next one's. */
    assert_ptr_equal(fw_children_enter(6, 60), slot);
    assert_int_equal(slot->called + slot->stack + slot->lost_thread + slot->signal + slot->object, 0);
    fw_children_leave(slot);
    fw_children_leave(NULL);
}

/* Whoever comes late frees nobody else's slot. */
static void a_slot_is_given_back_once(void **state)
{
    (void)state;
    struct fw_child_slot *slot = fw_children_enter(7, 70);
    assert_false(fw_children_remove(slot, 8));
    assert_true(fw_children_remove(slot, 7));
    assert_false(fw_children_remove(slot, 7));
    assert_ptr_equal(fw_children_enter(9, 90), slot);
    assert_false(fw_children_remove(slot, 7));
    fw_children_mark = 7;
    fw_children_leave(slot);
    assert_ptr_equal(fw_children_find(90), slot);
    fw_children_mark = 9;
    fw_children_leave(slot);
    assert_int_equal(count(), 0);
}

static void other_processes_see_it(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(fw_children_enter(11, 110) && count() == 1 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_not_equal(fw_children_mark, 11);
    struct fw_child_slot *slot = fw_children_find(110);
    assert_non_null(slot);
    assert_true(fw_children_remove(slot, 11));
}

static void those_without_a_slot_are_counted(void **state)
{
    (void)state;
    static struct fw_child_slot *slots[FW_CHILDREN_MAX];
    for (uint32_t i = 0; i < FW_CHILDREN_MAX; i++) {
        slots[i] = fw_children_enter(100 + i, 1000 + (int)i);
        assert_non_null(slots[i]);
    }
    assert_int_equal(count(), FW_CHILDREN_MAX);
    assert_int_equal(fw_children_unwatched(), 0);
    assert_null(fw_children_enter(50, 500));
    assert_int_equal(fw_children_mark, 50); /* it is not taken for its parent */
    assert_int_equal(fw_children_unwatched(), 1);
    for (uint32_t i = 0; i < FW_CHILDREN_MAX; i++) {
        assert_true(fw_children_remove(slots[i], 100 + i));
    }
    assert_int_equal(count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_enters_and_leaves),
        cmocka_unit_test(a_slot_is_given_back_once),
        cmocka_unit_test(other_processes_see_it),
        cmocka_unit_test(those_without_a_slot_are_counted),
    };
    return fw_children_init() ? cmocka_run_group_tests_name("children", tests, NULL, NULL) : 1;
}
