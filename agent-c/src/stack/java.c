#include "java.h"

#include <stdatomic.h>
#include <ucontext.h>

#include "state/self.h"

struct call_trace {
    JNIEnv *env;
    jint frames;
    struct fw_java_frame *frame;
};
typedef void (*get_call_trace_fn)(struct call_trace *trace, jint depth, void *context);

/* forte.cpp: why there are no frames, a number below 0. */
enum { TICKS_GC_ACTIVE = -2 };
/* A hook of fork may wait longer than a fork handler or pthread_create: the line to blame is worth it, and the caller's
 * return to Java would wait for the collection as well. */
static const uint64_t GC_PATIENCE_NS = 20000000;
static const uint64_t GC_PATIENCE_HOOK_NS = 200000000;

static JavaVM *vm;
static jvmtiEnv *jvmti;
static get_call_trace_fn get_call_trace;
static _Atomic bool ready;

void fw_java_stack_init(JavaVM *the_vm, jvmtiEnv *the_jvmti, void *call_trace)
{
    vm = the_vm;
    jvmti = the_jvmti;
    get_call_trace = (get_call_trace_fn)call_trace;
    atomic_store_explicit(&ready, true, memory_order_release);
}

void fw_java_stack_stop(void)
{
    atomic_store_explicit(&ready, false, memory_order_release);
}

/* JVMTI's frames have another order of fields; they are turned in place, which the equal sizes allow. */
static uint32_t by_jvmti(struct fw_java_frame *frames)
{
    _Static_assert(sizeof(jvmtiFrameInfo) == sizeof(struct fw_java_frame), "turned in place");
    jvmtiFrameInfo *info = (jvmtiFrameInfo *)frames;
    jint count = 0;
    if ((*jvmti)->GetStackTrace(jvmti, NULL, 0, FW_JAVA_DEPTH, info, &count) != JVMTI_ERROR_NONE) {
        return 0;
    }
    for (jint i = 0; i < count; i++) {
        jvmtiFrameInfo one = info[i];
        frames[i] = (struct fw_java_frame){.bci = (int32_t)one.location, .method = one.method};
    }
    return (uint32_t)count;
}

uint32_t fw_java_stack(struct fw_java_frame *frames, void *context, bool may_block)
{
    JNIEnv *env = NULL;
    /* GetEnv for a JNI version looks into thread-local storage and nothing else. */
    if (!atomic_load_explicit(&ready, memory_order_acquire) ||
        (*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_6) != JNI_OK) {
        return 0;
    }
    if (!get_call_trace) {
        return may_block ? by_jvmti(frames) : 0;
    }
    uint64_t deadline = 0;
    for (;;) {
        struct call_trace trace = {.env = env, .frame = frames};
        getcontext(context);
        get_call_trace(&trace, FW_JAVA_DEPTH, context);
        if (trace.frames != TICKS_GC_ACTIVE || fw_in_child()) {
            return trace.frames > 0 ? (uint32_t)trace.frames : 0;
        }
        uint64_t now = fw_now_ns();
        if (!deadline) {
            deadline = now + (may_block ? GC_PATIENCE_HOOK_NS : GC_PATIENCE_NS);
        }
        if (now >= deadline) {
            return 0;
        }
        fw_pause();
    }
}

uint32_t fw_java_stack_of(JNIEnv *env, struct fw_java_frame *frames)
{
    struct call_trace trace = {.env = env, .frame = frames};
    if (get_call_trace && atomic_load_explicit(&ready, memory_order_acquire)) {
        /* Without registers a thread in Java code has no frame to begin with (os_linux_*.cpp,
         * fetch_frame_from_context); any other begins at its last Java frame. */
        get_call_trace(&trace, FW_JAVA_DEPTH, NULL);
    }
    return trace.frames > 0 ? (uint32_t)trace.frames : 0;
}
