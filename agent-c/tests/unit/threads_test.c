/* The thread table. It is made once a process, so each group of tests runs on what the one before left: empty slots. */
#include "state/threads.h"

#include <stdlib.h>

#include "state/self.h"
#include "support/crowd.h"
#include "support/unit.h"

/* No thread of the machine has such an id: it is above PID_MAX_LIMIT (proc(5), /proc/sys/kernel/pid_max). */
enum { NO_TID = 1 << 23 };

enum { CAPACITY = 64 };

static unsigned live(void)
{
    unsigned count = 0;
    uint32_t position = 0;
    while (fw_threads_next(&position)) {
        count++;
    }
    return count;
}

static int nothing_is_left(void **state)
{
    (void)state;
    return live() == 0 ? 0 : -1;
}

static void a_slot_is_live_between_live_and_release(void **state)
{
    (void)state;
    struct fw_thread *thread = fw_threads_claim();
    assert_non_null(thread);
    assert_int_equal(live(), 0);
    assert_null(fw_threads_find(NO_TID));
    fw_threads_live(thread, NO_TID);
    assert_int_equal(live(), 1);
    assert_ptr_equal(fw_threads_find(NO_TID), thread);
    assert_int_not_equal(thread->started_ns, 0);
    fw_threads_release(thread);
    assert_null(fw_threads_find(NO_TID));
}

/* As a forked child does with its own thread's. */
static void a_thread_with_another_number(void **state)
{
    (void)state;
    enum { ANOTHER = NO_TID + 1 };
    struct fw_thread *thread = fw_threads_claim();
    struct fw_thread *other = fw_threads_claim();
    fw_threads_live(thread, NO_TID);
    fw_threads_live(other, NO_TID + 2);
    assert_int_equal(fw_thread_tid(thread), NO_TID);
    fw_threads_renumber(thread, ANOTHER);
    assert_int_equal(fw_thread_tid(thread), ANOTHER);
    assert_int_equal(fw_thread_tid(other), NO_TID + 2);
    assert_ptr_equal(fw_threads_find(ANOTHER), thread);
    assert_null(fw_threads_find(NO_TID));
    /* In a child of that child, which another thread made. */
    fw_threads_renumber(other, NO_TID + 4);
    assert_int_equal(fw_thread_tid(thread), ANOTHER);
    assert_int_equal(fw_thread_tid(other), NO_TID + 4);
    fw_threads_renumber(thread, ANOTHER);
    assert_int_equal(fw_thread_tid(other), NO_TID + 4);
    /* The slot's next owner has its own. */
    fw_threads_release(thread);
    assert_ptr_equal(fw_threads_claim(), thread);
    fw_threads_live(thread, NO_TID + 3);
    assert_int_equal(fw_thread_tid(thread), NO_TID + 3);
    fw_threads_release(thread);
    fw_threads_release(other);
}

static void a_new_owner_finds_an_empty_slot(void **state)
{
    (void)state;
    struct fw_thread *thread = fw_threads_claim();
    uint32_t id = thread->id;
    thread->seen = true;
    thread->creator = 5;
    thread->stack = 6;
    thread->argument = thread;
    atomic_store(&thread->kind, 2);
    strcpy(thread->name, "old");
    fw_threads_live(thread, NO_TID);
    fw_threads_release(thread);
    struct fw_thread *next = fw_threads_claim();
    assert_ptr_equal(next, thread);
    assert_true(next->id > id);
    assert_true(next->seen);
    assert_int_equal(next->creator, 0);
    assert_int_equal(next->stack, 0);
    assert_null(next->argument);
    assert_int_equal(atomic_load(&next->kind), 0);
    assert_string_equal(next->name, "");
    fw_threads_release(next);
}

static void a_handle_ends_with_its_thread(void **state)
{
    (void)state;
    struct fw_thread *thread = fw_threads_claim();
    uint64_t handle = fw_threads_handle(thread);
    assert_int_not_equal(handle, 0);
    assert_null(fw_threads_of(handle)); /* not live yet */
    fw_threads_live(thread, NO_TID);
    assert_ptr_equal(fw_threads_of(handle), thread);
    fw_threads_release(thread);
    assert_null(fw_threads_of(handle));
    struct fw_thread *next = fw_threads_claim();
    assert_ptr_equal(next, thread);
    fw_threads_live(next, NO_TID);
    assert_null(fw_threads_of(handle)); /* the same slot, another thread */
    fw_threads_release(next);
}

static void the_running_thread_finds_itself(void **state)
{
    (void)state;
    bool is_new = false;
    fw_self.thread = NULL;
    struct fw_thread *self = fw_threads_self(&is_new);
    assert_true(is_new);
    assert_int_equal(atomic_load(&self->tid), fw_gettid());
    assert_ptr_equal(fw_threads_self(&is_new), self);
    assert_false(is_new);
    fw_self.thread = NULL; /* known to the table alone */
    assert_ptr_equal(fw_threads_self(&is_new), self);
    assert_false(is_new);
    assert_ptr_equal(fw_threads_self(NULL), self);
    fw_threads_release(self);
    fw_self.thread = NULL;
}

static void a_full_table_refuses_and_counts(void **state)
{
    (void)state;
    struct fw_thread *all[CAPACITY];
    uint32_t before = fw_threads_untracked();
    for (int i = 0; i < CAPACITY; i++) {
        all[i] = fw_threads_claim();
        assert_non_null(all[i]);
        fw_threads_live(all[i], NO_TID + i);
    }
    assert_null(fw_threads_claim());
    fw_self.thread = NULL;
    assert_null(fw_threads_self(NULL));
    assert_int_equal(fw_threads_untracked(), before + 2);
    assert_int_equal(live(), CAPACITY);
    for (int i = 0; i < CAPACITY; i++) {
        assert_ptr_equal(fw_threads_find(NO_TID + i), all[i]);
    }
    /* One that is given back in the middle is found again. */
    fw_threads_release(all[40]);
    assert_ptr_equal(fw_threads_claim(), all[40]);
    for (int i = 0; i < CAPACITY; i++) {
        fw_threads_release(all[i]);
    }
}

/* Low slots first, so that the used part of the table stays small. */
static void slots_are_used_again_from_below(void **state)
{
    (void)state;
    struct fw_thread *first = fw_threads_claim();
    struct fw_thread *second = fw_threads_claim();
    assert_ptr_equal(second, first + 1);
    fw_threads_release(first);
    fw_threads_release(second);
    for (int i = 0; i < 3 * CAPACITY; i++) {
        struct fw_thread *thread = fw_threads_claim();
        assert_true(thread <= second);
        fw_threads_release(thread);
    }
}

enum { THREADS = 16, ROUNDS = 400, HELD = 4 };

struct hammer {
    int tid;
    unsigned problems;
    uint32_t ids[ROUNDS * HELD];
};

static void check_held(struct hammer *hammer, struct fw_thread *const *held, int base)
{
    for (int i = 0; i < HELD; i++) {
        hammer->problems += fw_threads_find(base + i) != held[i];
        hammer->problems += fw_threads_of(fw_threads_handle(held[i])) != held[i];
        hammer->problems += held[i]->creator != (uint32_t)base + (uint32_t)i;
    }
}

/* 16 threads hold 4 slots each: the table is exactly full at times, never too small. */
static void take_and_give_back(void *argument)
{
    struct hammer *hammer = argument;
    for (int round = 0; round < ROUNDS; round++) {
        struct fw_thread *held[HELD];
        for (int i = 0; i < HELD; i++) {
            while (!(held[i] = fw_threads_claim())) {
                /* One search can pass a slot just before it comes free. */
            }
            held[i]->creator = (uint32_t)(hammer->tid + i);
            hammer->ids[round * HELD + i] = held[i]->id;
            fw_threads_live(held[i], hammer->tid + i);
        }
        check_held(hammer, held, hammer->tid);
        for (int i = 0; i < HELD; i++) {
            fw_threads_release(held[i]);
        }
    }
}

static int by_value(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void sixteen_threads_at_once(void **state)
{
    (void)state;
    static struct hammer hammers[THREADS];
    static uint32_t ids[THREADS * ROUNDS * HELD];
    for (int i = 0; i < THREADS; i++) {
        hammers[i].tid = NO_TID + i * HELD;
    }
    crowd_run(THREADS, take_and_give_back, hammers, sizeof hammers[0]);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(hammers[i].problems, 0);
        memcpy(ids + (size_t)i * ROUNDS * HELD, hammers[i].ids, sizeof hammers[i].ids);
    }
    qsort(ids, ARRAY_SIZE(ids), sizeof ids[0], by_value);
    for (size_t i = 1; i < ARRAY_SIZE(ids); i++) {
        assert_int_not_equal(ids[i], ids[i - 1]);
    }
    /* None lost: all slots can be taken again. */
    struct fw_thread *all[CAPACITY];
    for (int i = 0; i < CAPACITY; i++) {
        assert_non_null(all[i] = fw_threads_claim());
    }
    for (int i = 0; i < CAPACITY; i++) {
        fw_threads_release(all[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, nothing_is_left, nothing_is_left)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_slot_is_live_between_live_and_release), TEST(a_thread_with_another_number),
        TEST(a_new_owner_finds_an_empty_slot),         TEST(a_handle_ends_with_its_thread),
        TEST(the_running_thread_finds_itself),         TEST(slots_are_used_again_from_below),
        TEST(a_full_table_refuses_and_counts),         TEST(sixteen_threads_at_once),
    };
    return fw_threads_init(CAPACITY) ? cmocka_run_group_tests_name("threads", tests, NULL, NULL) : 1;
}
