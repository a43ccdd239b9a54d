/* Children seen from outside: hung, resumed, neither. Each look is given its time. */
#include "watch/children.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/functions.h"
#include "state/shared.h"
#include "stream/stream.h"
#include "support/children.h"
#include "support/pipe.h"
#include "support/unit.h"
#include "watch/procfs.h"

enum { FALSE_ITEM = 20, TRUE_ITEM = 21, OWNER = 4242, STACK = 17, LOST = 9 };

static bool none_is_the_jvms(const void *handler)
{
    (void)handler;
    return false;
}

static const struct fw_child_watch watch = {.hang_after_ns = 5000000000u, .is_jvms = none_is_the_jvms};
static _Atomic int *thread_of_child; /* shared with it */

/* As glibc lays out a mutex: lock, count, owner. Children sleep on their own copies. */
static uint32_t mutex[4] = {2, 0, OWNER, 0};

static int set_up(void **state)
{
    (void)state;
    pipe_open();
    atomic_store(thread_of_child, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    uint32_t position = 0;
    assert_null(fw_children_next(&position));
    assert_int_equal(atomic_load(&fw_shared->lost), 0);
    pipe_close();
    return 0;
}

static void last_call(uint32_t called, uintptr_t object)
{
    atomic_store(&fw_children_self->object, object);
    atomic_store(&fw_children_self->stack, STACK);
    atomic_store(&fw_children_self->called, called);
}

static void sleep_on(int operation, const struct timespec *limit)
{
    syscall(SYS_futex, mutex, operation, mutex[0], limit, NULL, FUTEX_BITSET_MATCH_ANY);
}

static void in_mutex(void)
{
    last_call(FW_FN_pthread_mutex_lock, (uintptr_t)mutex);
    sleep_on(FUTEX_WAIT_PRIVATE, NULL);
}

static struct child begin_asleep(void (*body)(void))
{
    struct child child = child_begin(body);
    child_wait_in(child.pid, child.pid, SYS_futex);
    return child;
}

static void a_child_asleep_on_a_lock_is_hung_once(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_asleep(in_mutex);
    errno = EDOM;
    assert_int_equal(child_look(&watch, &child, 200), 1);
    child_look(&watch, &child, 5199);
    assert_int_equal(errno, EDOM);
    child_expect_nothing();
    child_look(&watch, &child, 5200);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_PID), child.pid);
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)mutex);
    assert_int_equal(decoded_number(&frame, FW_KEY_SHARED), FALSE_ITEM);
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_pthread_mutex_lock);
    assert_int_equal(decoded_number(&frame, FW_KEY_OBJECT), (uintptr_t)mutex);
    assert_int_equal(decoded_number(&frame, FW_KEY_STACK), STACK);
    assert_int_equal(decoded_number(&frame, FW_KEY_OWNER), OWNER);
    assert_null(decoded_item(&frame, FW_KEY_SYMBOL));
    assert_null(decoded_item(&frame, FW_KEY_LOST_THREAD));
    assert_int_equal(child_look(&watch, &child, 20000), 1);
    child_expect_nothing();
    child_end(&child);
}

/* Looks begin at 100 ms: that at 99 ms does not count. */
static void a_young_child_is_not_looked_at(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_asleep(in_mutex);
    assert_int_equal(child_look(&watch, &child, 99), 1);
    child_look(&watch, &child, 5099);
    child_look(&watch, &child, 10098);
    child_expect_nothing();
    child_look(&watch, &child, 10099);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    child_end(&child);
}

/* In memory that other processes have, too. */
static uint32_t *shared_word;

static void on_a_shared_futex(void)
{
    last_call(FW_FN_pthread_mutex_lock, (uintptr_t)shared_word - 64);
    syscall(SYS_futex, shared_word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, *shared_word, NULL, NULL,
            FUTEX_BITSET_MATCH_ANY);
}

/* As the C library waits for every robust mutex. */
static void on_a_futex_of_its_own(void)
{
    last_call(FW_FN_pthread_mutex_lock, (uintptr_t)mutex);
    sleep_on(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, NULL);
}

static void nobody_else_has_private_memory(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_asleep(on_a_futex_of_its_own);
    child_look(&watch, &child, 200);
    child_look(&watch, &child, 6000);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_SHARED), FALSE_ITEM);
    child_end(&child);
}

/* The last call that the child told was about another lock: it is left out. */
static void what_another_process_may_wake_is_told(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_asleep(on_a_shared_futex);
    child_look(&watch, &child, 200);
    child_look(&watch, &child, 6000);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)shared_word);
    assert_int_equal(decoded_number(&frame, FW_KEY_SHARED), TRUE_ITEM);
    assert_null(decoded_item(&frame, FW_KEY_CALLED));
    assert_null(decoded_item(&frame, FW_KEY_OBJECT));
    assert_null(decoded_item(&frame, FW_KEY_STACK));
    assert_null(decoded_item(&frame, FW_KEY_OWNER));
    child_end(&child);
}

static void in_join(void)
{
    atomic_store(&fw_children_self->lost_thread, LOST);
    last_call(FW_FN_pthread_join, (uintptr_t)mutex - 720);
    sleep_on(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, NULL);
}

static void a_join_is_nobody_elses_to_end(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_asleep(in_join);
    child_look(&watch, &child, 200);
    child_look(&watch, &child, 6000);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_SHARED), FALSE_ITEM);
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_pthread_join);
    assert_int_equal(decoded_number(&frame, FW_KEY_LOST_THREAD), LOST);
    child_end(&child);
}

static void in_setenv(void)
{
    last_call(FW_FN_setenv, 0);
    sleep_on(FUTEX_WAIT_PRIVATE, NULL);
}

static void a_lock_of_the_c_library_has_no_object(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_asleep(in_setenv);
    child_look(&watch, &child, 200);
    child_look(&watch, &child, 6000);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_setenv);
    assert_int_equal(decoded_number(&frame, FW_KEY_STACK), STACK);
    assert_null(decoded_item(&frame, FW_KEY_OBJECT));
    assert_null(decoded_item(&frame, FW_KEY_OWNER));
    child_end(&child);
}

static void for_a_limited_time(void)
{
    struct timespec limit = {.tv_sec = 1000000};
    sleep_on(FUTEX_WAIT_PRIVATE, &limit);
}

static void elsewhere(void)
{
    ppoll(NULL, 0, NULL, NULL);
}

static void who_waits_for_a_limited_time_or_elsewhere_is_not_hung(void **state)
{
    (void)state;
    struct child limited = begin_asleep(for_a_limited_time);
    struct child other = child_begin(elsewhere);
    child_wait_in(other.pid, other.pid, SYS_ppoll);
    assert_int_equal(child_look(&watch, &other, 200), 2);
    child_look(&watch, &other, 6000);
    child_look(&watch, &other, 12000);
    child_expect_nothing();
    child_end(&limited);
    child_end(&other);
}

static void wake_up(int signal)
{
    (void)signal;
}

static void woken_by_a_signal(void)
{
    struct sigaction action = {.sa_handler = wake_up};
    sigaction(SIGUSR1, &action, NULL);
    sleep_on(FUTEX_WAIT_PRIVATE, NULL);
    elsewhere();
}

static void a_hung_child_that_wakes_has_resumed(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_asleep(woken_by_a_signal);
    child_look(&watch, &child, 200);
    child_look(&watch, &child, 5200);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    kill(child.pid, SIGUSR1);
    child_wait_in(child.pid, child.pid, SYS_ppoll);
    child_look(&watch, &child, 5300);
    child_expect_nothing(); /* it may be about to die */
    child_look(&watch, &child, 5400);
    child_expect(&child, FW_RECORD_RESUMED, &frame);
    child_look(&watch, &child, 20000);
    child_expect_nothing();
    child_end(&child);
}

static void until_it_is_awaited_again(int signal)
{
    if (signal == SIGUSR2) {
        atomic_fetch_add(&fw_children_self->waits, 1);
    }
}

static void in_a_call_that_the_kernel_restarts(void)
{
    struct sigaction action = {.sa_handler = until_it_is_awaited_again, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    for (;;) {
        sleep_on(FUTEX_WAIT_PRIVATE, NULL);
    }
}

static void interrupt(const struct child *child, int signal)
{
    struct fw_proc_status before;
    struct fw_proc_status after;
    assert_true(fw_proc_status(child->pid, child->pid, &before));
    kill(child->pid, signal);
    do {
        child_wait_in(child->pid, child->pid, SYS_futex);
        assert_true(fw_proc_status(child->pid, child->pid, &after));
    } while (after.sleeps == before.sleeps);
}

/* SIGTERM to the whole process group or control group, as the end of a service is: HotSpot's handler returns. */
static void a_hung_child_that_handles_a_signal_is_still_hung(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_asleep(in_a_call_that_the_kernel_restarts);
    child_look(&watch, &child, 200);
    child_look(&watch, &child, 5200);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    for (uint32_t i = 1; i <= 3; i++) {
        interrupt(&child, SIGUSR1);
        child_look(&watch, &child, 5200 + 100 * i);
    }
    child_expect_nothing();
    interrupt(&child, SIGUSR2); /* it came back, and waits there once more */
    child_look(&watch, &child, 6000);
    child_look(&watch, &child, 6100);
    child_expect(&child, FW_RECORD_RESUMED, &frame);
    child_look(&watch, &child, 6200);
    child_look(&watch, &child, 11200);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    child_end(&child);
}

static void again_and_again(void)
{
    struct sigaction action = {.sa_handler = wake_up};
    sigaction(SIGUSR1, &action, NULL);
    for (;;) {
        sleep_on(FUTEX_WAIT_PRIVATE, NULL);
    }
}

/* The same call with the same registers at both looks: only the count of its sleeps tells. */
static void who_has_woken_between_two_looks_is_not_hung(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_asleep(again_and_again);
    child_look(&watch, &child, 200);
    interrupt(&child, SIGUSR1);
    child_look(&watch, &child, 5200);
    child_look(&watch, &child, 10199);
    child_expect_nothing();
    child_look(&watch, &child, 10200);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    child_end(&child);
}

static void (*thread_body)(void);

static void *thread_main(void *argument)
{
    (void)argument;
    atomic_store(thread_of_child, fw_gettid());
    thread_body();
    return NULL;
}

static void with_a_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, thread_main, NULL);
    in_mutex();
}

static struct child begin_with_thread(void (*body)(void), long number)
{
    thread_body = body;
    struct child child = begin_asleep(with_a_thread);
    while (!atomic_load(thread_of_child)) {
        sched_yield();
    }
    child_wait_in(child.pid, atomic_load(thread_of_child), number);
    return child;
}

static void a_child_with_threads_is_hung_if_all_of_them_are(void **state)
{
    (void)state;
    struct decoded frame;
    struct child child = begin_with_thread(in_mutex, SYS_futex);
    child_look(&watch, &child, 200);
    child_look(&watch, &child, 5200);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_SHARED), FALSE_ITEM);
    child_end(&child);

    atomic_store(thread_of_child, 0);
    child = begin_with_thread(on_a_shared_futex, SYS_futex);
    child_look(&watch, &child, 200);
    child_look(&watch, &child, 5200);
    child_expect(&child, FW_RECORD_HUNG, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_SHARED), TRUE_ITEM);
    child_end(&child);

    atomic_store(thread_of_child, 0);
    child = begin_with_thread(elsewhere, SYS_ppoll);
    child_look(&watch, &child, 200);
    child_look(&watch, &child, 5200);
    child_expect_nothing();
    child_end(&child);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_child_asleep_on_a_lock_is_hung_once),
        TEST(a_young_child_is_not_looked_at),
        TEST(what_another_process_may_wake_is_told),
        TEST(nobody_else_has_private_memory),
        TEST(a_join_is_nobody_elses_to_end),
        TEST(a_lock_of_the_c_library_has_no_object),
        TEST(who_waits_for_a_limited_time_or_elsewhere_is_not_hung),
        TEST(a_hung_child_that_wakes_has_resumed),
        TEST(a_hung_child_that_handles_a_signal_is_still_hung),
        TEST(who_has_woken_between_two_looks_is_not_hung),
        TEST(a_child_with_threads_is_hung_if_all_of_them_are),
    };
    thread_of_child = fw_map_shared(FW_PAGE);
    shared_word = fw_map_shared(FW_PAGE);
    if (shared_word) {
        *shared_word = 1;
    }
    return thread_of_child && shared_word && fw_shared_init() && fw_children_init()
               ? cmocka_run_group_tests_name("watch_children", tests, NULL, NULL)
               : 1;
}
