/* Hooks beside those on forks: the spawn family, threads, fork handlers. */
#include "hooks/hooks.h"

#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hooks/atfork.h"
#include "hooks/fork.h"
#include "hooks/spawn.h"
#include "hooks/threads.h"
#include "state/threads.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/unit.h"

static void the_spawn_family(void **state)
{
    (void)state;
    struct story story;
    struct decoded frame;
    char *const argv[] = {"sh", "-c", "exit 2", NULL};
    pid_t pid = 0;
    assert_int_equal(fw_hook_posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ), 0);
    assert_int_equal(WEXITSTATUS(status_of(pid)), 2);
    assert_true(pipe_next_of(FW_RECORD_FORK, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_CALL), FW_CALL_POSIX_SPAWN);
    assert_true(decoded_text_is(&frame, FW_KEY_COMMAND, "/bin/sh"));
    read_story(decoded_number(&frame, FW_KEY_FORK), &story);
    assert_int_equal(story.result_pid, pid);
    assert_int_equal(story.next_seq, 0);

    pid = 1234;
    assert_int_equal(fw_hook_posix_spawnp(&pid, "no such program", NULL, NULL, argv, environ), ENOENT);
    assert_int_equal(pid, 1234);
    read_story(expect_fork(FW_CALL_POSIX_SPAWNP), &story);
    assert_int_equal(story.result_errno, ENOENT);

    assert_int_equal(WEXITSTATUS(fw_hook_system("exit 3")), 3);
    assert_true(pipe_next_of(FW_RECORD_FORK, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_CALL), FW_CALL_SYSTEM);
    assert_true(decoded_text_is(&frame, FW_KEY_COMMAND, "/bin/sh")); /* not the command line */
    pipe_drain();

    assert_int_not_equal(fw_hook_system(NULL), 0);
    assert_false(pipe_next(&frame)); /* a question, no process */

    FILE *stream = fw_hook_popen("exit 4", "r");
    assert_int_equal(WEXITSTATUS(pclose(stream)), 4);
    expect_fork(FW_CALL_POPEN);
    pipe_drain();
}

static void *note_tid(void *argument)
{
    *(int *)argument = fw_gettid();
    return argument;
}

static void threads_begin_and_end(void **state)
{
    (void)state;
    struct decoded frame;
    pthread_t thread;
    void *result = NULL;
    int tid = 0;
    assert_int_equal(fw_hook_pthread_create(&thread, NULL, note_tid, &tid), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &tid);
    do {
        assert_true(pipe_next_of(FW_RECORD_THREAD, &frame));
    } while (decoded_number(&frame, FW_KEY_TID) != (uint64_t)tid);
    uint64_t id = decoded_number(&frame, FW_KEY_THREAD);
    assert_int_equal(decoded_number(&frame, FW_KEY_SEEN), 21);
    assert_int_equal(decoded_number(&frame, FW_KEY_CREATOR), fw_threads_self(NULL)->id);
    assert_int_equal(decoded_number(&frame, FW_KEY_START_ROUTINE), (uintptr_t)note_tid);
    assert_non_null(decoded_item(&frame, FW_KEY_STACK));
    assert_true(pipe_next_of(FW_RECORD_THREAD_END, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_THREAD), id);
    assert_null(fw_threads_find(tid));
}

static void a_thread_that_cannot_be_made_leaves_nothing(void **state)
{
    (void)state;
    struct decoded frame;
    pthread_t thread;
    pthread_attr_t attributes;
    fw_threads_self(NULL);
    pthread_attr_init(&attributes);
    /* More than any address space has. */
    assert_int_equal(pthread_attr_setstacksize(&attributes, (size_t)1 << 60), 0);
    struct fw_thread *before = fw_threads_claim();
    fw_threads_release(before);
    assert_int_not_equal(fw_hook_pthread_create(&thread, &attributes, note_tid, &thread), 0);
    struct fw_thread *after = fw_threads_claim();
    assert_ptr_equal(after, before);
    fw_threads_release(after);
    assert_false(pipe_next_of(FW_RECORD_THREAD_END, &frame));
    pthread_attr_destroy(&attributes);
}

static int handled;

static void handle(void)
{
    handled++;
}

static void handlers_are_reported(void **state)
{
    (void)state;
    struct decoded frame;
    assert_int_equal(fw_hook_register_atfork(NULL, handle, NULL, NULL), 0);
    assert_true(pipe_next_of(FW_RECORD_ATFORK, &frame));
    assert_int_equal(decoded_number(&frame, FW_KEY_PARENT), (uintptr_t)handle);
    assert_null(decoded_item(&frame, FW_KEY_PREPARE));
    assert_null(decoded_item(&frame, FW_KEY_CHILD_HANDLER));
    assert_non_null(decoded_item(&frame, FW_KEY_STACK));
    assert_int_equal(decoded_number(&frame, FW_KEY_EPOCH), 1);
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(status_of(pid), 0);
    assert_int_equal(handled, 1);
    pipe_drain();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_spawn_family),
        TEST(threads_begin_and_end),
        TEST(a_thread_that_cannot_be_made_leaves_nothing),
        TEST(handlers_are_reported),
    };
    return agent_start() ? cmocka_run_group_tests_name("hooks", tests, NULL, NULL) : 1;
}
