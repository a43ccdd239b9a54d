/* Forks of a thread that is inside the agent, as a signal handler makes them: a JVM's stack walk stands for the signal.
 */
#include <jni.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/process.h"
#include "hooks/fork.h"
#include "hooks/spawn.h"
#include "stack/capture.h"
#include "stack/java.h"
#include "state/self.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/unit.h"

/* As java.c hands it to AsyncGetCallTrace. */
struct call_trace {
    JNIEnv *env;
    jint frames;
    struct fw_java_frame *frame;
};

enum { DEPTH = 4 };

/* Runs once in the middle of a walk. */
static void (*interruption)(void);

static void fill(struct fw_java_frame *frames, uintptr_t method)
{
    for (int i = 0; i < DEPTH; i++) {
        frames[i] = (struct fw_java_frame){.bci = i, .method = (void *)(method + (uintptr_t)i)};
    }
}

static void walk(struct call_trace *trace, jint depth, void *context)
{
    static uintptr_t next_method = 1000;
    (void)depth;
    (void)context;
    uintptr_t method = next_method += DEPTH;
    fill(trace->frame, method);
    if (interruption) {
        void (*interrupt)(void) = interruption;
        interruption = NULL;
        interrupt();
    }
    for (int i = 0; i < DEPTH; i++) {
        if (trace->frame[i].method != (void *)(method + (uintptr_t)i) || trace->frame[i].bci != i) {
            _exit(9);
        }
    }
    trace->frames = DEPTH;
}

static jint get_env(JavaVM *vm, void **env, jint version)
{
    static const struct JNINativeInterface_ *table;
    static JNIEnv jni;
    (void)vm;
    (void)version;
    jni = table;
    *env = &jni;
    return JNI_OK;
}

static int set_up(void **state)
{
    static const struct JNIInvokeInterface_ table = {.GetEnv = get_env};
    static JavaVM vm = &table;
    fw_java_stack_init(&vm, NULL, (void *)walk);
    return forks_set_up(state);
}

static int tear_down(void **state)
{
    fw_java_stack_stop();
    return forks_tear_down(state);
}

static pid_t forked;

static void fork_here(void)
{
    forked = fw_hook_fork();
    if (forked == 0) {
        fw_capture_stack(false);
    }
}

/* What the walk has written so far is still there when the handler has returned, in the child as well, where stacks
 * have been taken meanwhile. */
static void a_stack_that_was_being_taken(void **state)
{
    (void)state;
    interruption = fork_here;
    assert_int_not_equal(fw_capture_stack(false), 0);
    if (forked == 0) {
        fw_hook__exit(fw_capture_stack(false) != 0 ? 0 : 1);
    }
    assert_int_equal(status_of(forked), 0);
    pipe_drain();
}

static void end_here(void)
{
    _exit(3);
}

/* It has the parent's memory, and gives nothing back. */
static void vfork_children_that_are_killed_in_a_walk(void **state)
{
    (void)state;
    enum { MORE_THAN_THERE_IS_ROOM_FOR = 100 };
    pid_t (*volatile make)(void) = fw_hook_vfork;
    for (int i = 0; i < MORE_THAN_THERE_IS_ROOM_FOR; i++) {
        pid_t pid = make();
        if (pid == 0) {
            interruption = end_here;
            fw_capture_stack(false);
            _exit(4);
        }
        assert_int_equal(WEXITSTATUS(status_of(pid)), 3);
        pipe_drain();
    }
    assert_int_not_equal(fw_capture_stack(false), 0);
    pipe_drain();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stack_that_was_being_taken),
        TEST(vfork_children_that_are_killed_in_a_walk),
    };
    return agent_start() ? cmocka_run_group_tests_name("interrupted", tests, NULL, NULL) : 1;
}
