/* The records of held locks and of functions that keep state. */
#include "hooks/locks.h"

#include <errno.h>
#include <unistd.h>

#include "hooks/fork.h"
#include "hooks/threads.h"
#include "state/functions.h"
#include "state/held.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/unit.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static bool holds(const void *lock)
{
    return fw_held_site(fw_self.thread, lock) != 0;
}

static void records_follow_the_locks(void **state)
{
    (void)state;
    struct fw_thread *self = fw_held_thread();
    uint32_t before = self->lock_count;
    assert_int_equal(fw_hook_pthread_mutex_lock(&first), 0);
    assert_int_equal(fw_hook_pthread_mutex_lock(&second), 0);
    assert_int_equal(self->lock_count, before + 2);
    assert_int_equal(fw_hook_pthread_mutex_trylock(&first), EBUSY);
    assert_int_equal(self->lock_count, before + 2);
    /* Not in the order in which they were taken. */
    assert_int_equal(fw_hook_pthread_mutex_unlock(&first), 0);
    assert_false(holds(&first));
    assert_true(holds(&second));
    assert_int_equal(fw_hook_pthread_mutex_unlock(&second), 0);
    assert_int_equal(self->lock_count, before);
    struct timespec long_ago = {0, 0};
    assert_int_equal(fw_hook_pthread_mutex_timedlock(&first, &long_ago), 0);
    assert_true(holds(&first));
    assert_int_equal(fw_hook_pthread_mutex_unlock(&first), 0);
    assert_int_equal(fw_hook_pthread_rwlock_rdlock(&rwlock), 0);
    assert_int_equal(fw_hook_pthread_rwlock_tryrdlock(&rwlock), 0);
    assert_int_equal(self->lock_count, before + 2);
    assert_int_equal(fw_hook_pthread_rwlock_unlock(&rwlock), 0);
    assert_int_equal(fw_hook_pthread_rwlock_unlock(&rwlock), 0);
    assert_int_equal(self->lock_count, before);
}

static void more_locks_than_there_is_room_for(void **state)
{
    (void)state;
    enum { MANY = FW_LOCKS_MAX + 5 };
    static pthread_mutex_t locks[MANY];
    struct fw_thread *self = fw_held_thread();
    uint32_t before = self->lock_count;
    for (int i = 0; i < MANY; i++) {
        pthread_mutex_init(&locks[i], NULL);
        assert_int_equal(fw_hook_pthread_mutex_lock(&locks[i]), 0);
    }
    assert_int_equal(self->lock_count, FW_LOCKS_MAX);
    assert_int_equal(self->lock_more, before + MANY - FW_LOCKS_MAX);
    assert_true(holds(&locks[0]));
    assert_false(holds(&locks[MANY - 1]));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(fw_hook_pthread_mutex_unlock(&locks[i]), 0);
    }
    assert_int_equal(self->lock_count, before);
    assert_int_equal(self->lock_more, 0);
}

static void check_and_give(void *argument)
{
    _Atomic int *good = argument;
    *good = holds(&second) && fw_self.thread->waits_on == 0;
    fw_hook_pthread_mutex_unlock(&second);
}

static void *wait_until_cancelled(void *argument)
{
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    fw_hook_pthread_mutex_lock(&second);
    pthread_cleanup_push(check_and_give, argument);
    for (;;) {
        fw_hook_pthread_cond_wait(&never, &second);
    }
    pthread_cleanup_pop(0);
    return NULL;
}

static void a_wait_that_is_cancelled(void **state)
{
    (void)state;
    pthread_t thread;
    _Atomic int good = -1;
    assert_int_equal(fw_hook_pthread_create(&thread, NULL, wait_until_cancelled, (void *)&good), 0);
    assert_int_equal(pthread_cancel(thread), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(good, 1);
    pipe_drain();
}

static jmp_buf out;

static __attribute__((noinline)) void enter_and_jump(void)
{
    volatile char room[256] = {0};
    fw_held_enter(fw_self.thread, FW_FN_tzset, 1);
    longjmp(out, room[0] + 1);
}

static __attribute__((noinline)) void be_jumped_out_of(void)
{
    if (setjmp(out) == 0) {
        enter_and_jump();
    }
}

static void a_region_that_was_left_by_longjmp(void **state)
{
    (void)state;
    struct fw_thread *self = fw_held_thread();
    be_jumped_out_of();
    assert_int_equal(self->region_depth, 1);
    uint32_t depth = fw_held_enter(self, FW_FN_setenv, 2);
    assert_int_equal(self->region_depth, 1);
    assert_int_equal(self->regions[0].function, FW_FN_setenv);
    fw_held_leave(self, depth);
    assert_int_equal(self->region_depth, 0);
}

static int start(void **state)
{
    (void)state;
    return agent_start() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_follow_the_locks, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(more_locks_than_there_is_room_for, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_wait_that_is_cancelled, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_region_that_was_left_by_longjmp, forks_set_up, forks_tear_down),
    };
    return cmocka_run_group_tests_name("locks", tests, start, NULL);
}
