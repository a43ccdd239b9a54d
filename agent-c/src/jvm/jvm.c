#include "jvm.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#include "child/java_holder.h"
#include "child/jni.h"
#include "hooks/hooks.h"
#include "identity.h"
#include "methods.h"
#include "monitors.h"
#include "old_threads.h"
#include "stack/java.h"
#include "state/gate.h"
#include "state/self.h"
#include "state/thread_records.h"
#include "state/work.h"
#include "stream/stream.h"

static JavaVM *vm;
static jvmtiEnv *jvmti;
static _Atomic bool live;
static _Atomic bool ending;
/* The agent thread has seen the end: the collector is started, the thread detached. */
static _Atomic bool released;
/* The agent thread is attached to the JVM. */
static _Atomic bool attached;
/* Held by the thread that asks JVMTI outside of an event, and for good once the JVM is dead. */
static atomic_flag asking = ATOMIC_FLAG_INIT;

bool fw_jvm_is_ending(void)
{
    return atomic_load_explicit(&ending, memory_order_acquire);
}

bool fw_jvm_is_live(void)
{
    return atomic_load_explicit(&live, memory_order_acquire);
}

static JNIEnv *environment(void)
{
    JNIEnv *env = NULL;
    return (*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_6) == JNI_OK ? env : NULL;
}

/* The events below come in a child as well that goes on in Java; there the agent asks nothing of the JVM. */

/* AsyncGetCallTrace gives frames only of methods that have a jmethodID, and asking for a class's methods makes them
 * (forte.cpp). */
static void make_method_ids(jclass type)
{
    jint count;
    jmethodID *methods;
    if ((*jvmti)->GetClassMethods(jvmti, type, &count, &methods) == JVMTI_ERROR_NONE) {
        (*jvmti)->Deallocate(jvmti, (unsigned char *)methods);
    }
}

static void make_all_method_ids(JNIEnv *env)
{
    jint count;
    jclass *types;
    if ((*jvmti)->GetLoadedClasses(jvmti, &count, &types) != JVMTI_ERROR_NONE) {
        return;
    }
    (*env)->EnsureLocalCapacity(env, count); /* for -Xcheck:jni, which counts references */
    for (jint i = 0; i < count; i++) {
        make_method_ids(types[i]);
        (*env)->DeleteLocalRef(env, types[i]);
    }
    (*jvmti)->Deallocate(jvmti, (unsigned char *)types);
}

static void name_thread(jthread thread, struct fw_thread *slot)
{
    jvmtiThreadInfo info;
    memset(&info, 0, sizeof info);
    if (slot && (*jvmti)->GetThreadInfo(jvmti, thread, &info) == JVMTI_ERROR_NONE) {
        fw_thread_rename(slot, info.name, FW_THREAD_KIND_JAVA);
        (*jvmti)->Deallocate(jvmti, (unsigned char *)info.name);
        JNIEnv *env = environment();
        if (env && info.thread_group) {
            (*env)->DeleteLocalRef(env, info.thread_group);
        }
        if (env && info.context_class_loader) {
            (*env)->DeleteLocalRef(env, info.context_class_loader);
        }
    }
}

/* Runs on the new thread: ties the Java thread to the slot of the thread that it is. */
static void JNICALL on_thread_start(jvmtiEnv *env, JNIEnv *jni, jthread thread)
{
    if (fw_in_child()) {
        return;
    }
    struct fw_thread *slot = fw_thread_self();
    fw_self.jni = jni;
    if (slot) {
        slot->jni = jni;
        (*env)->SetThreadLocalStorage(env, NULL, (void *)(uintptr_t)fw_threads_handle(slot));
        name_thread(thread, slot);
    }
}

/* Runs on the ending thread: its last chance to have a Java name. */
static void JNICALL on_thread_end(jvmtiEnv *env, JNIEnv *jni, jthread thread)
{
    /* In a child, too: it may leave the JVM there, and fork again. */
    fw_self.jni = NULL;
    if (fw_in_child()) {
        return;
    }
    (void)env;
    (void)jni;
    /* A thread that is older than the agent has a slot, but may not know it yet. */
    struct fw_thread *slot = fw_self.ended ? fw_self.thread : fw_thread_self();
    name_thread(thread, slot);
    if (slot) {
        slot->jni = NULL;
    }
}

static void JNICALL on_class_load(jvmtiEnv *env, JNIEnv *jni, jthread thread, jclass type)
{
    /* AsyncGetCallTrace works only while this event is enabled (forte.cpp, should_post_class_load). */
    (void)env;
    (void)jni;
    (void)thread;
    (void)type;
}

static void JNICALL on_class_prepare(jvmtiEnv *env, JNIEnv *jni, jthread thread, jclass type)
{
    if (fw_in_child()) {
        return;
    }
    (void)env;
    (void)jni;
    (void)thread;
    make_method_ids(type);
}

static void *find_call_trace(void)
{
    Dl_info info;
    if (!dladdr((const void *)(*vm)->GetEnv, &info)) {
        return NULL;
    }
    void *libjvm = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = libjvm ? dlsym(libjvm, "AsyncGetCallTrace") : NULL;
    if (libjvm) {
        dlclose(libjvm);
    }
    return symbol;
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const jvmtiEvent at_start[] = {JVMTI_EVENT_VM_INIT, JVMTI_EVENT_VM_DEATH};
/* Classes that were loaded before are asked for all at once. */
static const jvmtiEvent when_live[] = {JVMTI_EVENT_THREAD_START, JVMTI_EVENT_THREAD_END, JVMTI_EVENT_CLASS_LOAD,
                                       JVMTI_EVENT_CLASS_PREPARE};

static bool enable(const jvmtiEvent *events, size_t count)
{
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        done = (*jvmti)->SetEventNotificationMode(jvmti, JVMTI_ENABLE, events[i], NULL) == JVMTI_ERROR_NONE;
    }
    return done;
}

static void become_live(JNIEnv *env)
{
    enable(when_live, COUNT(when_live));
    make_all_method_ids(env);
    fw_old_threads(jvmti, env, name_thread);
    fw_java_stack_init(vm, jvmti, find_call_trace());
    fw_jni_init(vm, env);
    fw_java_holder_init(jvmti, env);
    fw_monitors_live(jvmti, env);
    atomic_store_explicit(&live, true, memory_order_release);
    fw_work_wake();
}

static void JNICALL on_vm_init(jvmtiEnv *env, JNIEnv *jni, jthread thread)
{
    (void)env;
    (void)thread;
    become_live(jni);
}

/* False where forks leave no time. */
static bool name_one(jthread thread)
{
    void *handle = NULL;
    if (!fw_gate_enter()) {
        return false;
    }
    if ((*jvmti)->GetThreadLocalStorage(jvmti, thread, &handle) == JVMTI_ERROR_NONE && handle) {
        name_thread(thread, fw_threads_of((uintptr_t)handle));
    }
    fw_gate_leave();
    return true;
}

/* Every call stands in the gate by itself, so that a fork waits for one and not for all. Where forks leave no time, the
 * rest of the names waits for the next turn: the JVM's end may wait for this one. */
static void name_threads(JNIEnv *env)
{
    jint count;
    jthread *threads;
    if (!fw_gate_enter()) {
        return;
    }
    bool going = (*jvmti)->GetAllThreads(jvmti, &count, &threads) == JVMTI_ERROR_NONE;
    fw_gate_leave();
    if (!going) {
        return;
    }
    (*env)->EnsureLocalCapacity(env, count);
    for (jint i = 0; i < count; i++) {
        going = going && name_one(threads[i]);
        /* The agent thread never returns to Java, which is what frees local references; this takes no lock. */
        (*env)->DeleteLocalRef(env, threads[i]);
    }
    bool gated = fw_gate_enter();
    (*jvmti)->Deallocate(jvmti, (unsigned char *)threads);
    if (gated) {
        fw_gate_leave();
    }
}

/* A daemon thread in native state makes HotSpot's exit wait 300 ms for it (vmOperations.cpp,
 * VM_Exit::wait_for_threads_in_native_to_block). And somebody must read what was sent: the agent thread starts the
 * collector, where it has not yet. */
void fw_jvm_end(void)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&said)) {
        return;
    }
    fw_stream_counters(FW_RECORD_BYE);
    atomic_store(&ending, true);
    fw_work_wake();
    for (int tries = 0; tries < 2000 && !atomic_load(&released); tries++) {
        fw_pause();
    }
}

static void JNICALL on_vm_death(jvmtiEnv *env, JNIEnv *jni)
{
    if (fw_in_child()) {
        return;
    }
    (void)env;
    /* Waits for the agent thread if it is at it, and never lets go: no JVMTI from now on. */
    while (atomic_flag_test_and_set(&asking)) {
        fw_pause();
    }
    atomic_store(&live, false);
    fw_jni_stop();
    fw_java_stack_stop();
    /* Names of the last moment's forks. */
    name_threads(jni);
    fw_methods_resolve(jvmti, jni, true);
    fw_jvm_end();
}

void fw_jvm_attach_thread(void)
{
    bool now = atomic_load(&attached);
    if (fw_jvm_is_live() && !now) {
        JavaVMAttachArgs arguments = {.version = JNI_VERSION_1_6, .name = "forkwitness", .group = NULL};
        JNIEnv *env;
        if (fw_gate_enter()) {
            atomic_store(&attached, (*vm)->AttachCurrentThreadAsDaemon(vm, (void **)&env, &arguments) == JNI_OK);
            fw_gate_leave();
        }
    } else if (!fw_jvm_is_live() && now) {
        bool gated = fw_gate_enter();
        (*vm)->DetachCurrentThread(vm);
        atomic_store(&attached, false);
        if (gated) {
            fw_gate_leave();
        }
    }
}

void fw_jvm_never_wait(void)
{
    atomic_store(&released, true);
}

void fw_jvm_release(bool seen_ending)
{
    /* Where the host ends without the JVM, nobody waits for the agent thread's detaching. */
    if (seen_ending && (fw_jvm_is_live() || !atomic_load(&attached))) {
        atomic_store(&released, true);
    }
}

void fw_jvm_resolve(bool names)
{
    if (atomic_flag_test_and_set(&asking)) {
        return;
    }
    JNIEnv *env = environment();
    if (env && fw_jvm_is_live()) {
        if (names) {
            name_threads(env);
        }
        fw_methods_resolve(jvmti, env, false);
    }
    atomic_flag_clear(&asking);
}

jvmtiEnv *fw_jvm_ask(void)
{
    /* The agent thread may be at it, for the names of some methods. */
    const uint64_t patience_ns = 20000000;
    uint64_t deadline = fw_now_ns() + patience_ns;
    while (fw_jvm_is_live()) {
        if (!atomic_flag_test_and_set(&asking)) {
            return jvmti;
        }
        if (fw_now_ns() >= deadline) {
            return NULL;
        }
        fw_pause();
    }
    return NULL;
}

void fw_jvm_asked(void)
{
    atomic_flag_clear(&asking);
}

void fw_jvm_forget(void)
{
    if (!atomic_flag_test_and_set(&asking)) {
        fw_methods_forget();
        atomic_flag_clear(&asking);
    }
}

static bool add_capabilities(void)
{
    jvmtiCapabilities wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.can_get_source_file_name = 1;
    wanted.can_get_line_numbers = 1;
    return (*jvmti)->AddCapabilities(jvmti, &wanted) == JVMTI_ERROR_NONE;
}

static bool set_callbacks(void)
{
    jvmtiEventCallbacks callbacks;
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.VMInit = on_vm_init;
    callbacks.VMDeath = on_vm_death;
    callbacks.ThreadStart = on_thread_start;
    callbacks.ThreadEnd = on_thread_end;
    callbacks.ClassLoad = on_class_load;
    callbacks.ClassPrepare = on_class_prepare;
    return (*jvmti)->SetEventCallbacks(jvmti, &callbacks, sizeof callbacks) == JVMTI_ERROR_NONE;
}

bool fw_jvm_init(JavaVM *the_vm, bool already_live)
{
    vm = the_vm;
    if ((*vm)->GetEnv(vm, (void **)&jvmti, JVMTI_VERSION_1_2) != JNI_OK || !fw_methods_init() || !add_capabilities() ||
        !set_callbacks() || !enable(at_start, COUNT(at_start))) {
        fw_log("this JVM gives no JVMTI environment: forks are reported without Java frames");
        if (jvmti) {
            (*jvmti)->DisposeEnvironment(jvmti);
            jvmti = NULL;
        }
        return false;
    }
    fw_monitors_init(vm, jvmti);
    fw_identity_read(jvmti);
    if (already_live) {
        fw_old_jvm_threads();
        JNIEnv *env = environment();
        if (env) {
            become_live(env);
        }
    }
    return true;
}
