#include "monitors.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "jvm.h"
#include "methods.h"
#include "old_threads.h"
#include "state/gate.h"
#include "state/self.h"
#include "state/threads.h"

enum { MONITORS_MAX = 1000, SAID_TIME = 1, SAID_COUNT = 2 };

static unsigned patience_ms = 200;
static bool wanted;
static JavaVM *vm;
static bool capable;
static struct fw_thread_state_place place;
static _Atomic bool ready;

struct survey {
    jvmtiEnv *jvmti;
    JNIEnv *env;
    uint32_t fork;
    uint32_t sent;
    uint64_t deadline_ns;
};

void fw_monitors_want(void)
{
    wanted = true;
}

void fw_monitors_init(JavaVM *the_vm, jvmtiEnv *jvmti)
{
    if (!wanted) {
        return;
    }
    vm = the_vm;
    jvmtiCapabilities wish;
    memset(&wish, 0, sizeof wish);
    wish.can_get_owned_monitor_info = 1;
    wish.can_get_owned_monitor_stack_depth_info = 1;
    /* HotSpot grants them in the OnLoad phase alone (jvmtiManageCapabilities.cpp). */
    capable = (*jvmti)->AddCapabilities(jvmti, &wish) == JVMTI_ERROR_NONE;
    if (!capable) {
        fw_stream_note(
            FW_LEVEL_WARN,
            "java-locks=on has no effect: HotSpot tells who owns monitors only to agents that it starts with");
    }
}

void fw_monitors_live(jvmtiEnv *jvmti, JNIEnv *env)
{
    if (capable && fw_thread_state_find(jvmti, env, &place)) {
        atomic_store_explicit(&ready, true, memory_order_release);
    } else if (capable) {
        fw_stream_note(FW_LEVEL_WARN, "java-locks=on: this JVM does not tell its threads' states");
    }
}

/* The other ways' child runs nothing but an exec. */
static bool copies_memory(enum fw_call call)
{
    return call == FW_CALL_FORK || call == FW_CALL_FORKPTY || call == FW_CALL_DAEMON ||
           call == FW_CALL_UNDERSCORE_FORK || call == FW_CALL_CLONE || call == FW_CALL_SYSCALL;
}

static void say_once(unsigned what, const char *text)
{
    static _Atomic unsigned said;
    if (!(atomic_fetch_or(&said, what) & what)) {
        fw_stream_note(FW_LEVEL_WARN, text);
    }
}

static bool has_room(const struct survey *survey)
{
    if (survey->sent >= MONITORS_MAX) {
        say_once(SAID_COUNT, "java-locks=on: more than 1000 monitors were owned at a fork: some are not told");
        return false;
    }
    if (fw_now_ns() >= survey->deadline_ns) {
        say_once(SAID_TIME, "java-locks=on: the monitors of all threads take more than 200 ms: some are not told");
        return false;
    }
    return true;
}

static void send(struct survey *survey, uint32_t thread, jobject monitor, const struct fw_java_frame *frame)
{
    jvmtiEnv *jvmti = survey->jvmti;
    jint hash = 0;
    char *signature = NULL;
    jclass type = (*survey->env)->GetObjectClass(survey->env, monitor);
    if ((*jvmti)->GetObjectHashCode(jvmti, monitor, &hash) == JVMTI_ERROR_NONE &&
        (*jvmti)->GetClassSignature(jvmti, type, &signature, NULL) == JVMTI_ERROR_NONE) {
        uint8_t buffer[1024];
        struct fw_frame record;
        fw_frame_begin(&record, buffer, sizeof buffer, FW_RECORD_MONITOR);
        fw_frame_uint(&record, FW_KEY_FORK, survey->fork);
        fw_frame_uint(&record, FW_KEY_THREAD, thread);
        fw_frame_uint(&record, FW_KEY_ADDRESS, (uint32_t)hash);
        fw_frame_text(&record, FW_KEY_CLASS, signature, 512);
        if (frame->method) {
            fw_frame_uint(&record, FW_KEY_METHOD, (uintptr_t)frame->method);
            fw_frame_int(&record, FW_KEY_BCI, frame->bci);
        }
        fw_frame_send(&record);
        survey->sent++;
    }
    (*jvmti)->Deallocate(jvmti, (unsigned char *)signature);
    (*survey->env)->DeleteLocalRef(survey->env, type);
}

static struct fw_java_frame frame_at(jvmtiEnv *jvmti, jthread thread, jint depth)
{
    struct fw_java_frame frame = {.bci = 0, .method = NULL};
    jmethodID method = NULL;
    jlocation bci = 0;
    /* -1: entered by JNI's MonitorEnter. */
    if (depth >= 0 && (*jvmti)->GetFrameLocation(jvmti, thread, depth, &method, &bci) == JVMTI_ERROR_NONE) {
        frame = (struct fw_java_frame){.bci = (int32_t)bci, .method = method};
    }
    return frame;
}

/* What a thread owns, in the order in which it entered; the frames were asked for one by one, and the thread may have
 * gone on meanwhile. */
struct owned {
    jint count;
    jvmtiMonitorStackDepthInfo *infos;
};

static struct owned ask(jvmtiEnv *jvmti, jthread thread)
{
    struct owned owned = {.count = 0, .infos = NULL};
    if ((*jvmti)->GetOwnedMonitorStackDepthInfo(jvmti, thread, &owned.count, &owned.infos) != JVMTI_ERROR_NONE) {
        owned = (struct owned){.count = 0, .infos = NULL};
    }
    return owned;
}

static void forget(struct survey *survey, struct owned *owned)
{
    for (jint i = 0; i < owned->count; i++) {
        (*survey->env)->DeleteLocalRef(survey->env, owned->infos[i].monitor);
    }
    (*survey->jvmti)->Deallocate(survey->jvmti, (unsigned char *)owned->infos);
}

/* The frame of the monitor's owner, if the thread owned it at the same depth before and after the frame was asked for.
 */
static struct fw_java_frame frame_of(struct survey *survey, jthread thread, const struct owned *before,
                                     const jvmtiMonitorStackDepthInfo *monitor)
{
    struct fw_java_frame none = {.bci = 0, .method = NULL};
    struct fw_java_frame frame = frame_at(survey->jvmti, thread, monitor->stack_depth);
    struct owned after = ask(survey->jvmti, thread);
    bool stayed = false;
    for (jint i = 0; i < before->count && i < after.count && !stayed; i++) {
        stayed = after.infos[i].stack_depth == monitor->stack_depth &&
                 (*survey->env)->IsSameObject(survey->env, after.infos[i].monitor, monitor->monitor);
    }
    forget(survey, &after);
    return stayed ? frame : none;
}

static uint32_t slot_of(jvmtiEnv *jvmti, jthread thread)
{
    void *handle = NULL;
    if ((*jvmti)->GetThreadLocalStorage(jvmti, thread, &handle) != JVMTI_ERROR_NONE || !handle) {
        return 0;
    }
    const struct fw_thread *slot = fw_threads_of((uintptr_t)handle);
    return slot ? atomic_load(&slot->id) : 0;
}

static bool send_all_of(struct survey *survey, jthread thread)
{
    bool room = true;
    if (!fw_gate_enter()) {
        return false;
    }
    uint32_t id = slot_of(survey->jvmti, thread);
    struct owned owned = ask(survey->jvmti, thread);
    fw_gate_leave();
    for (jint i = 0; id && i < owned.count && (room = has_room(survey)) && (room = fw_gate_enter()); i++) {
        struct fw_java_frame frame = frame_of(survey, thread, &owned, &owned.infos[i]);
        send(survey, id, owned.infos[i].monitor, &frame);
        fw_gate_leave();
        if (frame.method) {
            fw_methods_resolve_one(survey->jvmti, survey->env, &frame);
        }
    }
    forget(survey, &owned);
    return room;
}

static void send_all(struct survey *survey)
{
    JNIEnv *env = survey->env;
    jint count = 0;
    jthread *threads = NULL;
    if ((*survey->jvmti)->GetAllThreads(survey->jvmti, &count, &threads) != JVMTI_ERROR_NONE) {
        return;
    }
    /* For -Xcheck:jni, which counts the references of this frame. */
    (*env)->EnsureLocalCapacity(env, count + MONITORS_MAX);
    for (jint i = 0; i < count && has_room(survey) && send_all_of(survey, threads[i]); i++) {
    }
    (*survey->jvmti)->Deallocate(survey->jvmti, (unsigned char *)threads);
}

void fw_monitors_set_patience(unsigned milliseconds)
{
    patience_ms = milliseconds;
}

void fw_monitors_send(uint32_t fork, enum fw_call call)
{
    JNIEnv *env = NULL;
    if (!atomic_load_explicit(&ready, memory_order_acquire) || fw_in_child() || !copies_memory(call) ||
        (*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_6) != JNI_OK || !fw_thread_state_is_native(env, &place)) {
        return;
    }
    int saved = errno;
    struct survey survey = {.env = env, .fork = fork, .deadline_ns = fw_now_ns() + patience_ms * 1000000ull};
    survey.jvmti = fw_jvm_ask();
    if (survey.jvmti) {
        /* Nothing of this is left to the application's frame. */
        if ((*env)->PushLocalFrame(env, 16) == 0) {
            send_all(&survey);
            (*env)->PopLocalFrame(env, NULL);
        }
        fw_jvm_asked();
    }
    errno = saved;
}
