/* What the guard counts as held, and what it does not. */
#include "hooks/guard.h"

#include <errno.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hooks/api.h"
#include "hooks/fork.h"
#include "hooks/locks.h"
#include "state/held.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/holder.h"
#include "support/hooked.h"
#include "support/unit.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int set_up(void **state)
{
    fw_guard_init("deny", 60000);
    return forks_set_up(state);
}

/* Forks through the hook; the child ends at once. -1: it was refused. */
static pid_t forked(void)
{
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        _exit(0);
    }
    if (pid > 0) {
        assert_int_equal(status_of(pid), 0);
    }
    return pid;
}

static int stay_inside(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)info;
    (void)size;
    holder_stay(argument);
    return 1;
}

static void enter_region(struct holder *own)
{
    HOOKED(dl_iterate_phdr)(stay_inside, own);
}

static void a_function_that_keeps_state(void **state)
{
    (void)state;
    struct decoded frame;
    uint32_t thread = holder_begin(enter_region, NULL, NULL)->slot->id;
    assert_int_equal(forked(), -1);
    holder_end();
    assert_true(pipe_next_of(FW_RECORD_GUARD, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), thread);
    assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), FW_FN_dl_iterate_phdr);
    assert_null(decoded_item(&frame, FW_KEY_ADDRESS));
    assert_true(forked() > 0);
}

static void assert_does_not_count(void)
{
    struct decoded frame;
    assert_true(forked() > 0);
    assert_false(pipe_next_of(FW_RECORD_GUARD, &frame));
}

static void its_own_locks(void **state)
{
    (void)state;
    fw_hook_pthread_mutex_lock(&mutex);
    assert_does_not_count();
    fw_hook_pthread_mutex_unlock(&mutex);
}

/* A record without its lock: given back past the hooks. */
static void take_and_unlock_past_the_hooks(struct holder *own)
{
    fw_hook_pthread_mutex_lock(own->lock);
    pthread_mutex_unlock(own->lock);
}

static void drop_record(struct holder *own)
{
    pthread_mutex_lock(own->lock);
    fw_hook_pthread_mutex_unlock(own->lock);
}

static void a_stale_record(void **state)
{
    (void)state;
    holder_begin(take_and_unlock_past_the_hooks, drop_record, &mutex);
    assert_does_not_count();
    /* Somebody else has it now. */
    pthread_mutex_lock(&mutex);
    assert_does_not_count();
    pthread_mutex_unlock(&mutex);
    holder_end();
}

static void leave_record(struct holder *own)
{
    (void)own;
}

static void a_lock_whose_memory_is_gone(void **state)
{
    (void)state;
    void *page = mmap(NULL, FW_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_init(page, NULL);
    holder_begin(holder_take_mutex, leave_record, page);
    munmap(page, FW_PAGE);
    assert_does_not_count();
    holder_end();
}

static void a_lock_of_several_processes(void **state)
{
    (void)state;
    static pthread_mutex_t shared;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared, &attributes);
    holder_begin(holder_take_mutex, holder_give_mutex_back, &shared);
    assert_does_not_count();
    holder_end();
}

static void take_semaphore(struct holder *own)
{
    assert_int_equal(fw_hook_sem_wait(own->lock), 0);
}

static void give_semaphore_back(struct holder *own)
{
    assert_int_equal(fw_hook_sem_post(own->lock), 0);
}

/* As a lock it counts; not where others post it than those who take it. */
static void a_semaphore(void **state)
{
    (void)state;
    static sem_t semaphore;
    sem_init(&semaphore, 0, 1);
    holder_begin(take_semaphore, give_semaphore_back, &semaphore);
    assert_int_equal(forked(), -1);
    pipe_drain();
    fw_held_set_signal((uintptr_t)&semaphore);
    assert_does_not_count();
    fw_held_forget_signal((uintptr_t)&semaphore);
    assert_int_equal(forked(), -1);
    holder_end();
}

static void what_is_fork_aware(void **state)
{
    (void)state;
    struct holder *holder = holder_begin_mutex(&mutex);
    int tid = atomic_load(&holder->slot->tid);
    assert_true(fw_api_thread_aware(tid, "a test's"));
    assert_does_not_count();
    assert_true(fw_api_thread_aware(tid, NULL));
    assert_int_equal(forked(), -1);
    pipe_drain();
    uint64_t lock = fw_mark_of_lock((uintptr_t)&mutex);
    assert_true(fw_mark_set(lock, FW_MARK_AWARE, "a test's"));
    assert_does_not_count();
    assert_true(fw_mark_forget(lock));
    assert_int_equal(forked(), -1);
    holder_end();
}

/* In a child the holder is not there to give anything back. */
static void a_childs_fork(void **state)
{
    (void)state;
    fw_guard_init("observe", 100);
    holder_begin_mutex(&mutex);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        fw_guard_init("deny", 60000);
        pid_t grandchild = fw_hook_fork();
        if (grandchild == 0) {
            _exit(0);
        }
        int status = 1;
        _exit(grandchild > 0 && waitpid(grandchild, &status, 0) == grandchild ? status : 1);
    }
    assert_int_equal(status_of(pid), 0);
    holder_end();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, forks_tear_down)

int main(void)
{
    if (!agent_start()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        TEST(a_function_that_keeps_state),
        TEST(its_own_locks),
        TEST(a_stale_record),
        TEST(a_lock_whose_memory_is_gone),
        TEST(a_lock_of_several_processes),
        TEST(a_semaphore),
        TEST(what_is_fork_aware),
        TEST(a_childs_fork),
    };
    return cmocka_run_group_tests_name("guard_counts", tests, NULL, NULL);
}
