/* The hooks of locks, stopped after each of their instructions: what a fork, or a signal handler that takes locks
 * itself, meets there. */
#include "hooks/locks.h"

#include <signal.h>
#include <string.h>

#include "hooks/quick_locks.h"
#include "state/held.h"
#include "support/agent.h"
#include "support/records.h"
#include "support/unit.h"

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* The processor's trap flag stops after each instruction (Intel SDM 3, 18.3.1.4); the kernel clears it for a handler.
 */
#define STEP() __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "cc", "memory")
#define WALK() __asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "cc", "memory")

/* A pair of calls on an object of one kind. */
struct pair {
    int (*take)(void);
    int (*give)(void);
    const void *object;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static sem_t semaphore;
static pthread_mutex_t handlers = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;

/* No inlining and one call each: its return address is the record's site. */
#define CALLER(name, call)                                                                                             \
    static __attribute__((noinline)) int name(void)                                                                    \
    {                                                                                                                  \
        int error = call;                                                                                              \
        __asm__ volatile("" : "+r"(error));                                                                            \
        return error;                                                                                                  \
    }
CALLER(take_mutex, fw_hook_pthread_mutex_lock(&mutex))
CALLER(give_mutex, fw_hook_pthread_mutex_unlock(&mutex))
CALLER(read_rwlock, fw_hook_pthread_rwlock_rdlock(&rwlock))
CALLER(write_rwlock, fw_hook_pthread_rwlock_wrlock(&rwlock))
CALLER(give_rwlock, fw_hook_pthread_rwlock_unlock(&rwlock))
CALLER(take_spin, fw_hook_pthread_spin_lock(&spin))
CALLER(give_spin, fw_hook_pthread_spin_unlock(&spin))
CALLER(take_semaphore, fw_hook_sem_wait(&semaphore))
CALLER(give_semaphore, fw_hook_sem_post(&semaphore))

static const struct pair pairs[] = {
    {take_mutex, give_mutex, &mutex},
    {read_rwlock, give_rwlock, &rwlock},
    {write_rwlock, give_rwlock, &rwlock},
    {take_spin, give_spin, (const void *)&spin},
    {take_semaphore, give_semaphore, &semaphore},
};

/* What a right record of the pair's object looks like; and what was seen wrong. */
static struct fw_held_lock right;
static const void *object;
static bool interferes;
static unsigned steps;
static unsigned wrong;
static unsigned seen; /* steps at which the record was there */

static bool is_right(const struct fw_held_lock *held)
{
    return held->site == right.site && held->stack == right.stack && held->frame == right.frame &&
           FW_TAKEN_KIND(held) == FW_TAKEN_KIND(&right);
}

/* Locks that nobody holds: what a place was used for before. */
static unsigned strangers(void)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < fw_self.thread->lock_end; i++) {
        uintptr_t address = fw_self.thread->locks[i].address;
        count += address && address != (uintptr_t)object && address != (uintptr_t)&outer;
    }
    return count;
}

static void on_step(int signal)
{
    (void)signal;
    const struct fw_held_lock *held = fw_held_find(fw_self.thread, object);
    steps++;
    seen += held != NULL;
    /* A place that a handler has used is set right in the instructions that follow. */
    wrong += held && !is_right(held) && !interferes;
    wrong += interferes ? 0 : strangers();
    if (interferes) {
        fw_hook_pthread_mutex_lock(&handlers);
        wrong += !fw_held_find(fw_self.thread, &handlers);
        fw_hook_pthread_mutex_unlock(&handlers);
    }
}

/* Both calls, one after the other, are the same two in all passes. Nothing is asserted while a lock is held. */
static __attribute__((noinline)) void pass(const struct pair *pair, bool stepped)
{
    if (stepped) {
        STEP();
    }
    int error = pair->take();
    if (stepped) {
        WALK();
    }
    const struct fw_held_lock *held = fw_held_find(fw_self.thread, pair->object);
    if (!stepped && held) {
        right = *held;
    }
    wrong += error != 0 || !held || !is_right(held);
    if (stepped) {
        STEP();
    }
    error = pair->give();
    if (stepped) {
        WALK();
    }
    wrong += error != 0 || fw_held_find(fw_self.thread, pair->object);
}

static void step_through(uint32_t held_before)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        object = pairs[i].object;
        steps = wrong = seen = 0;
        pass(&pairs[i], false);
        fw_hook_pthread_mutex_lock(&handlers);
        fw_hook_pthread_mutex_unlock(&handlers);
        pass(&pairs[i], true);
        assert_int_equal(wrong, 0);
        assert_true(steps > 20);
        assert_true(seen > 0);
        assert_int_equal(records_count(fw_self.thread), held_before);
    }
}

static int set_up(void **state)
{
    const struct sigaction action = {.sa_handler = on_step};
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    sem_init(&semaphore, 0, 1);
    sigaction(SIGTRAP, &action, NULL);
    fw_held_thread();
    records_clear(fw_self.thread);
    (void)state;
    return 0;
}

static void a_record_is_right_as_soon_as_it_is_there(void **state)
{
    (void)state;
    interferes = false;
    step_through(0);
}

static void a_handler_that_locks_does_no_harm(void **state)
{
    (void)state;
    interferes = true;
    step_through(0);
}

static void the_same_behind_another_record(void **state)
{
    (void)state;
    assert_int_equal(fw_hook_pthread_mutex_lock(&outer), 0);
    interferes = false;
    step_through(1);
    interferes = true;
    step_through(1);
    assert_int_equal(fw_hook_pthread_mutex_unlock(&outer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_is_right_as_soon_as_it_is_there, set_up, NULL),
        cmocka_unit_test_setup_teardown(a_handler_that_locks_does_no_harm, set_up, NULL),
        cmocka_unit_test_setup_teardown(the_same_behind_another_record, set_up, NULL),
    };
    return agent_start() ? cmocka_run_group_tests_name("locks stepped", tests, NULL, NULL) : 1;
}
#else
int main(void)
{
    return 0;
}
#endif
