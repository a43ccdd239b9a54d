/* What a child says of the locks of each kind that vanished threads had taken. */
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>

#include "hooks/clone.h"
#include "hooks/fork.h"
#include "state/held.h"
#include "stream/stream.h"
#include "support/agent.h"
#include "support/keepers.h"
#include "support/unit.h"

enum { SHARED = 1 << 4 };

static struct {
    pthread_mutex_t mutex;
    pthread_rwlock_t rwlock;
    sem_t semaphore;
} shared;

static void take_shared(struct keeper *keeper)
{
    (void)keeper;
    pthread_mutexattr_t of_mutex;
    pthread_mutexattr_init(&of_mutex);
    pthread_mutexattr_setpshared(&of_mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared.mutex, &of_mutex);
    pthread_mutex_lock(&shared.mutex);
    keeper_record(&shared.mutex, FW_LOCK_KIND_MUTEX);
    pthread_rwlockattr_t of_rwlock;
    pthread_rwlockattr_init(&of_rwlock);
    pthread_rwlockattr_setpshared(&of_rwlock, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(&shared.rwlock, &of_rwlock);
    pthread_rwlock_rdlock(&shared.rwlock);
    keeper_record(&shared.rwlock, FW_LOCK_KIND_RWLOCK_READ);
    sem_init(&shared.semaphore, 1, 0);
    keeper_record(&shared.semaphore, FW_LOCK_KIND_SEMAPHORE);
}

static void process_shared_locks_say_so(void **state)
{
    (void)state;
    keeper_start(take_shared, NULL, NULL);
    const struct lists *lists = lists_of_child(fw_hook_fork);
    assert_int_equal(lists->locks.count, 3);
    assert_int_equal(lists_lock(lists, &shared.mutex)[LOCK], FW_LOCK_KIND_MUTEX | SHARED);
    assert_int_equal(lists_lock(lists, &shared.rwlock)[LOCK], FW_LOCK_KIND_RWLOCK_READ | SHARED);
    assert_int_equal(lists_lock(lists, &shared.semaphore)[LOCK], FW_LOCK_KIND_SEMAPHORE | SHARED);
}

static pthread_mutex_t robust;
static pthread_mutex_t *robust_and_shared;

/* glibc marks both as shared. */
static void take_robust(struct keeper *keeper)
{
    (void)keeper;
    robust_and_shared = mmap(NULL, sizeof robust, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(robust_and_shared, &attributes);
    pthread_mutex_lock(&robust);
    pthread_mutex_lock(robust_and_shared);
    keeper_record(&robust, FW_LOCK_KIND_MUTEX);
    keeper_record(robust_and_shared, FW_LOCK_KIND_MUTEX);
}

static void robust_mutexes_are_shared_by_their_memory(void **state)
{
    (void)state;
    keeper_start(take_robust, NULL, NULL);
    const struct lists *lists = lists_of_child(fw_hook_fork);
    assert_int_equal(lists->locks.count, 2);
    assert_int_equal(lists_lock(lists, &robust)[LOCK], FW_LOCK_KIND_MUTEX);
    assert_int_equal(lists_lock(lists, robust_and_shared)[LOCK], FW_LOCK_KIND_MUTEX | SHARED);
}

static sem_t semaphores[3];
static pthread_spinlock_t spins[2];

/* One that is taken, one that another thread has posted, one that is a signal; a spin lock that is taken and one that
 * is free. */
static void take_semaphores(struct keeper *keeper)
{
    (void)keeper;
    for (int i = 0; i < 3; i++) {
        sem_init(&semaphores[i], 0, i == 1);
        keeper_record(&semaphores[i], FW_LOCK_KIND_SEMAPHORE);
    }
    fw_held_set_signal((uintptr_t)&semaphores[2]);
    for (int i = 0; i < 2; i++) {
        pthread_spin_init(&spins[i], PTHREAD_PROCESS_PRIVATE);
        keeper_record((void *)(uintptr_t)&spins[i], FW_LOCK_KIND_SPINLOCK);
    }
    pthread_spin_lock(&spins[0]);
}

static void semaphores_and_spin_locks_while_they_are_taken(void **state)
{
    (void)state;
    keeper_start(take_semaphores, NULL, NULL);
    const struct lists *lists = lists_of_child(fw_hook_fork);
    fw_held_forget_signal((uintptr_t)&semaphores[2]);
    assert_int_equal(lists->locks.count, 2);
    assert_int_equal(lists_lock(lists, &semaphores[0])[LOCK], FW_LOCK_KIND_SEMAPHORE);
    assert_int_equal(lists_lock(lists, (const void *)(uintptr_t)&spins[0])[LOCK], FW_LOCK_KIND_SPINLOCK);
}

static FILE *file;

static void take_file(struct keeper *keeper)
{
    (void)keeper;
    flockfile(file);
    keeper_record(file, FW_LOCK_KIND_FILE);
}

static void give_file(struct keeper *keeper)
{
    (void)keeper;
    funlockfile(file);
}

static void only_record_file(struct keeper *keeper)
{
    (void)keeper;
    keeper_record(file, FW_LOCK_KIND_FILE);
}

/* fork(3) makes it free in the child before anything there could look at it. */
static void a_file_that_fork_frees(void **state)
{
    (void)state;
    struct keeper *keeper = keeper_start(take_file, give_file, NULL);
    const struct lists *lists = lists_of_child(fw_hook_fork);
    assert_int_equal(lists->locks.count, 1);
    assert_int_equal(lists->locks.at[0][THREAD], keeper->slot->id);
    assert_int_equal(lists->locks.at[0][ADDRESS], (uintptr_t)file);
    assert_int_equal(lists->locks.at[0][LOCK], FW_LOCK_KIND_FILE);
}

static void a_file_that_stays_as_it_is(void **state)
{
    (void)state;
    struct keeper *keeper = keeper_start(take_file, give_file, NULL);
    keeper_start(only_record_file, NULL, NULL);
    const struct lists *lists = lists_of_child(fw_hook__Fork);
    assert_int_equal(lists->locks.count, 1);
    assert_int_equal(lists->locks.at[0][THREAD], keeper->slot->id);
    assert_int_equal(lists->locks.at[0][LOCK], FW_LOCK_KIND_FILE);
}

static void a_record_of_a_file_that_is_free(void **state)
{
    (void)state;
    keeper_start(only_record_file, NULL, NULL);
    const struct lists *lists = lists_of_child(fw_hook__Fork);
    assert_int_equal(lists->locks.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, keepers_set_up, keepers_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(process_shared_locks_say_so),
        TEST(robust_mutexes_are_shared_by_their_memory),
        TEST(semaphores_and_spin_locks_while_they_are_taken),
        TEST(a_file_that_fork_frees),
        TEST(a_file_that_stays_as_it_is),
        TEST(a_record_of_a_file_that_is_free),
    };
    file = tmpfile();
    return file && agent_start() ? cmocka_run_group_tests_name("lock_kinds", tests, NULL, NULL) : 1;
}
