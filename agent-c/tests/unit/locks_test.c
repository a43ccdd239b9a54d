/* The records of held locks and of functions that keep state. */
#include "hooks/locks.h"

#include <errno.h>
#include <unistd.h>

#include "hooks/fork.h"
#include "hooks/quick_locks.h"
#include "hooks/threads.h"
#include "stack/dictionary.h"
#include "state/functions.h"
#include "state/held.h"
#include "state/lock_origins.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/records.h"
#include "support/unit.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static bool holds(const void *lock)
{
    return fw_held_find(fw_self.thread, lock) != NULL;
}

/* Whether the hooks take mutexes themselves or not. */
static void a_destroyed_mutex_is_left_to_the_original(void **state)
{
    (void)state;
    const int kinds[] = {fw_quick_locks.mutex_kind, FW_QUICK_NO_MUTEX};
    for (int i = 0; i < 2; i++) {
        pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
        fw_quick_locks.mutex_kind = kinds[i];
        assert_int_equal(pthread_mutex_destroy(&mutex), 0);
        assert_int_equal(fw_hook_pthread_mutex_lock(&mutex), pthread_mutex_lock(&mutex));
        assert_false(holds(&mutex));
    }
    fw_quick_locks.mutex_kind = kinds[0];
}

/* What the plainest calls do to a lock is as known with this C library; where a sanitizer stands in for it, they are
 * left to that. */
static void uncontended_locks_need_no_call(void **state)
{
    (void)state;
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
    assert_int_equal(fw_quick_locks.mutex_kind, PTHREAD_MUTEX_TIMED_NP);
    assert_true(fw_quick_locks.rwlocks);
    assert_true(fw_quick_locks.semaphores);
    assert_int_not_equal(fw_quick_locks.spin_free, fw_quick_locks.spin_taken);
#else
    skip();
#endif
}

static void records_follow_the_locks(void **state)
{
    (void)state;
    struct fw_thread *self = fw_held_thread();
    uint32_t before = records_count(self);
    assert_int_equal(fw_hook_pthread_mutex_lock(&first), 0);
    assert_int_equal(fw_hook_pthread_mutex_lock(&second), 0);
    assert_int_equal(records_count(self), before + 2);
    assert_int_equal(fw_hook_pthread_mutex_trylock(&first), EBUSY);
    assert_int_equal(records_count(self), before + 2);
    /* Not in the order in which they were taken. */
    assert_int_equal(fw_hook_pthread_mutex_unlock(&first), 0);
    assert_false(holds(&first));
    assert_true(holds(&second));
    assert_int_equal(fw_hook_pthread_mutex_unlock(&second), 0);
    assert_int_equal(records_count(self), before);
    struct timespec long_ago = {0, 0};
    assert_int_equal(fw_hook_pthread_mutex_timedlock(&first, &long_ago), 0);
    assert_true(holds(&first));
    assert_int_equal(fw_hook_pthread_mutex_unlock(&first), 0);
    assert_int_equal(fw_hook_pthread_rwlock_rdlock(&rwlock), 0);
    assert_int_equal(fw_hook_pthread_rwlock_tryrdlock(&rwlock), 0);
    assert_int_equal(records_count(self), before + 2);
    assert_int_equal(fw_hook_pthread_rwlock_unlock(&rwlock), 0);
    assert_int_equal(fw_hook_pthread_rwlock_unlock(&rwlock), 0);
    assert_int_equal(records_count(self), before);
}

static void more_locks_than_there_is_room_for(void **state)
{
    (void)state;
    enum { MANY = FW_LOCKS_MAX + 5 };
    static pthread_mutex_t locks[MANY];
    struct fw_thread *self = fw_held_thread();
    uint32_t before = records_count(self);
    for (int i = 0; i < MANY; i++) {
        pthread_mutex_init(&locks[i], NULL);
        assert_int_equal(fw_hook_pthread_mutex_lock(&locks[i]), 0);
    }
    assert_int_equal(records_count(self), FW_LOCKS_MAX);
    assert_int_equal(self->lock_more, before + MANY - FW_LOCKS_MAX);
    assert_true(holds(&locks[0]));
    assert_false(holds(&locks[MANY - 1]));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(fw_hook_pthread_mutex_unlock(&locks[i]), 0);
    }
    assert_int_equal(records_count(self), before);
    assert_int_equal(self->lock_more, 0);
}

/* What other threads have given back, or freed, makes room. */
static void *give_back(void *lock)
{
    fw_hook_sem_post(lock);
    return NULL;
}

static void locks_that_are_gone_make_room(void **state)
{
    (void)state;
    static sem_t semaphores[FW_LOCKS_MAX];
    struct fw_thread *self = fw_held_thread();
    for (int i = 0; i < FW_LOCKS_MAX; i++) {
        fw_hook_sem_init(&semaphores[i], 0, 1);
        assert_int_equal(fw_hook_sem_wait(&semaphores[i]), 0);
    }
    assert_int_equal(records_count(self), FW_LOCKS_MAX);
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, give_back, &semaphores[3]), 0);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(fw_hook_pthread_mutex_lock(&first), 0);
    assert_true(holds(&first));
    assert_false(holds(&semaphores[3]));
    assert_int_equal(self->lock_more, 0);
    assert_int_equal(fw_hook_pthread_mutex_unlock(&first), 0);
    for (int i = 0; i < FW_LOCKS_MAX; i++) {
        fw_hook_sem_destroy(&semaphores[i]);
    }
    assert_int_equal(records_count(self), 0);
}

static __attribute__((noinline)) void take_in_a_frame(void)
{
    /* The hook's caller is this function: its own registers after the call. */
    assert_int_equal(fw_hook_pthread_mutex_lock(&first), 0);
    const struct fw_held_lock *held = fw_held_find(fw_self.thread, &first);
    assert_non_null(held);
    assert_int_equal(held->frame, (uintptr_t)__builtin_frame_address(0));
    assert_in_range(held->stack, held->frame - 4096, held->frame);
    assert_in_range(held->site, (uintptr_t)take_in_a_frame, (uintptr_t)take_in_a_frame + 4096);
}

static void a_record_says_where_and_when(void **state)
{
    (void)state;
    fw_clock_set();
    uint64_t before = fw_now_ns() / 1000;
    take_in_a_frame();
    const struct fw_held_lock *held = fw_held_find(fw_self.thread, &first);
    assert_int_equal(FW_TAKEN_KIND(held), FW_LOCK_KIND_MUTEX);
    assert_in_range(FW_TAKEN_US(held), before - 1000000, before);
    assert_int_equal(fw_hook_pthread_mutex_unlock(&first), 0);
}

static void semaphores_are_locks_until_they_signal(void **state)
{
    (void)state;
    static sem_t semaphore;
    struct fw_thread *self = fw_held_thread();
    fw_hook_sem_init(&semaphore, 0, 2);
    /* Taken twice: one record. */
    assert_int_equal(fw_hook_sem_wait(&semaphore), 0);
    assert_int_equal(fw_hook_sem_trywait(&semaphore), 0);
    assert_int_equal(records_count(self), 1);
    assert_int_equal(FW_TAKEN_KIND(fw_held_find(self, &semaphore)), FW_LOCK_KIND_SEMAPHORE);
    struct timespec long_ago = {0, 0};
    assert_int_equal(fw_hook_sem_timedwait(&semaphore, &long_ago), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(self->waits_on, 0);
    assert_int_equal(fw_hook_sem_post(&semaphore), 0);
    assert_int_equal(records_count(self), 0);
    assert_false(fw_held_is_signal((uintptr_t)&semaphore));
    /* The second post has no record: a signal, from now on. */
    assert_int_equal(fw_hook_sem_post(&semaphore), 0);
    assert_true(fw_held_is_signal((uintptr_t)&semaphore));
    assert_int_equal(fw_hook_sem_wait(&semaphore), 0);
    assert_int_equal(fw_hook_sem_clockwait(&semaphore, CLOCK_MONOTONIC, &long_ago), 0);
    assert_int_equal(records_count(self), 0);
    /* Another one at the same place is not. */
    fw_hook_sem_destroy(&semaphore);
    fw_hook_sem_init(&semaphore, 0, 1);
    assert_false(fw_held_is_signal((uintptr_t)&semaphore));
    assert_int_equal(fw_hook_sem_wait(&semaphore), 0);
    assert_true(holds(&semaphore));
    fw_hook_sem_destroy(&semaphore);
    assert_false(holds(&semaphore));
}

static void locks_of_c11_and_streams(void **state)
{
    (void)state;
    mtx_t mutex;
    struct fw_thread *self = fw_held_thread();
    assert_int_equal(fw_hook_mtx_init(&mutex, mtx_timed), thrd_success);
    assert_int_equal(fw_hook_mtx_lock(&mutex), thrd_success);
    assert_true(holds(&mutex));
    assert_int_equal(fw_hook_mtx_trylock(&mutex), thrd_busy);
    cnd_t condition;
    struct timespec long_ago = {0, 0};
    assert_int_equal(cnd_init(&condition), thrd_success);
    uintptr_t site = fw_held_find(self, &mutex)->site;
    assert_int_equal(fw_hook_cnd_timedwait(&condition, &mutex, &long_ago), thrd_timedout);
    assert_int_equal(fw_held_find(self, &mutex)->site, site);
    assert_int_equal(records_count(self), 1);
    assert_int_equal(fw_hook_mtx_unlock(&mutex), thrd_success);
    assert_false(holds(&mutex));
    assert_int_equal(fw_hook_mtx_timedlock(&mutex, &long_ago), thrd_success);
    assert_true(holds(&mutex));
    fw_hook_mtx_destroy(&mutex);
    assert_false(holds(&mutex));
    cnd_destroy(&condition);

    fw_hook_flockfile(stderr);
    assert_int_equal(fw_hook_ftrylockfile(stderr), 0);
    assert_int_equal(records_count(self), 2);
    assert_int_equal(FW_TAKEN_KIND(fw_held_find(self, stderr)), FW_LOCK_KIND_FILE);
    fw_hook_funlockfile(stderr);
    fw_hook_funlockfile(stderr);
    assert_int_equal(records_count(self), 0);
}

/* A lock whose memory is used again for another one. */
static void a_lock_that_ends_is_not_held(void **state)
{
    (void)state;
    static pthread_rwlock_t lock;
    fw_hook_pthread_rwlock_init(&lock, NULL);
    assert_int_equal(fw_hook_pthread_rwlock_wrlock(&lock), 0);
    assert_int_equal(FW_TAKEN_KIND(fw_held_find(fw_self.thread, &lock)), FW_LOCK_KIND_RWLOCK_WRITE);
    fw_hook_pthread_rwlock_init(&lock, NULL);
    assert_false(holds(&lock));
    assert_int_equal(fw_hook_pthread_rwlock_rdlock(&lock), 0);
    assert_int_equal(fw_hook_pthread_rwlock_destroy(&lock), 0);
    assert_false(holds(&lock));
}

static __attribute__((noinline)) void make_many(pthread_mutex_t *locks, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(fw_hook_pthread_mutex_init(&locks[i], NULL), 0);
    }
}

static void locks_have_an_origin(void **state)
{
    (void)state;
    enum { MANY = 100 };
    static pthread_mutex_t locks[MANY];
    assert_int_equal(fw_lock_origin((uintptr_t)&locks[0]), 0);
    make_many(locks, MANY);
    uint32_t origin = fw_lock_origin((uintptr_t)&locks[0]);
    assert_int_not_equal(origin, 0);
    assert_non_null(fw_dictionary_get(origin));
    /* Later ones of the site are taken for the same: all were. */
    assert_int_equal(fw_lock_origin((uintptr_t)&locks[MANY - 1]), origin);
    fw_hook_pthread_mutex_destroy(&locks[0]);
    assert_int_equal(fw_lock_origin((uintptr_t)&locks[0]), 0);
    pipe_drain();
}

static bool is_libjvm_here;
bool is_libjvm(const void *address) __asm__("__wrap_fw_objects_is_libjvm");
bool is_libjvm(const void *address)
{
    (void)address;
    return is_libjvm_here;
}

/* Of which it makes so many at a time, and which it names. */
static void locks_that_libjvm_makes_have_none(void **state)
{
    (void)state;
    static pthread_mutex_t lock;
    make_many(&lock, 1);
    assert_int_not_equal(fw_lock_origin((uintptr_t)&lock), 0);
    is_libjvm_here = true;
    make_many(&lock, 1);
    is_libjvm_here = false;
    assert_int_equal(fw_lock_origin((uintptr_t)&lock), 0);
    pipe_drain();
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

static sem_t given;

static void *wait_with_a_pending_cancellation(void *argument)
{
    (void)argument;
    fw_hook_pthread_cancel(pthread_self());
    fw_hook_sem_wait(&given);
    return NULL;
}

/* Also where the semaphore is free (nptl/sem_wait.c); and from the first cancellation on without a quick way past it.
 */
static void a_free_semaphore_is_a_cancellation_point(void **state)
{
    (void)state;
    pthread_t thread;
    void *result = NULL;
    sem_init(&given, 0, 1);
    assert_int_equal(fw_hook_pthread_create(&thread, NULL, wait_with_a_pending_cancellation, NULL), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    int value = 0;
    sem_getvalue(&given, &value);
    assert_int_equal(value, 1);
    assert_false(fw_quick_locks.semaphores);
    pipe_drain();
}

static jmp_buf out;

static __attribute__((noinline)) void enter_and_jump(void)
{
    volatile char room[256] = {0};
    fw_held_enter(fw_self.thread, FW_FN_tzset, 1, (uintptr_t)__builtin_frame_address(0), 0);
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
    uint32_t depth = fw_held_enter(self, FW_FN_setenv, 2, (uintptr_t)__builtin_frame_address(0), 0);
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
        cmocka_unit_test(uncontended_locks_need_no_call),
        cmocka_unit_test_setup_teardown(records_follow_the_locks, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_destroyed_mutex_is_left_to_the_original, forks_set_up, forks_tear_down),
        /* First, as looking for room is not tried at once again where there was none. */
        cmocka_unit_test_setup_teardown(locks_that_are_gone_make_room, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(more_locks_than_there_is_room_for, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_record_says_where_and_when, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(semaphores_are_locks_until_they_signal, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(locks_of_c11_and_streams, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_lock_that_ends_is_not_held, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(locks_have_an_origin, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(locks_that_libjvm_makes_have_none, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_wait_that_is_cancelled, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_free_semaphore_is_a_cancellation_point, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_region_that_was_left_by_longjmp, forks_set_up, forks_tear_down),
    };
    return cmocka_run_group_tests_name("locks", tests, start, NULL);
}
