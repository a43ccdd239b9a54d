/* The Java frames of a vanished thread: which thread the JVM is made to take for the running one, and when it is not
 * asked at all. */
#include "child/java_holder.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "hooks/fork.h"
#include "hooks/locks.h"
#include "hooks/threads.h"
#include "patch/objects.h"
#include "stack/dictionary.h"
#include "stack/java.h"
#include "state/self.h"
#include "support/agent.h"
#include "support/forks.h"
#include "support/unit.h"

/* A JavaThread as HotSpot lays it out: an object of libjvm with the JNIEnv in it. */
struct java_thread {
    const void *table;
    char fields[200];
    const struct JNINativeInterface_ *functions; /* the JNIEnv */
    char more[200];
};
static const char table_in_libjvm;
static const struct JNINativeInterface_ functions;
static const struct JNINativeInterface_ other_functions;
static struct java_thread own = {.table = &table_in_libjvm, .functions = &functions};
static struct java_thread vanished;
static pthread_key_t key;

bool is_in_libjvm(const void *address) __asm__("__wrap_fw_objects_is_libjvm");
bool is_in_libjvm(const void *address)
{
    return address == &table_in_libjvm;
}

/* The JVM's answer to GetSystemProperty. */
static const char *build = "release";

static jvmtiError JNICALL get_property(jvmtiEnv *env, const char *name, char **value)
{
    (void)env;
    assert_string_equal(name, "jdk.debug");
    *value = strdup(build);
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL deallocate(jvmtiEnv *env, unsigned char *text)
{
    (void)env;
    free(text);
    return JVMTI_ERROR_NONE;
}

static struct jvmtiInterface_1_ jvmti_functions = {.GetSystemProperty = get_property, .Deallocate = deallocate};
static jvmtiEnv jvmti = &jvmti_functions;

/* This process's own threads are none of the JVM's. */
static jint JNICALL get_env(JavaVM *vm, void **env, jint version)
{
    (void)vm;
    (void)env;
    (void)version;
    return JNI_EDETACHED;
}

static const struct JNIInvokeInterface_ vm_functions = {.GetEnv = get_env};
static JavaVM vm = &vm_functions;

/* As AsyncGetCallTrace is called (HotSpot, src/hotspot/share/prims/forte.cpp). */
struct call_trace {
    void *env;
    jint frames;
    struct fw_java_frame *frame;
};
enum { INNER = 0x7001, OUTER = 0x7002, INNER_BCI = -3, OUTER_BCI = 17 };

static void call_trace(struct call_trace *trace, jint depth, void *context)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    bool right = pthread_getspecific(key) == &vanished && trace->env == &vanished.functions && !context && depth >= 2 &&
                 sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGSEGV) == 0;
    trace->frames = right ? 2 : 0;
    trace->frame[0] = (struct fw_java_frame){.bci = INNER_BCI, .method = (void *)INNER};
    trace->frame[1] = (struct fw_java_frame){.bci = OUTER_BCI, .method = (void *)OUTER};
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool ready;
static _Atomic bool stop;
static pthread_t holder;

static void *hold(void *argument)
{
    (void)argument;
    fw_self.thread->jni = &vanished.functions;
    fw_hook_pthread_mutex_lock(&lock);
    atomic_store(&ready, true);
    while (!atomic_load(&stop)) {
        sched_yield();
    }
    fw_hook_pthread_mutex_unlock(&lock);
    fw_self.thread->jni = NULL;
    return NULL;
}

static int set_up(void **state)
{
    forks_set_up(state);
    build = "release";
    vanished = (struct java_thread){.table = &table_in_libjvm, .functions = &functions};
    fw_java_holder_init(&jvmti, &own.functions);
    atomic_store(&ready, false);
    atomic_store(&stop, false);
    if (fw_hook_pthread_create(&holder, NULL, hold, NULL) != 0) {
        return -1;
    }
    while (!atomic_load(&ready)) {
        sched_yield();
    }
    return 0;
}

static int tear_down(void **state)
{
    atomic_store(&stop, true);
    pthread_join(holder, NULL);
    return forks_tear_down(state);
}

/* The child's HOLDER; the child ends with 1 where its own thread is not the running one afterwards. */
static void fork_and_read(struct decoded *frame)
{
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        sigset_t blocked;
        sigemptyset(&blocked);
        pthread_sigmask(SIG_BLOCK, NULL, &blocked);
        _exit(pthread_getspecific(key) == &own && sigismember(&blocked, SIGTERM) == 0 ? 0 : 1);
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next_of(FW_RECORD_HOLDER, frame));
}

static void expect_no_frames(void)
{
    struct decoded frame;
    fork_and_read(&frame);
    assert_null(decoded_item(&frame, FW_KEY_FRAMES));
    pipe_drain();
}

static void frames_of_the_vanished_thread(void **state)
{
    (void)state;
    struct decoded frame;
    uint32_t stacks = fw_dictionary_count();
    fork_and_read(&frame);
    const struct item *frames = decoded_item(&frame, FW_KEY_FRAMES);
    assert_non_null(frames);
    assert_int_equal(frames->number, 4);
    const int64_t expected[] = {INNER, INNER_BCI, OUTER, OUTER_BCI};
    const uint8_t *at = frames->bytes;
    for (int i = 0; i < 4; i++) {
        struct item item;
        at = decode_item(at, at + 16, &item);
        assert_int_equal(item_signed(&item), expected[i]);
    }
    pipe_drain();
    /* For the agent thread, which tells what the methods are called: they are of this process. */
    const struct fw_stack *stack = NULL;
    for (uint32_t id = stacks + 1; id <= fw_dictionary_count() && !(stack && stack->java == 2); id++) {
        stack = fw_dictionary_get(id);
    }
    assert_non_null(stack);
    assert_int_equal(stack->java, 2);
    assert_ptr_equal(stack->frames[0].method, (void *)INNER);
    assert_false(stack->foreign);
}

static void not_in_a_debug_build(void **state)
{
    (void)state;
    build = "fastdebug";
    fw_java_holder_init(&jvmti, &own.functions);
    expect_no_frames();
}

static void not_where_the_threads_place_is_not_known(void **state)
{
    (void)state;
    assert_int_equal(pthread_setspecific(key, NULL), 0);
    fw_java_holder_init(&jvmti, &own.functions);
    assert_int_equal(pthread_setspecific(key, &own), 0);
    expect_no_frames();
}

static void not_of_a_thread_that_left_the_jvm(void **state)
{
    (void)state;
    vanished.functions = &other_functions;
    expect_no_frames();
    vanished.functions = &functions;
    vanished.table = NULL;
    expect_no_frames();
}

static void not_in_a_childs_child(void **state)
{
    (void)state;
    struct decoded frame;
    pid_t pid = fw_hook_fork();
    if (pid == 0) {
        pid_t inner = fw_hook_fork();
        if (inner == 0) {
            _exit(0);
        }
        _exit(status_of(inner));
    }
    assert_int_equal(status_of(pid), 0);
    assert_true(pipe_next_of(FW_RECORD_HOLDER, &frame));
    assert_non_null(decoded_item(&frame, FW_KEY_FRAMES));
    assert_true(pipe_next_of(FW_RECORD_HOLDER, &frame));
    assert_null(decoded_item(&frame, FW_KEY_FRAMES));
    pipe_drain();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(frames_of_the_vanished_thread),
        TEST(not_in_a_debug_build),
        TEST(not_where_the_threads_place_is_not_known),
        TEST(not_of_a_thread_that_left_the_jvm),
        TEST(not_in_a_childs_child),
    };
    if (!agent_start() || pthread_key_create(&key, NULL) != 0 || pthread_setspecific(key, &own) != 0) {
        return 1;
    }
    fw_java_stack_init(&vm, &jvmti, (void *)call_trace);
    return cmocka_run_group_tests_name("java_holder", tests, NULL, NULL);
}
