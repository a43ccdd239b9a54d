/* The pace at which the agent thread moves the clock of the hooks. */
#include "watch/tick.h"

#include <errno.h>

#include "state/clock.h"
#include "support/unit.h"

static const uint64_t MS = 1000000;

static struct fw_tick_times times = {.ticks = 1, .now = 5000000000, .process = 700000000, .own = 300000000};

/* The next tick, so much later, with so much work by the process and by the agent thread itself. */
static uint64_t next(uint64_t elapsed, uint64_t used, uint64_t own)
{
    times.now += elapsed;
    times.process += used + own;
    times.own += own;
    return fw_tick_next(&times);
}

/* Runs first: what came before the first tick tells nothing. */
static void a_process_is_taken_to_work_at_first(void **state)
{
    (void)state;
    assert_int_equal(fw_tick_next(&times), 10 * MS);
}

static void an_idle_process_is_ticked_ever_more_seldom(void **state)
{
    (void)state;
    uint64_t pause = 10 * MS;
    for (uint64_t expected = 20 * MS; expected < 1000 * MS; expected *= 2) {
        pause = next(pause, pause / 101, 0);
        assert_int_equal(pause, expected);
    }
    assert_int_equal(next(pause, 0, 0), 1000 * MS);
    assert_int_equal(next(1000 * MS, 0, 0), 1000 * MS);
    assert_int_equal(next(1000 * MS, 10 * MS, 0), 10 * MS); /* a hundredth of a processor is work */
}

static void the_agents_own_work_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(next(10 * MS, MS, 0), 10 * MS);
    assert_int_equal(next(10 * MS, MS / 11, MS / 100), 20 * MS);
    assert_int_equal(next(20 * MS, MS, MS / 100), 10 * MS);
}

/* Woken again at once, there is nothing to judge by yet; the next one judges by all the time since. */
static void a_short_while_is_no_measure(void **state)
{
    (void)state;
    assert_int_equal(next(10 * MS, MS, 0), 10 * MS);
    assert_int_equal(next(10 * MS, 0, 0), 20 * MS);
    assert_int_equal(next(MS, MS, 0), 20 * MS);
    assert_int_equal(next(MS, 0, 0), 20 * MS);
    assert_int_equal(next(8 * MS, 0, 0), 10 * MS);
}

/* Where a wake-up is dear, or the kernel has many threads to sum up. */
static void what_the_agent_uses_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(next(10 * MS, 10 * MS, MS / 50), 20 * MS);
    assert_int_equal(next(20 * MS, 20 * MS, MS / 100), 10 * MS);
    assert_int_equal(next(10 * MS, 10 * MS, MS / 2), 500 * MS);
    assert_int_equal(next(500 * MS, 500 * MS, 5000 * MS), 1000 * MS);
    times.ticks = 10;
    assert_int_equal(next(1000 * MS, 1000 * MS, MS / 5), 20 * MS);
    times.ticks = 1;
    assert_int_equal(next(1000 * MS, 1000 * MS, 0), 10 * MS);
}

static void the_clock_is_set_and_goes_on(void **state)
{
    (void)state;
    enum { KIND = 5 };
    fw_clock.taken[KIND] = KIND;
    errno = EDOM;
    uint64_t before_us = fw_now_ns() / 1000;
    assert_in_range(fw_tick(), 10 * MS, 1000 * MS);
    uint64_t after_us = fw_now_ns() / 1000;
    assert_int_equal(errno, EDOM);
    assert_int_equal(fw_clock_taken(KIND) & 0xff, KIND);
    assert_in_range(fw_clock_taken(KIND) >> 8, before_us, after_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_is_taken_to_work_at_first),
        cmocka_unit_test(an_idle_process_is_ticked_ever_more_seldom),
        cmocka_unit_test(the_agents_own_work_does_not_count),
        cmocka_unit_test(a_short_while_is_no_measure),
        cmocka_unit_test(what_the_agent_uses_is_bounded),
        cmocka_unit_test(the_clock_is_set_and_goes_on),
    };
    return cmocka_run_group_tests_name("watch_tick", tests, NULL, NULL);
}
