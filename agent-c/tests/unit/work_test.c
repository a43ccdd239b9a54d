/* When the agent thread is told of forks. */
#include "state/work.h"

#include "support/unit.h"

static bool is_told(void)
{
    return fw_work_wait(1);
}

static int set_up(void **state)
{
    (void)state;
    fw_work_take_fork();
    fw_work_wait(1);
    return 0;
}

static void not_before_the_fork_is_over(void **state)
{
    (void)state;
    assert_false(fw_work_any_fork());
    fw_work_fork_announced();
    assert_true(fw_work_any_fork());
    assert_false(is_told());
    fw_work_fork_over();
    assert_true(is_told());
    assert_false(is_told());
}

static void once_until_it_takes_notice(void **state)
{
    (void)state;
    fw_work_fork_announced();
    fw_work_fork_over();
    assert_true(is_told());
    fw_work_fork_announced();
    fw_work_fork_over();
    assert_false(is_told());
    assert_true(fw_work_take_fork());
    assert_false(fw_work_take_fork());
    fw_work_fork_over();
    assert_false(is_told());
    fw_work_fork_announced();
    fw_work_fork_over();
    assert_true(is_told());
}

/* One that has not come back yet is noticed where the agent thread looks by itself. */
static void a_fork_that_does_not_return(void **state)
{
    (void)state;
    fw_work_fork_announced();
    assert_true(fw_work_take_fork());
    fw_work_fork_over();
    assert_false(is_told());
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(not_before_the_fork_is_over),
        TEST(once_until_it_takes_notice),
        TEST(a_fork_that_does_not_return),
    };
    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
