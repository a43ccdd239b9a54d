/* Where the vanished threads stood: a child sends it, this process still has their stacks to compare. */
#include "child/holders.h"

#include <errno.h>
#include <link.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "child/afar.h"
#include "child/inherited.h"
#include "child/observe.h"
#include "child/vanished.h"
#include "hooks/clone.h"
#include "hooks/fork.h"
#include "hooks/locks.h"
#include "hooks/threads.h"
#include "state/functions.h"
#include "state/held.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/hooked.h"
#include "support/unit.h"

uint32_t recorded_function(const struct fw_thread *thread) __asm__("__wrap_fw_entered_function");
uint32_t recorded_function(const struct fw_thread *thread)
{
    return thread->entered ? FW_FN_malloc : 0;
}

/* Threads that take a lock and stand where they took it, this much stack below their start. */
enum { HOLDERS_MAX = 8, STEP = 512 };
struct standing {
    pthread_t thread;
    pthread_mutex_t lock;
    unsigned depth; /* bytes of stack */
    void (*stand)(struct standing *);
    struct fw_thread *slot;
    const uintptr_t *returns; /* where the call's return address lies */
    _Atomic bool ready;
};
static struct standing standings[HOLDERS_MAX];
static unsigned standing_count;
static _Atomic bool stop;

static void wait_for_the_end(struct standing *standing)
{
    atomic_store(&standing->ready, true);
    while (!atomic_load(&stop)) {
        sched_yield();
    }
}

static __attribute__((noinline)) void stand_with_lock(struct standing *standing)
{
    fw_hook_pthread_mutex_lock(&standing->lock);
    wait_for_the_end(standing);
    fw_hook_pthread_mutex_unlock(&standing->lock);
}

static __attribute__((noinline)) void descend(struct standing *standing, unsigned bytes)
{
    volatile uint8_t room[STEP];
    memset((void *)(uintptr_t)room, (int)(bytes / STEP), sizeof room);
    if (bytes <= STEP) {
        standing->stand(standing);
    } else {
        descend(standing, bytes - STEP);
    }
    /* No tail call. */
    room[0]++;
}

static void *stand(void *argument)
{
    struct standing *standing = argument;
    standing->slot = fw_self.thread;
    descend(standing, standing->depth);
    return NULL;
}

static struct standing *standing_start(void (*how)(struct standing *), unsigned depth)
{
    struct standing *standing = &standings[standing_count++];
    *standing = (struct standing){.lock = PTHREAD_MUTEX_INITIALIZER, .stand = how, .depth = depth};
    assert_int_equal(fw_hook_pthread_create(&standing->thread, NULL, stand, standing), 0);
    while (!atomic_load(&standing->ready)) {
        sched_yield();
    }
    return standing;
}

static int set_up(void **state)
{
    standing_count = 0;
    atomic_store(&stop, false);
    return forks_set_up(state);
}

static int tear_down(void **state)
{
    atomic_store(&stop, true);
    for (unsigned i = 0; i < standing_count; i++) {
        pthread_join(standings[i].thread, NULL);
    }
    return forks_tear_down(state);
}

/* What a child told of one thread. */
struct told {
    unsigned holders;
    unsigned slices;
    uint64_t site;
    uint64_t stack;
    uint64_t frame;
    uint64_t lock;
    uint64_t next; /* behind the last slice */
    uint64_t bytes;
};

static void take_slice(const struct decoded *frame, struct told *told)
{
    const struct item *data = decoded_item(frame, FW_KEY_DATA);
    uint64_t address = decoded_number(frame, FW_KEY_ADDRESS);
    assert_int_equal(told->holders, 1);
    assert_int_equal(address, told->next);
    assert_in_range(data->number, 1, FW_SLICE_BYTES);
    /* The thread has not moved since. */
    static uint8_t now[FW_SLICE_BYTES];
    assert_true(fw_afar_read(address, now, data->number));
    assert_memory_equal(data->bytes, now, data->number);
    told->next = address + data->number;
    told->bytes += data->number;
    told->slices++;
}

/* Reads all that the child said of this thread. */
static struct told read_told(const struct standing *standing)
{
    struct decoded frame;
    struct told told = {0};
    while (pipe_next(&frame)) {
        uint64_t type = decoded_number(&frame, FW_KEY_TYPE);
        if ((type != FW_RECORD_HOLDER && type != FW_RECORD_SLICE) ||
            decoded_number(&frame, FW_KEY_THREAD) != standing->slot->id) {
            continue;
        }
        if (type == FW_RECORD_SLICE) {
            take_slice(&frame, &told);
            continue;
        }
        told.holders++;
        told.site = decoded_number(&frame, FW_KEY_SITE);
        told.stack = decoded_number(&frame, FW_KEY_STACK_POINTER);
        const struct item *pointer = decoded_item(&frame, FW_KEY_FRAME_POINTER);
        told.frame = pointer ? pointer->number : 0;
        told.lock = decoded_number(&frame, FW_KEY_ADDRESS);
        told.next = told.stack;
        assert_non_null(decoded_item(&frame, FW_KEY_EPOCH));
        assert_null(decoded_item(&frame, FW_KEY_FRAMES));
    }
    return told;
}

static struct told fork_and_read(const struct standing *standing, pid_t (*fork_hook)(void),
                                 void (*child)(const struct standing *))
{
    pid_t pid = fork_hook();
    if (pid == 0) {
        if (child) {
            child(standing);
        }
        _exit(0);
    }
    assert_int_equal(status_of(pid), 0);
    return read_told(standing);
}

static pthread_mutex_t rungs[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static __attribute__((noinline)) void step_down(struct standing *standing)
{
    fw_hook_pthread_mutex_unlock(&rungs[0]);
    stand_with_lock(standing);
}

/* As one walks down a list, each of whose members has a lock: the last one's record is in the place of the first. */
static void hand_over_hand(struct standing *standing)
{
    fw_hook_pthread_mutex_lock(&rungs[0]);
    fw_hook_pthread_mutex_lock(&rungs[1]);
    step_down(standing);
    fw_hook_pthread_mutex_unlock(&rungs[1]);
}

static void where_the_newest_lock_was_taken(void **state)
{
    (void)state;
    struct standing *standing = standing_start(hand_over_hand, 8 * STEP);
    struct told told = fork_and_read(standing, fw_hook_fork, NULL);
    assert_int_equal(told.holders, 1);
    assert_int_equal(told.lock, (uintptr_t)&standing->lock);
    assert_int_equal(told.stack, standing->slot->locks[0].stack);
}

static void the_first_part_of_a_stack(void **state)
{
    (void)state;
    struct standing *standing = standing_start(stand_with_lock, 8 * STEP);
    struct told told = fork_and_read(standing, fw_hook_fork, NULL);
    assert_int_equal(told.holders, 1);
    assert_int_equal(told.slices, 1);
    assert_int_equal(told.bytes, FW_SLICE_BYTES);
    assert_int_equal(told.lock, (uintptr_t)&standing->lock);
    assert_int_equal(told.site, standing->slot->locks[0].site);
    assert_int_equal(told.stack, standing->slot->locks[0].stack);
    assert_int_equal(told.frame, standing->slot->locks[0].frame);
}

/* The lock is not free, and the wait for it has no time. */
static void wait_in_vain(pthread_mutex_t *lock)
{
    struct timespec long_ago = {0, 0};
    if (fw_hook_pthread_mutex_timedlock(lock, &long_ago) != ETIMEDOUT) {
        _exit(3);
    }
}

static void block_twice(const struct standing *standing)
{
    wait_in_vain((pthread_mutex_t *)(uintptr_t)&standing->lock);
    wait_in_vain((pthread_mutex_t *)(uintptr_t)&standing->lock);
}

static void the_rest_once_it_is_met(void **state)
{
    (void)state;
    enum { DEPTH = 48 * 1024 };
    struct standing *standing = standing_start(stand_with_lock, DEPTH);
    struct told told = fork_and_read(standing, fw_hook_fork, block_twice);
    assert_int_equal(told.holders, 1);
    assert_int_equal(told.bytes, FW_SLICE_BYTES + FW_STACK_BYTES);
}

static void no_more_than_there_is(void **state)
{
    (void)state;
    struct standing *standing = standing_start(stand_with_lock, 12 * STEP);
    struct told told = fork_and_read(standing, fw_hook_fork, block_twice);
    assert_int_equal(told.next, standing->slot->handle);
    assert_true(told.bytes > FW_SLICE_BYTES);
}

static void fail_to_unlock(const struct standing *standing)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&standing->lock;
    lock->__data.__kind = PTHREAD_MUTEX_ERRORCHECK;
    if (fw_hook_pthread_mutex_unlock(lock) != EPERM) {
        _exit(3);
    }
}

static void the_rest_where_a_call_fails(void **state)
{
    (void)state;
    struct standing *standing = standing_start(stand_with_lock, 16 * STEP);
    struct told told = fork_and_read(standing, fw_hook_fork, fail_to_unlock);
    assert_int_equal(told.holders, 1);
    assert_int_equal(told.next, standing->slot->handle);
}

static void a_few_threads_at_the_begin(void **state)
{
    (void)state;
    enum { THREADS = 7, AT_BEGIN = 4 };
    struct decoded frame;
    for (int i = 0; i < THREADS; i++) {
        standing_start(stand_with_lock, 8 * STEP);
    }
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(status_of(pid), 0);
    unsigned holders = 0;
    while (pipe_next_of(FW_RECORD_HOLDER, &frame)) {
        holders++;
    }
    assert_int_equal(holders, AT_BEGIN);
}

static void another_thread_once_it_is_met(void **state)
{
    (void)state;
    struct standing *last = NULL;
    for (int i = 0; i < 6; i++) {
        last = standing_start(stand_with_lock, 10 * STEP);
    }
    struct told told = fork_and_read(last, fw_hook_fork, block_twice);
    assert_int_equal(told.holders, 1);
    assert_int_equal(told.lock, (uintptr_t)&last->lock);
    assert_int_equal(told.next, last->slot->handle);
}

static int wait_in_callback(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)info;
    (void)size;
    wait_for_the_end(argument);
    return 1;
}

static __attribute__((noinline)) void stand_in_region(struct standing *standing)
{
    HOOKED(dl_iterate_phdr)(wait_in_callback, standing);
    /* No tail call. */
    __asm__ volatile("");
}

static int count_objects(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)info;
    (void)size;
    (void)argument;
    return 1;
}

static void call_the_same(const struct standing *standing)
{
    (void)standing;
    fw_child_call(FW_FN_dl_iterate_phdr, (uintptr_t)count_objects);
    fw_child_call(FW_FN_dlopen, (uintptr_t)count_objects);
}

static void call_another(const struct standing *standing)
{
    (void)standing;
    fw_child_call(FW_FN_setenv, (uintptr_t)count_objects);
}

static void a_thread_inside_of_a_function(void **state)
{
    (void)state;
    struct standing *standing = standing_start(stand_in_region, 16 * STEP);
    struct told told = fork_and_read(standing, fw_hook_fork, call_another);
    assert_int_equal(told.holders, 1);
    assert_int_equal(told.bytes, FW_SLICE_BYTES);
    assert_int_equal(told.lock, UINT64_MAX);
    assert_int_equal(told.site, standing->slot->regions[0].site);
    /* The caller's registers: its stack begins behind the return address. */
    assert_int_equal(((const uintptr_t *)(uintptr_t)told.stack)[-1], told.site);
    assert_int_equal(told.frame, ((const uintptr_t *)(uintptr_t)told.stack)[-2]);
    told = fork_and_read(standing, fw_hook_fork, call_the_same);
    assert_int_equal(told.holders, 1);
    assert_int_equal(told.next, standing->slot->handle);
}

/* A record of a call that is over, by a longjmp say, leads nowhere. */
static void a_region_that_is_no_more(void **state)
{
    (void)state;
    struct standing *standing = standing_start(stand_in_region, 8 * STEP);
    uintptr_t site = standing->slot->regions[0].site;
    standing->slot->regions[0].site = site + 1;
    struct told told = fork_and_read(standing, fw_hook_fork, call_the_same);
    standing->slot->regions[0].site = site;
    assert_int_equal(told.holders, 0);
}

/* As the allocator's hooks leave it. */
static __attribute__((noinline)) void stand_entered(struct standing *standing)
{
    standing->returns = (const uintptr_t *)__builtin_frame_address(0) + 1;
    fw_self.thread->entered = (const uintptr_t *)(const void *)&standing->returns;
    wait_for_the_end(standing);
    fw_self.thread->entered = NULL;
}

static void a_thread_inside_of_the_allocator(void **state)
{
    (void)state;
    struct standing *standing = standing_start(stand_entered, 8 * STEP);
    struct told told = fork_and_read(standing, fw_hook__Fork, NULL);
    assert_int_equal(told.holders, 1);
    assert_int_equal(told.site, *standing->returns);
    assert_int_equal(told.stack, (uintptr_t)(standing->returns + 1));
    assert_int_equal(told.frame, 0);
    /* After fork(3) it is no holder: the C library's allocator is whole again. */
    told = fork_and_read(standing, fw_hook_fork, NULL);
    assert_int_equal(told.holders, 0);
}

static void forget_and_block(const struct standing *standing)
{
    fw_inherited_forget(standing->slot->handle);
    fw_holders_send_all(standing->slot);
}

static void a_stack_that_another_thread_has(void **state)
{
    (void)state;
    struct standing *standing = standing_start(stand_with_lock, 16 * STEP);
    struct told told = fork_and_read(standing, fw_hook_fork, forget_and_block);
    assert_int_equal(told.bytes, FW_SLICE_BYTES);
}

static void nothing_from_vforks_child(void **state)
{
    (void)state;
    struct standing *standing = standing_start(stand_with_lock, 8 * STEP);
    /* As in the child, on the parent's memory. */
    fw_vanished_begin(false);
    fw_holders_reset();
    fw_self.vfork_child = true;
    fw_holders_send_all(standing->slot);
    fw_self.vfork_child = false;
    struct decoded frame;
    assert_false(pipe_next_of(FW_RECORD_HOLDER, &frame));
}

/* The child's child tells of the same thread anew. */
static void fork_again(const struct standing *standing)
{
    (void)standing;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        _exit(0);
    }
    _exit(status_of(pid));
}

static void a_childs_child(void **state)
{
    (void)state;
    struct decoded frame;
    struct standing *standing = standing_start(stand_with_lock, 8 * STEP);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        fork_again(standing);
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next_of(FW_RECORD_HOLDER, &frame));
    uint64_t process = decoded_number(&frame, FW_KEY_PROC);
    assert_true(pipe_next_of(FW_RECORD_HOLDER, &frame));
    assert_int_not_equal(decoded_number(&frame, FW_KEY_PROC), process);
    assert_true(pipe_next_of(FW_RECORD_SLICE, &frame));
    pipe_drain();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_part_of_a_stack),       TEST(the_rest_once_it_is_met),    TEST(no_more_than_there_is),
        TEST(the_rest_where_a_call_fails),     TEST(a_few_threads_at_the_begin), TEST(another_thread_once_it_is_met),
        TEST(a_thread_inside_of_a_function),   TEST(a_region_that_is_no_more),   TEST(a_thread_inside_of_the_allocator),
        TEST(a_stack_that_another_thread_has), TEST(nothing_from_vforks_child),  TEST(a_childs_child),
        TEST(where_the_newest_lock_was_taken),
    };
    if (!agent_start()) {
        return 1;
    }
    return cmocka_run_group_tests_name("holders", tests, NULL, NULL);
}
