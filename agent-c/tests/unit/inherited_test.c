/* What a child tells of what it inherited, and of locks that nobody in it can release. */
#include "child/inherited.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/observe.h"
#include "hooks/clone.h"
#include "hooks/fork.h"
#include "hooks/locks.h"
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
    return fw_held_find(fw_self.thread, lock) != NULL;
}

/* A thread that holds locks until it is told to stop. */
struct keeper {
    pthread_t thread;
    void (*take)(void);
    void (*give)(void);
    uint32_t id;
    uintptr_t site; /* of the newest lock */
    _Atomic bool stop;
    _Atomic bool ready;
};

static void *keep(void *argument)
{
    struct keeper *keeper = argument;
    keeper->take();
    keeper->id = fw_self.thread->id;
    keeper->site = fw_self.thread->locks[0].site;
    atomic_store(&keeper->ready, true);
    while (!atomic_load(&keeper->stop)) {
        sched_yield();
    }
    keeper->give();
    return NULL;
}

static void keeper_start(struct keeper *keeper)
{
    assert_int_equal(fw_hook_pthread_create(&keeper->thread, NULL, keep, keeper), 0);
    while (!atomic_load(&keeper->ready)) {
        sched_yield();
    }
}

static void keeper_stop(struct keeper *keeper)
{
    atomic_store(&keeper->stop, true);
    pthread_join(keeper->thread, NULL);
}

static void take_first(void)
{
    fw_hook_pthread_mutex_lock(&first);
    /* No tail call: the call's return address is to lie here. */
    __asm__ volatile("");
}

static void give_first(void)
{
    fw_hook_pthread_mutex_unlock(&first);
}

/* The next frame of a type, however long it takes; what hangs is ended by the time limit of the test. */
static void await_frame(uint64_t type, struct decoded *frame)
{
    while (!pipe_next_of(type, frame)) {
        sched_yield();
    }
}

static void kill_child(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(WTERMSIG(status_of(pid)), SIGKILL);
    pipe_drain();
}

static void a_lock_of_a_vanished_thread(void **state)
{
    (void)state;
    struct keeper keeper = {.take = take_first, .give = give_first};
    struct decoded frame;
    keeper_start(&keeper);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        fw_hook_pthread_mutex_lock(&second);
        fw_hook_pthread_mutex_unlock(&second);
        fw_hook_pthread_mutex_lock(&first);
        _exit(1);
    }
    await_frame(FW_RECORD_HELD, &frame);
    assert_int_equal(decoded_item(&frame, FW_KEY_LOCKS)->number, 6);
    assert_null(decoded_item(&frame, FW_KEY_UNRECORDED));
    await_frame(FW_RECORD_BLOCKED, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_pthread_mutex_lock);
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)&first);
    assert_int_equal(decoded_number(&frame, FW_KEY_LOCK_KIND), FW_LOCK_KIND_MUTEX);
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), keeper.id);
    assert_int_equal(decoded_number(&frame, FW_KEY_OWNER), first.__data.__owner);
    assert_true(decoded_number(&frame, FW_KEY_SITE) - (uintptr_t)take_first < 64);
    assert_non_null(decoded_item(&frame, FW_KEY_STACK));
    kill_child(pid);
    keeper_stop(&keeper);
}

/* The first frame of this type that the child of the last fork sends before it has ended; false where it sends none. */
static bool child_sends(pid_t pid, uint64_t type, struct decoded *frame)
{
    assert_int_equal(status_of(pid), 0);
    bool found = pipe_next_of(type, frame);
    pipe_drain();
    return found;
}

static void take_read(void)
{
    fw_hook_pthread_rwlock_rdlock(&rwlock);
}

static void give_read(void)
{
    fw_hook_pthread_rwlock_unlock(&rwlock);
}

static void a_lock_for_reading(void **state)
{
    (void)state;
    struct keeper keeper = {.take = take_read, .give = give_read};
    struct decoded frame;
    keeper_start(&keeper);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        int error = fw_hook_pthread_rwlock_rdlock(&rwlock);
        _exit(error);
    }
    assert_false(child_sends(pid, FW_RECORD_BLOCKED, &frame));
    pid = fw_hook_fork();
    if (pid == 0) {
        fw_hook_pthread_rwlock_wrlock(&rwlock);
        _exit(1);
    }
    await_frame(FW_RECORD_BLOCKED, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_LOCK_KIND), FW_LOCK_KIND_RWLOCK_WRITE);
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), keeper.id);
    kill_child(pid);
    keeper_stop(&keeper);
}

/* Given back where no hook saw it: the lock word knows better than the record. */
static void a_record_that_is_out_of_date(void **state)
{
    (void)state;
    struct keeper keeper = {.take = take_first, .give = give_first};
    struct decoded frame;
    keeper_start(&keeper);
    assert_int_equal(pthread_mutex_unlock(&first), 0);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        int error = fw_hook_pthread_mutex_lock(&first);
        _exit(error);
    }
    assert_false(child_sends(pid, FW_RECORD_HELD, &frame));
    assert_int_equal(pthread_mutex_lock(&first), 0);
    keeper_stop(&keeper);
    pthread_mutex_init(&first, NULL);
}

static pthread_mutex_t *typed(pthread_mutex_t *mutex, int type, int sharing)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setpshared(&attributes, sharing);
    pthread_mutex_init(mutex, &attributes);
    return mutex;
}

static void the_forking_threads_own_lock(void **state)
{
    (void)state;
    static pthread_mutex_t recursive;
    static pthread_mutex_t checking;
    struct decoded frame;
    fw_hook_pthread_mutex_lock(typed(&recursive, PTHREAD_MUTEX_RECURSIVE, PTHREAD_PROCESS_PRIVATE));
    fw_hook_pthread_mutex_lock(typed(&checking, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PROCESS_PRIVATE));
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        int error = fw_hook_pthread_mutex_unlock(&checking);
        _exit(error == EPERM ? 0 : 1);
    }
    assert_true(child_sends(pid, FW_RECORD_LOCK_FAILED, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_ERRNO), EPERM);
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)&checking);
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), fw_self.thread->id);
    pid = fw_hook_fork();
    if (pid == 0) {
        fw_hook_pthread_mutex_lock(&recursive);
        _exit(1);
    }
    await_frame(FW_RECORD_BLOCKED, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)&recursive);
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), fw_self.thread->id);
    kill_child(pid);
    fw_hook_pthread_mutex_unlock(&checking);
    fw_hook_pthread_mutex_unlock(&recursive);
}

static pthread_mutex_t shared_mutex;

static void take_shared(void)
{
    fw_hook_pthread_mutex_lock(&shared_mutex);
}

static void give_shared(void)
{
    fw_hook_pthread_mutex_unlock(&shared_mutex);
}

/* Another process may rightly hold it: it is listed, and no reason to block for ever. (What is listed: listing_test.)
 */
static void a_process_shared_lock(void **state)
{
    (void)state;
    struct keeper keeper = {.take = take_shared, .give = give_shared};
    struct decoded frame;
    typed(&shared_mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_PROCESS_SHARED);
    keeper_start(&keeper);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        struct timespec long_ago = {0, 0};
        int error = fw_hook_pthread_mutex_timedlock(&shared_mutex, &long_ago);
        _exit(error == ETIMEDOUT ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    while (pipe_next(&frame)) {
        uint64_t type = decoded_number(&frame, FW_KEY_TYPE);
        assert_true(type != FW_RECORD_BLOCKED && type != FW_RECORD_HOLDER);
    }
    keeper_stop(&keeper);
}

static FILE *file;

static void take_file(void)
{
    flockfile(file);
    fw_held_take(fw_self.thread, file, FW_LOCK_KIND_FILE, FW_CALLER());
}

static void give_file(void)
{
    fw_held_drop(fw_self.thread, file);
    funlockfile(file);
}

/* Its lock names its holder by the pthread_t. */
static void a_file_of_a_vanished_thread(void **state)
{
    (void)state;
    struct keeper keeper = {.take = take_file, .give = give_file};
    struct decoded frame;
    keeper_start(&keeper);
    pid_t pid = fw_hook__Fork();
    if (pid == 0) {
        fw_child_blocks(FW_FN_flockfile, file, FW_LOCK_KIND_FILE);
        _exit(0);
    }
    assert_true(child_sends(pid, FW_RECORD_BLOCKED, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)file);
    assert_int_equal(decoded_number(&frame, FW_KEY_LOCK_KIND), FW_LOCK_KIND_FILE);
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), keeper.id);
    assert_int_equal(decoded_number(&frame, FW_KEY_SITE), keeper.site);
    /* fork(3) frees it, and this child's own thread can give it back, whoever the record's thread may be. */
    fw_threads_with_handle((uintptr_t)keeper.thread)->handle = 0;
    pid = fw_hook_fork();
    if (pid == 0) {
        fw_child_blocks(FW_FN_flockfile, file, FW_LOCK_KIND_FILE);
        flockfile(file);
        fw_child_blocks(FW_FN_flockfile, file, FW_LOCK_KIND_FILE);
        _exit(0);
    }
    assert_false(child_sends(pid, FW_RECORD_BLOCKED, &frame));
    keeper_stop(&keeper);
}

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static _Atomic bool work;

static void *wait_for_work(void *argument)
{
    fw_hook_pthread_mutex_lock(&second);
    *(_Atomic uint32_t *)argument = fw_self.thread->id;
    while (!work) {
        fw_hook_pthread_cond_wait(&condition, &second);
    }
    assert_true(holds(&second));
    fw_hook_pthread_mutex_unlock(&second);
    return NULL;
}

static void who_waits_on_a_condition(void **state)
{
    (void)state;
    struct decoded frame;
    pthread_t thread;
    _Atomic uint32_t id = 0;
    assert_int_equal(fw_hook_pthread_create(&thread, NULL, wait_for_work, (void *)&id), 0);
    while (!id) {
        sched_yield();
    }
    /* It is free once the thread waits. */
    fw_hook_pthread_mutex_lock(&second);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        fw_hook_pthread_cond_wait(&condition, &second);
        _exit(1);
    }
    await_frame(FW_RECORD_WAIT, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_pthread_cond_wait);
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)&condition);
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), id);
    kill_child(pid);
    work = true;
    pthread_cond_signal(&condition);
    fw_hook_pthread_mutex_unlock(&second);
    pthread_join(thread, NULL);
}

static void a_semaphore(void **state)
{
    (void)state;
    struct decoded frame;
    sem_t semaphore;
    assert_int_equal(sem_init(&semaphore, 0, 1), 0);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        errno = 77;
        bool good = fw_hook_sem_wait(&semaphore) == 0 && errno == 77;
        _exit(good ? 0 : 1);
    }
    assert_false(child_sends(pid, FW_RECORD_WAIT, &frame));
    assert_int_equal(fw_hook_sem_wait(&semaphore), 0);
    pid = fw_hook_fork();
    if (pid == 0) {
        fw_hook_sem_wait(&semaphore);
        _exit(1);
    }
    await_frame(FW_RECORD_WAIT, &frame);
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)&semaphore);
    kill_child(pid);
}

static void *want_to_write(void *argument)
{
    struct timespec long_ago = {0, 0};
    *(int *)argument = fw_hook_pthread_rwlock_timedwrlock(&rwlock, &long_ago);
    return NULL;
}

/* Its own thread took the lock after the fork, and is there to release it. */
static void a_lock_that_the_child_took_itself(void **state)
{
    (void)state;
    struct decoded frame;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        int error = 0;
        pthread_t thread;
        fw_hook_pthread_rwlock_rdlock(&rwlock);
        if (fw_hook_pthread_create(&thread, NULL, want_to_write, &error) != 0 || pthread_join(thread, NULL) != 0) {
            _exit(2);
        }
        _exit(error == ETIMEDOUT ? 0 : 1);
    }
    assert_false(child_sends(pid, FW_RECORD_BLOCKED, &frame));
}

/* A thread of the child gets the stack of a vanished one, and with it its handle. */
static void a_handle_that_is_used_again(void **state)
{
    (void)state;
    struct keeper keeper = {.take = take_first, .give = give_first};
    struct decoded frame;
    keeper_start(&keeper);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        pthread_t thread;
        int error = fw_hook_pthread_create(&thread, NULL, keep,
                                           &(struct keeper){.take = take_read, .give = give_read, .stop = true});
        bool same = pthread_equal(thread, keeper.thread);
        error = error ? error : fw_hook_pthread_join(thread, NULL);
        _exit(error ? 1 : same ? 0 : 77);
    }
    int status = status_of(pid);
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
    assert_false(pipe_next_of(FW_RECORD_WAIT, &frame));
    pipe_drain();
    keeper_stop(&keeper);
}

/* Handlers of libraries that came before the agent run before the agent's own. */
static bool early_handler_locks;

static void early_handler(void)
{
    if (early_handler_locks) {
        fw_hook_pthread_mutex_lock(&second);
        fw_hook_pthread_mutex_unlock(&second);
    }
}

static void a_fork_handler_that_came_before(void **state)
{
    (void)state;
    struct decoded frame;
    early_handler_locks = true;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        _exit(0);
    }
    early_handler_locks = false;
    assert_int_equal(status_of(pid), 0);
    uint64_t fork = expect_fork(FW_CALL_FORK);
    assert_true(pipe_next_of(FW_RECORD_CHILD, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_PROC), fork);
    assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_pthread_mutex_lock);
    assert_false(pipe_next_of(FW_RECORD_CHILD, &frame));
}

static int start(void **state)
{
    (void)state;
    file = tmpfile();
    return file && pthread_atfork(NULL, NULL, early_handler) == 0 && agent_start() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lock_of_a_vanished_thread, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_lock_for_reading, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_record_that_is_out_of_date, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(the_forking_threads_own_lock, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_process_shared_lock, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_a_vanished_thread, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(who_waits_on_a_condition, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_semaphore, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_lock_that_the_child_took_itself, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_handle_that_is_used_again, forks_set_up, forks_tear_down),
        cmocka_unit_test_setup_teardown(a_fork_handler_that_came_before, forks_set_up, forks_tear_down),
    };
    return cmocka_run_group_tests_name("inherited", tests, start, NULL);
}
