/* forkwitness.h as libraries use it: a library built from the header alone, loaded before the agent starts and after.
 */
#include "hooks/api.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "hooks/fork.h"
#include "hooks/threads.h"
#include "patch/objects.h"
#include "state/self.h"
#include "state/thread_records.h"
#include "support/agent.h"
#include "support/crowd.h"
#include "support/forks.h"
#include "support/holder.h"
#include "support/unit.h"

typedef int lock_fn(pthread_mutex_t *, const char *);
static lock_fn *name_lock;
static lock_fn *lock_aware;
static int (*this_thread)(const char *);
static int (*of_tid)(int, const char *);
static int (*of_thread)(pthread_t, const char *);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void find(void *library)
{
    name_lock = (lock_fn *)dlsym(library, "marker_name");
    lock_aware = (lock_fn *)dlsym(library, "marker_lock_aware");
    *(void **)&this_thread = dlsym(library, "marker_this_thread");
    *(void **)&of_tid = dlsym(library, "marker_tid");
    *(void **)&of_thread = dlsym(library, "marker_thread");
    assert_non_null(name_lock);
    assert_non_null(of_thread);
}

static void expect_lock(const char *name, const char *reason)
{
    struct decoded frame;
    assert_true(pipe_next_of(FW_RECORD_LOCK_NAME, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_ADDRESS), (uintptr_t)&mutex);
    assert_true(name ? decoded_text_is(&frame, FW_KEY_NAME, name) : !decoded_item(&frame, FW_KEY_NAME));
    assert_true(reason ? decoded_text_is(&frame, FW_KEY_REASON, reason) : !decoded_item(&frame, FW_KEY_REASON));
}

static void expect_thread(const struct fw_thread *thread, const char *reason)
{
    struct decoded frame;
    assert_true(pipe_next_of(FW_RECORD_THREAD_AWARE, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), thread->id);
    assert_true(decoded_text_is(&frame, FW_KEY_REASON, reason));
    assert_int_equal(thread->fork_aware, reason[0] != '\0');
}

static void expect_nothing(void)
{
    struct decoded frame;
    assert_false(pipe_next(&frame));
}

static void locks(void **state)
{
    (void)state;
    errno = EDOM;
    char text[] = "g_lock";
    assert_int_equal(name_lock(&mutex, text), 1);
    /* It was copied. */
    text[0] = 'x';
    assert_int_equal(lock_aware(&mutex, "a handler frees it"), 1);
    assert_int_equal(errno, EDOM);
    assert_true(fw_lock_is_aware((uintptr_t)&mutex));
    assert_string_equal(fw_mark_get(fw_mark_of_lock((uintptr_t)&mutex), FW_MARK_NAME), "g_lock");
    expect_lock("g_lock", NULL);
    expect_lock("g_lock", "a handler frees it");
    assert_int_equal(name_lock(&mutex, NULL), 1);
    expect_lock(NULL, "a handler frees it");
    assert_int_equal(lock_aware(&mutex, NULL), 1);
    expect_lock(NULL, NULL);
    assert_false(fw_lock_is_aware((uintptr_t)&mutex));
    expect_nothing();
}

static void what_is_no_lock(void **state)
{
    (void)state;
    assert_int_equal(name_lock(NULL, "none"), 0);
    assert_int_equal(name_lock((pthread_mutex_t *)((char *)&mutex + 1), "odd"), 0);
    expect_nothing();
}

static void a_destroyed_lock_is_nobody(void **state)
{
    (void)state;
    fw_lock_forgotten(&mutex);
    expect_nothing();
    assert_int_equal(name_lock(&mutex, "short-lived"), 1);
    assert_int_equal(lock_aware(&mutex, "short-lived"), 1);
    pipe_drain();
    fw_lock_forgotten(&mutex);
    expect_lock(NULL, NULL);
    assert_false(fw_lock_is_aware((uintptr_t)&mutex));
    fw_lock_forgotten(&mutex);
    expect_nothing();
}

static void the_calling_thread(void **state)
{
    (void)state;
    errno = EDOM;
    assert_int_equal(this_thread("a test's"), 1);
    assert_int_equal(errno, EDOM);
    expect_thread(fw_self.thread, "a test's");
    assert_int_equal(this_thread(NULL), 1);
    expect_thread(fw_self.thread, "");
    assert_int_equal(of_thread(pthread_self(), "by handle"), 1);
    expect_thread(fw_self.thread, "by handle");
    assert_int_equal(of_tid(fw_gettid(), ""), 1);
    expect_thread(fw_self.thread, "");
}

static void another_thread(void **state)
{
    (void)state;
    const struct holder *other = holder_begin_mutex(&mutex);
    int tid = atomic_load(&other->slot->tid);
    pipe_drain();
    assert_int_equal(of_tid(tid, "by id"), 1);
    expect_thread(other->slot, "by id");
    assert_int_equal(of_thread(other->thread, "by handle"), 1);
    expect_thread(other->slot, "by handle");
    uint64_t mark = fw_mark_of_thread(other->slot->id);
    assert_non_null(fw_mark_get(mark, FW_MARK_AWARE));
    holder_end();
    /* With the thread its mark has ended. */
    assert_null(fw_mark_get(mark, FW_MARK_AWARE));
    pipe_drain();
    assert_int_equal(of_tid(tid, "too late"), 0);
    expect_nothing();
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    char text[FW_MARK_TEXT + 8];
    memset(text, 'n', sizeof text);
    /* Two bytes, the second of which is one too many. */
    memcpy(text + FW_MARK_TEXT - 1, "\xc3\xbc", 2);
    text[sizeof text - 1] = '\0';
    assert_int_equal(name_lock(&mutex, text), 1);
    text[FW_MARK_TEXT - 1] = '\0';
    expect_lock(text, NULL);
    assert_string_equal(fw_mark_get(fw_mark_of_lock((uintptr_t)&mutex), FW_MARK_NAME), text);
    fw_lock_forgotten(&mutex);
}

static void a_new_reader_is_told_all(void **state)
{
    (void)state;
    name_lock(&mutex, "g_lock");
    this_thread("a test's");
    pipe_drain();
    fw_api_send_all();
    unsigned locks_seen = 0;
    unsigned threads_seen = 0;
    struct decoded frame;
    while (pipe_next(&frame)) {
        if (decoded_number(&frame, FW_KEY_TYPE) == FW_RECORD_LOCK_NAME) {
            locks_seen++;
            assert_true(decoded_text_is(&frame, FW_KEY_NAME, "g_lock"));
        } else {
            threads_seen++;
            assert_true(decoded_text_is(&frame, FW_KEY_REASON, "a test's"));
        }
    }
    assert_int_equal(locks_seen, 1);
    assert_int_equal(threads_seen, 1);
    fw_lock_forgotten(&mutex);
    this_thread(NULL);
}

static void a_child_says_nothing(void **state)
{
    (void)state;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        _exit(name_lock(&mutex, "a child's") + this_thread("a child's"));
    }
    assert_int_equal(status_of(pid), 0);
    struct decoded frame;
    assert_false(pipe_next_of(FW_RECORD_LOCK_NAME, &frame));
}

enum { THREADS = 8, LOCKS = 64, ROUNDS = 300 };
static uint32_t ground[THREADS][LOCKS];

/* Each its own locks, all of them side by side in the table. */
static void name_many(void *argument)
{
    uint32_t *own = *(uint32_t(*)[LOCKS])argument;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < LOCKS; i++) {
            uint64_t about = fw_mark_of_lock((uintptr_t)&own[i]);
            assert_true(fw_mark_set(about, FW_MARK_NAME, round & 1 ? "odd" : "even"));
            assert_string_equal(fw_mark_get(about, FW_MARK_NAME), round & 1 ? "odd" : "even");
            if (i & 1) {
                assert_true(fw_mark_forget(about));
                assert_null(fw_mark_get(about, FW_MARK_NAME));
            }
        }
    }
}

static void many_threads_at_once(void **state)
{
    (void)state;
    crowd_run(THREADS, name_many, ground, sizeof ground[0]);
    for (unsigned thread = 0; thread < THREADS; thread++) {
        for (unsigned i = 0; i < LOCKS; i++) {
            assert_int_equal(fw_mark_forget(fw_mark_of_lock((uintptr_t)&ground[thread][i])), !(i & 1));
        }
    }
}

static void a_full_table(void **state)
{
    (void)state;
    unsigned taken = 0;
    for (uintptr_t i = 0; i < (size_t)2 * FW_MARKS_MAX; i++) {
        taken += fw_mark_set(fw_mark_of_lock(0x100000 + i * 40), FW_MARK_NAME, "one of many");
    }
    assert_in_range(taken, FW_MARKS_MAX / 2, FW_MARKS_MAX);
    for (uintptr_t i = 0; i < (size_t)2 * FW_MARKS_MAX; i++) {
        fw_mark_forget(fw_mark_of_lock(0x100000 + i * 40));
    }
    assert_int_equal(name_lock(&mutex, "room again"), 1);
    fw_lock_forgotten(&mutex);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

/* Loaded before: its slots hold 0 until the agent's first look at it. */
static void before_the_agent_is_there(void **state)
{
    (void)state;
    pipe_open();
    find(dlopen(MARKER, RTLD_NOW | RTLD_LOCAL));
    assert_int_equal(name_lock(&mutex, "too early"), 0);
    assert_int_equal(this_thread("too early"), 0);
    assert_true(agent_start());
    assert_int_equal(name_lock(&mutex, "too early"), 0);
    fw_objects_scan(true);
    /* Or the test's own output, which the hooks see from now on, would be the first to tell of this thread. */
    fw_thread_self();
    pipe_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_agent_is_there),
        TEST(locks),
        TEST(what_is_no_lock),
        TEST(a_destroyed_lock_is_nobody),
        TEST(the_calling_thread),
        TEST(another_thread),
        TEST(texts_are_cut_between_characters),
        TEST(a_new_reader_is_told_all),
        TEST(a_child_says_nothing),
        TEST(many_threads_at_once),
        TEST(a_full_table),
    };
    return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
