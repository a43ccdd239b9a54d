/* Entry points of the JVMTI agent. Wiring only. */
#include <jvmti.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "hooks/api.h"
#include "hooks/fork.h"
#include "hooks/guard.h"
#include "hooks/hooks.h"
#include "hooks/quick_locks.h"
#include "hooks/threads.h"
#include "jvm/jvm.h"
#include "jvm/monitors.h"
#include "options.h"
#include "patch/objects.h"
#include "patch/patch.h"
#include "stack/capture.h"
#include "stack/native.h"
#include "state/calm.h"
#include "state/children.h"
#include "state/clock.h"
#include "state/self.h"
#include "state/shared.h"
#include "state/threads.h"
#include "watch/allocator.h"
#include "watch/hello.h"
#include "watch/output.h"
#include "watch/sweep.h"
#include "watch/watch.h"

enum { THREADS_MAX = 1 << 15 };

static struct fw_options options;
static atomic_flag loaded = ATOMIC_FLAG_INIT;
/* The process that the agent thread runs in; 0 before. */
static _Atomic int started_in;

static bool read_options(const char *text)
{
    char error[768];
    fw_options_defaults(&options);
    if (!fw_options_parse(&options, getenv("FORKWITNESS_OPTIONS"), error, sizeof error) ||
        !fw_options_parse(&options, text, error, sizeof error) ||
        (!options.help && !fw_options_check(&options, error, sizeof error))) {
        fw_log("%s", error);
        return false;
    }
    return true;
}

static void print_help(void)
{
    char text[4096];
    fw_options_help(text, sizeof text);
    fputs(text, stdout);
    fflush(stdout);
}

static bool make_state(void)
{
    return fw_shared_init() && fw_children_init() && fw_threads_init(THREADS_MAX) && fw_capture_init() &&
           fw_objects_init();
}

/* True where more threads run than java's launcher has: a host that makes its JVM late may have cancelled some before.
 */
static bool is_in_a_program_of_threads(void)
{
    enum { LAUNCHERS = 2 };
    uint32_t position = 0;
    int count = 0;
    while (fw_threads_next(&position)) {
        count++;
    }
    return count > LAUNCHERS;
}

/* The order is the correctness: the stream first, since everything reports into it; the originals before any slot is
 * patched; the threads that exist before the first that is created through a hook; fork handlers before the hooks,
 * since a child that no handler marked would take itself for the JVM's process. */
static void start(JavaVM *vm, bool attached)
{
    fw_native_stack_warm_up();
    if (!make_state()) {
        fw_log("cannot start: no memory for its tables");
        return;
    }
    if (!fw_output_open(&options)) {
        return;
    }
    fw_hello_init(&options, attached);
    if (attached) {
        fw_allocator_came_late();
        fw_quick_locks_cancel();
    }
    fw_hello_send();
    fw_sweep_threads();
    if (is_in_a_program_of_threads()) {
        fw_quick_locks_cancel();
    }
    fw_clock_set();
    fw_patch_init(fw_hooks, fw_hook_count);
    fw_functions_init();
    fw_patch_init(fw_function_hooks, fw_function_hook_count);
    fw_patch_offer(fw_api_hooks, fw_api_hook_count);
    fw_guard_init(options.guard, options.guard_timeout_ms);
    fw_threads_hooks_init();
    fw_calm_init();
    if (!fw_fork_handlers_init()) {
        fw_log("cannot start: no memory for fork handlers");
        return;
    }
    fw_objects_scan(true);
    if (strcmp(options.java_locks, "on") == 0) {
        fw_monitors_want();
    }
    if (fw_jvm_init(vm, attached)) {
        fw_jvm_send();
    }
    if (!fw_watch_start(&options, fw_hook_pthread_create)) {
        fw_log("cannot start a thread of its own: nothing is collected");
        fw_jvm_never_wait();
        return;
    }
    started_in = fw_getpid();
}

/* Runs in exit(3), behind the application's last words: what it forks in its own exit handlers is still seen. A program
 * that hosts a JVM need not destroy it: R and uWSGI just end, and no VMDeath comes. A child that calls exit is told by
 * its own hooks, where somebody saw the fork; one that nobody saw has another pid. */
static void __attribute__((destructor)) end(void)
{
    if (started_in == fw_getpid() && !fw_in_child()) {
        fw_jvm_end();
        fw_output_end();
    }
}

/* Trouble that is not the option string's never stops the JVM. */
static jint load(JavaVM *vm, const char *text, bool attached)
{
    if (atomic_flag_test_and_set(&loaded)) {
        fw_log("already at work in this process; options are taken once");
        return attached ? JNI_ERR : JNI_OK;
    }
    if (!read_options(text)) {
        atomic_flag_clear(&loaded);
        return JNI_ERR;
    }
    if (options.help) {
        print_help();
        if (!attached) {
            exit(0);
        }
        atomic_flag_clear(&loaded);
        return JNI_OK;
    }
    start(vm, attached);
    return JNI_OK;
}

FW_EXPORT JNIEXPORT jint JNICALL Agent_OnLoad(JavaVM *vm, char *text, void *reserved)
{
    (void)reserved;
    return load(vm, text, false);
}

FW_EXPORT JNIEXPORT jint JNICALL Agent_OnAttach(JavaVM *vm, char *text, void *reserved)
{
    (void)reserved;
    return load(vm, text, true);
}
