/* Hooks beside those on forks: the spawn family, threads, fork handlers. */
#include "hooks/hooks.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/process.h"
#include "hooks/atfork.h"
#include "hooks/fork.h"
#include "hooks/loader.h"
#include "hooks/spawn.h"
#include "hooks/threads.h"
#include "state/functions.h"
#include "state/self.h"
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

static sigjmp_buf timed_out;

static int leave_system(const char *command)
{
    (void)command;
    siglongjmp(timed_out, 1);
}

static pid_t forked_inside;

/* As a signal handler would. */
static int fork_inside(const char *command)
{
    (void)command;
    forked_inside = fw_hook_fork();
    if (forked_inside == 0) {
        fw_hook__exit(0);
    }
    return status_of(forked_inside);
}

/* By a signal handler, say: the next fork is one of its own, and so is one that the handler makes. */
static void a_call_that_is_left(void **state)
{
    (void)state;
    struct story story;
    int (*original)(const char *) = fw_original_system;
    fw_original_system = leave_system;
    if (sigsetjmp(timed_out, 1) == 0) {
        fw_hook_system("sleep 9");
        fail();
    }
    assert_int_equal(fw_self.fork, 0);
    fw_original_system = fork_inside;
    assert_int_equal(fw_hook_system("true"), 0);
    fw_original_system = original;
    uint64_t left = expect_fork(FW_CALL_SYSTEM);
    assert_true(expect_fork(FW_CALL_SYSTEM) > left);
    read_story(expect_fork(FW_CALL_FORK), &story);
    assert_int_equal(story.result_pid, forked_inside);
    assert_int_equal(story.child_pid, forked_inside);
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

struct seen {
    struct fw_thread *thread;
    pthread_t self;
    uintptr_t handle;
    bool ended;
    pthread_key_t key;
};

/* As an interposer of pthread_create does whose own code runs first in the thread. */
struct wrapped {
    void *(*start)(void *);
    void *argument;
};
static int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static void *call_a_hook_first(void *argument)
{
    struct wrapped wrapped = *(struct wrapped *)argument;
    assert_non_null(fw_threads_self(NULL));
    return wrapped.start(wrapped.argument);
}

static int create_wrapped(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    static struct wrapped wrapped;
    wrapped = (struct wrapped){start, argument};
    return create(thread, attributes, call_a_hook_first, &wrapped);
}

static void a_thread_that_was_known_too_early(void **state)
{
    (void)state;
    pthread_t thread;
    pid_t tid = 0;
    create = fw_original_pthread_create;
    fw_original_pthread_create = create_wrapped;
    assert_int_equal(fw_hook_pthread_create(&thread, NULL, note_tid, &tid), 0);
    fw_original_pthread_create = create;
    pthread_join(thread, NULL);
    assert_int_not_equal(tid, 0);
    /* None of its two slots is left. */
    assert_null(fw_threads_find(tid));
}

static void look_late(void *argument)
{
    struct seen *seen = argument;
    seen->ended = fw_self.ended && !fw_self.thread;
}

static void *look(void *argument)
{
    struct seen *seen = argument;
    seen->thread = fw_self.thread;
    seen->self = pthread_self();
    seen->handle = fw_self.thread ? fw_self.thread->handle : 0;
    pthread_setspecific(seen->key, seen);
    return NULL;
}

/* Its handle is known; and after its end, when destructors of other keys may still call hooks, it has no slot. */
static bool a_thread_is_right(struct seen *seen)
{
    pthread_t thread;
    memset(seen, 0, sizeof *seen);
    return pthread_key_create(&seen->key, look_late) == 0 && fw_hook_pthread_create(&thread, NULL, look, seen) == 0 &&
           pthread_join(thread, NULL) == 0 && pthread_key_delete(seen->key) == 0 && seen->thread &&
           pthread_equal(thread, seen->self) && seen->handle == (uintptr_t)thread && seen->ended &&
           atomic_load(&seen->thread->state) == FW_SLOT_FREE;
}

static void a_threads_handle_and_end(void **state)
{
    (void)state;
    struct seen seen;
    assert_true(a_thread_is_right(&seen));
}

/* The same in a child, in whose table it has a slot of its own; the report's threads are those of the JVM's process. */
static void a_thread_of_a_child(void **state)
{
    (void)state;
    struct decoded frame;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        struct seen seen;
        uint32_t own = fw_self.thread->id;
        fw_hook__exit(a_thread_is_right(&seen) && seen.thread->id > own ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    bool called = false;
    while (pipe_next(&frame)) {
        uint64_t type = decoded_number(&frame, FW_KEY_TYPE);
        assert_int_not_equal(type, FW_RECORD_THREAD);
        assert_int_not_equal(type, FW_RECORD_THREAD_END);
        called |= type == FW_RECORD_CALL && decoded_number(&frame, FW_KEY_CALLED) == FW_FN_pthread_create;
    }
    assert_true(called);
}

struct forking {
    pid_t pid;
    struct fw_thread *thread;
    pthread_t self;
};

static void *look_after(void *argument)
{
    const struct forking *forking = argument;
    pthread_join(forking->self, NULL);
    fw_hook__exit(atomic_load(&forking->thread->state) == FW_SLOT_LIVE ? 0 : 1);
}

static void *fork_and_end(void *argument)
{
    struct forking *forking = argument;
    pthread_t thread;
    forking->thread = fw_self.thread;
    forking->self = pthread_self();
    forking->pid = fw_hook_fork();
    if (forking->pid == 0 && pthread_create(&thread, NULL, look_after, forking) != 0) {
        fw_hook__exit(2);
    }
    return NULL;
}

/* What the forking thread held stays held in the child when that thread ends there. */
static void the_forking_thread_keeps_its_slot_in_the_child(void **state)
{
    (void)state;
    struct forking forking;
    pthread_t thread;
    assert_int_equal(fw_hook_pthread_create(&thread, NULL, fork_and_end, &forking), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(atomic_load(&forking.thread->state), FW_SLOT_FREE);
    assert_int_equal(status_of(forking.pid), 0);
    pipe_drain();
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

static void *name_itself(void *argument)
{
    fw_hook_pthread_setname_np(pthread_self(), "by pthread");
    fw_hook_prctl(PR_SET_NAME, "by prctl and cut", 0, 0, 0);
    prctl(PR_GET_NAME, argument);
    return NULL;
}

static void a_new_name_is_told_at_once(void **state)
{
    (void)state;
    struct decoded frame;
    pthread_t thread;
    char name[17] = "";
    assert_int_equal(fw_hook_pthread_create(&thread, NULL, name_itself, name), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(name, "by prctl and cu");
    assert_true(pipe_next_of(FW_RECORD_THREAD_NAME, &frame));
    assert_true(decoded_text_is(&frame, FW_KEY_NAME, "by pthread"));
    assert_true(pipe_next_of(FW_RECORD_THREAD_NAME, &frame));
    assert_true(decoded_text_is(&frame, FW_KEY_NAME, "by prctl and cu"));
    assert_null(decoded_item(&frame, FW_KEY_KIND));
    assert_int_equal(fw_hook_prctl(-1, 0, 0, 0, 0), -1);
    assert_int_equal(errno, EINVAL);
    pipe_drain();
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

static void call_them_all(void)
{
    char *const argv[] = {"x", NULL};
    pid_t pid;
    int primary = -1;
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    fw_hook_posix_spawn(&pid, "no such program", NULL, NULL, argv, environ);
    fw_hook_posix_spawnp(&pid, "no such program", NULL, NULL, argv, environ);
    fw_hook_system(NULL);
    fw_hook_popen("", "no such mode");
    fw_hook_register_atfork(NULL, NULL, NULL, NULL);
    fw_hook_dlsym(RTLD_DEFAULT, "fork");
    bool found = fw_hook_dlsym(libc, "fork") == (void *)fw_hook_fork;
    fw_hook_dlclose(libc);
    pid = fw_hook_forkpty(&primary, NULL, NULL, NULL);
    if (pid == 0) {
        _exit(0);
    }
    /* No frame of it comes later. */
    waitpid(pid, NULL, 0);
    fw_hook__exit(found ? 0 : 1);
}

/* What a child calls of the named hooks is recorded, each once; in the JVM's process nothing is. */
static void calls_in_a_child(void **state)
{
    (void)state;
    struct decoded frame;
    static const uint32_t calls[] = {FW_FN_posix_spawn,       FW_FN_posix_spawnp, FW_FN_system,  FW_FN_popen,
                                     FW_FN___register_atfork, FW_FN_dlsym,        FW_FN_dlclose, FW_FN_forkpty};
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        call_them_all();
    }
    assert_int_equal(status_of(pid), 0);
    uint64_t fork = expect_fork(FW_CALL_FORK);
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
        assert_true(pipe_next_of(FW_RECORD_CALL, &frame));
        assert_int_equal(decoded_number(&frame, FW_KEY_PROC), fork);
        assert_int_equal(decoded_number(&frame, FW_KEY_CALLED), calls[i]);
        assert_in_range(decoded_number(&frame, FW_KEY_STACK), 1, UINT32_MAX);
    }
    assert_false(pipe_next_of(FW_RECORD_CALL, &frame));
    fw_hook_dlsym(RTLD_DEFAULT, "fork");
    fw_hook_system(NULL);
    assert_false(pipe_next(&frame));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, forks_set_up, forks_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_spawn_family),
        TEST(a_call_that_is_left),
        TEST(a_thread_that_was_known_too_early),
        TEST(threads_begin_and_end),
        TEST(a_threads_handle_and_end),
        TEST(a_thread_of_a_child),
        TEST(the_forking_thread_keeps_its_slot_in_the_child),
        TEST(a_new_name_is_told_at_once),
        TEST(a_thread_that_cannot_be_made_leaves_nothing),
        TEST(calls_in_a_child),
        TEST(handlers_are_reported),
    };
    return agent_start() ? cmocka_run_group_tests_name("hooks", tests, NULL, NULL) : 1;
}
