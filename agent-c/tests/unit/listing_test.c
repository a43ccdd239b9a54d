/* The lists of what vanished threads held and were inside of. */
#include "child/listing.h"

#include <sys/mman.h>
#include <unistd.h>

#include "child/entered.h"
#include "hooks/clone.h"
#include "hooks/fork.h"
#include "hooks/threads.h"
#include "state/functions.h"
#include "state/held.h"
#include "state/lock_origins.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/keepers.h"
#include "support/unit.h"

/* Linked in place of the agent's own (-Wl,--wrap): what a thread's record says counts, wherever its stack is. */
uint32_t recorded_function(const struct fw_thread *thread) __asm__("__wrap_fw_entered_function");
uint32_t recorded_function(const struct fw_thread *thread)
{
    return thread->entered ? FW_FN_calloc : 0;
}

static void *pages(size_t count)
{
    void *area = mmap(NULL, count * FW_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(area != MAP_FAILED);
    return area;
}

/* Sanitizers make the frames of functions larger. */
#if defined(__SANITIZE_ADDRESS__)
enum { SMALL_STACK = 64 * 1024 };
#else
enum { SMALL_STACK = 16 * 1024 };
#endif

static void *fork_from_here(void *argument)
{
    pid_t *pid = argument;
    *pid = fw_hook_fork();
    if (*pid == 0) {
        _exit(0);
    }
    return NULL;
}

static void take_pages(struct keeper *keeper);

static void a_small_thread_forks(void **state)
{
    (void)state;
    enum { THREADS = 4, LOCKS = THREADS * FW_LOCKS_MAX };
    char *area = pages(LOCKS);
    for (unsigned i = 0; i < THREADS; i++) {
        keeper_start(take_pages, NULL, area + (size_t)i * FW_LOCKS_MAX * FW_PAGE);
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    assert_int_equal(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
    pthread_t thread;
    pid_t pid = -1;
    assert_int_equal(fw_hook_pthread_create(&thread, &attributes, fork_from_here, &pid), 0);
    pthread_join(thread, NULL);
    assert_int_equal(status_of(pid), 0);
    struct decoded frame;
    assert_true(pipe_next_of(FW_RECORD_HELD, &frame));
    assert_int_equal(decoded_item(&frame, FW_KEY_LOCKS)->number, LOCKS * LOCK_COLUMNS);
    pipe_drain();
    munmap(area, (size_t)LOCKS * FW_PAGE);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void take_mutex(struct keeper *keeper)
{
    (void)keeper;
    pthread_mutex_lock(&mutex);
    keeper_record(&mutex, FW_LOCK_KIND_MUTEX);
}

static void give_mutex(struct keeper *keeper)
{
    (void)keeper;
    pthread_mutex_unlock(&mutex);
}

static void all_that_is_known_of_a_lock(void **state)
{
    (void)state;
    enum { STACK = 4242 };
    fw_clock_set();
    struct keeper *keeper = keeper_start(take_mutex, give_mutex, NULL);
    fw_lock_origin_set((uintptr_t)&mutex, STACK);
    const struct lists *lists = lists_of_child(fw_hook_fork);
    fw_lock_origin_set((uintptr_t)&mutex, 0);
    assert_int_equal(lists->locks.count, 1);
    const uint64_t *row = lists->locks.at[0];
    assert_int_equal(row[THREAD], keeper->slot->id);
    assert_int_equal(row[ADDRESS], (uintptr_t)&mutex);
    assert_int_equal(row[LOCK], FW_LOCK_KIND_MUTEX);
    assert_int_equal(row[SITE], keeper->slot->locks[0].site);
    assert_in_range(row[SINCE], 1, fw_now_ns() / 1000);
    assert_int_equal(row[ORIGIN], STACK);
    assert_int_equal(lists->regions.count, 0);
}

/* Each of a keeper's locks lies in a page of its own. */
static void take_pages(struct keeper *keeper)
{
    for (unsigned i = 0; i < FW_LOCKS_MAX; i++) {
        pthread_mutex_t *lock = (pthread_mutex_t *)(void *)(keeper->locks + (size_t)i * FW_PAGE + (size_t)i * 40);
        pthread_mutex_init(lock, NULL);
        pthread_mutex_lock(lock);
        keeper_record(lock, FW_LOCK_KIND_MUTEX);
    }
}

static void locks_whose_memory_is_gone(void **state)
{
    (void)state;
    enum { THREADS = 16, LOCKS = THREADS * FW_LOCKS_MAX };
    /* In whichever way the locks are looked at: the first, neighbours, the last. */
    static const unsigned gone[] = {0, 15, 16, 31, 32, 33, 77, LOCKS - 1};
    const struct keeper *keepers[THREADS];
    char *area = pages(LOCKS);
    for (unsigned i = 0; i < THREADS; i++) {
        keepers[i] = keeper_start(take_pages, NULL, area + (size_t)i * FW_LOCKS_MAX * FW_PAGE);
    }
    for (size_t i = 0; i < ARRAY_SIZE(gone); i++) {
        munmap(area + (size_t)gone[i] * FW_PAGE, FW_PAGE);
    }
    const struct lists *lists = lists_of_child(fw_hook_fork);
    assert_int_equal(lists->locks.count, LOCKS - ARRAY_SIZE(gone));
    assert_true(lists->held_frames > 1);
    for (unsigned i = 0; i < LOCKS; i++) {
        bool is_gone = false;
        for (size_t at = 0; at < ARRAY_SIZE(gone); at++) {
            is_gone |= gone[at] == i;
        }
        size_t within = i % FW_LOCKS_MAX;
        const uint64_t *row = lists_lock(lists, area + (size_t)i * FW_PAGE + within * 40);
        assert_int_equal(row == NULL, is_gone);
        if (row) {
            assert_int_equal(row[THREAD], keepers[i / FW_LOCKS_MAX]->slot->id);
        }
    }
    munmap(area, (size_t)LOCKS * FW_PAGE);
}

static void have_more(struct keeper *keeper)
{
    fw_self.thread->lock_more = 5;
    take_mutex(keeper);
}

static void only_more(struct keeper *keeper)
{
    (void)keeper;
    fw_self.thread->lock_more = 300;
}

static void locks_that_found_no_room(void **state)
{
    (void)state;
    uint32_t first = keeper_start(have_more, give_mutex, NULL)->slot->id;
    const struct lists *lists = lists_of_child(fw_hook_fork);
    assert_int_equal(lists->unrecorded.count, 1);
    assert_int_equal(lists->unrecorded.at[0][0], first);
    assert_int_equal(lists->unrecorded.at[0][1], 5);
    assert_int_equal(lists->locks.count, 1);
}

static void nothing_but_locks_that_found_no_room(void **state)
{
    (void)state;
    uint32_t id = keeper_start(only_more, NULL, NULL)->slot->id;
    const struct lists *lists = lists_of_child(fw_hook_fork);
    assert_int_equal(lists->locks.count, 0);
    assert_int_equal(lists->unrecorded.count, 1);
    assert_int_equal(lists->unrecorded.at[0][0], id);
    assert_int_equal(lists->unrecorded.at[0][1], 300);
}

static void be_inside(struct keeper *keeper)
{
    (void)keeper;
    fw_held_enter(fw_self.thread, FW_FN_setenv, 0x1111, (uintptr_t)__builtin_frame_address(0), 77);
    /* Deeper: the record keeps regions above the stack's end only. */
    fw_held_enter(fw_self.thread, FW_FN_tzset, 0x2222, (uintptr_t)__builtin_frame_address(0) - 64, 0);
}

static void regions_with_their_times(void **state)
{
    (void)state;
    struct keeper *keeper = keeper_start(be_inside, NULL, NULL);
    const struct lists *lists = lists_of_child(fw_hook_fork);
    assert_int_equal(lists->regions.count, 2);
    assert_int_equal(lists->regions.at[0][THREAD], keeper->slot->id);
    assert_int_equal(lists->regions.at[0][FUNCTION], FW_FN_setenv);
    assert_int_equal(lists->regions.at[0][REGION_SITE], 0x1111);
    assert_int_equal(lists->regions.at[0][ENTERED], 77);
    assert_int_equal(lists->regions.at[1][FUNCTION], FW_FN_tzset);
    assert_int_equal(lists->regions.at[1][REGION_SITE], 0x2222);
    assert_int_equal(lists->regions.at[1][ENTERED], 0);
    assert_false(lists->has_allocating);
}

/* A call of the allocator as its hook leaves it: a word that leads to the return address. */
static const uintptr_t return_address = 0x3333;
static const uintptr_t *const stack_pointer = &return_address;

static void enter(struct keeper *keeper)
{
    (void)keeper;
    fw_self.thread->entered = (const uintptr_t *)(const void *)&stack_pointer;
}

static void enter_and_be_inside(struct keeper *keeper)
{
    enter(keeper);
    fw_held_enter(fw_self.thread, FW_FN_malloc, 0x4444, (uintptr_t)__builtin_frame_address(0), 0);
}

static void threads_inside_of_the_allocator(void **state)
{
    (void)state;
    keeper_start(enter, NULL, NULL);
    keeper_start(enter, NULL, NULL);
    keeper_start(NULL, NULL, NULL);
    const struct lists *lists = lists_of_child(fw_hook_fork);
    assert_int_equal(lists->allocating, 2);
    assert_int_equal(lists->regions.count, 0);
    /* Who is listed is not counted. */
    keeper_start(enter_and_be_inside, NULL, NULL);
    lists = lists_of_child(fw_hook_fork);
    assert_int_equal(lists->allocating, 2);
    assert_int_equal(lists->regions.count, 1);
    assert_int_equal(lists->regions.at[0][FUNCTION], FW_FN_malloc);
}

/* Nothing protects the allocator there: each thread is named. */
static void threads_inside_of_the_allocator_at_a_bare_fork(void **state)
{
    (void)state;
    struct keeper *keeper = keeper_start(enter, NULL, NULL);
    const struct lists *lists = lists_of_child(fw_hook__Fork);
    assert_false(lists->has_allocating);
    assert_int_equal(lists->regions.count, 1);
    assert_int_equal(lists->regions.at[0][THREAD], keeper->slot->id);
    assert_int_equal(lists->regions.at[0][FUNCTION], FW_FN_calloc);
    assert_int_equal(lists->regions.at[0][REGION_SITE], return_address);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, keepers_set_up, keepers_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_small_thread_forks),
        TEST(all_that_is_known_of_a_lock),
        TEST(locks_whose_memory_is_gone),
        TEST(locks_that_found_no_room),
        TEST(nothing_but_locks_that_found_no_room),
        TEST(regions_with_their_times),
        TEST(threads_inside_of_the_allocator),
        TEST(threads_inside_of_the_allocator_at_a_bare_fork),
    };
    return agent_start() ? cmocka_run_group_tests_name("listing", tests, NULL, NULL) : 1;
}
