#include "methods.h"

#include <string.h>

#include "stack/dictionary.h"
#include "state/calm.h"
#include "state/gate.h"
#include "stream/stream.h"

/* What was sent: pairs of method and bci, open addressing; bci NONE stands for the method itself, UNFOUND for one that
 * the JVM has not. */
enum { SENT_MAX = 1 << 17, NONE = -4, UNFOUND = -5 };
static struct fw_java_frame *sent;
static uint32_t sent_count;
static uint32_t next_stack = 1;

/* Frames of children, of methods that no stack of the JVM's own process has shown. They may be addresses in the child's
 * memory, which JVMTI must not be given. */
enum { WANTED_MAX = 2 * FW_JAVA_DEPTH };
static struct fw_java_frame wanted[WANTED_MAX];
static uint32_t wanted_count;
/* When they may be looked for again among the methods of all classes, which takes milliseconds: at most so often, and
 * never more than a hundredth of the time. */
static uint64_t search_due;
static const uint64_t SEARCH_NS = 1000000000;
enum { SEARCH_SHARE = 100 };

bool fw_methods_init(void)
{
    /* A child that is not recognised as one takes itself for the JVM. */
    sent = fw_calm_wipes ? fw_map_unforked(SENT_MAX * sizeof *sent) : fw_map(SENT_MAX * sizeof *sent);
    return sent != NULL;
}

void fw_methods_forget(void)
{
    memset(sent, 0, SENT_MAX * sizeof *sent);
    sent_count = 0;
    next_stack = 1;
    wanted_count = 0;
}

static uint32_t place_of(const void *method, int32_t bci)
{
    uint64_t hash = ((uintptr_t)method >> 3) * 0x9e3779b97f4a7c15u + (uint32_t)bci * 0xbf58476d1ce4e5b9u;
    return (uint32_t)(hash >> 40);
}

/* True the first time. When the table is nearly full, everything counts as sent. */
static bool first_time(void *method, int32_t bci)
{
    for (uint32_t at = place_of(method, bci);; at++) {
        struct fw_java_frame *entry = &sent[at % SENT_MAX];
        if (entry->method == method && entry->bci == bci) {
            return false;
        }
        if (!entry->method) {
            if (sent_count >= SENT_MAX / 4 * 3) {
                return false;
            }
            sent_count++;
            *entry = (struct fw_java_frame){.bci = bci, .method = method};
            return true;
        }
    }
}

static bool is_known(const void *method, int32_t bci)
{
    for (uint32_t at = place_of(method, bci);; at++) {
        const struct fw_java_frame *entry = &sent[at % SENT_MAX];
        if (!entry->method || (entry->method == method && entry->bci == bci)) {
            return entry->method != NULL;
        }
    }
}

static void send_method(jvmtiEnv *jvmti, JNIEnv *env, jmethodID method)
{
    jclass type = NULL;
    char *signature = NULL;
    char *name = NULL;
    char *file = NULL;
    /* A method whose class was unloaded: the stack keeps a frame without a name. */
    if ((*jvmti)->GetMethodDeclaringClass(jvmti, method, &type) != JVMTI_ERROR_NONE) {
        return;
    }
    if ((*jvmti)->GetClassSignature(jvmti, type, &signature, NULL) == JVMTI_ERROR_NONE &&
        (*jvmti)->GetMethodName(jvmti, method, &name, NULL, NULL) == JVMTI_ERROR_NONE) {
        if ((*jvmti)->GetSourceFileName(jvmti, type, &file) != JVMTI_ERROR_NONE) {
            file = NULL;
        }
        uint8_t buffer[2048];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_METHOD);
        fw_frame_uint(&frame, FW_KEY_METHOD, (uintptr_t)method);
        fw_frame_text(&frame, FW_KEY_CLASS, signature, 1024);
        fw_frame_text(&frame, FW_KEY_NAME, name, 512);
        fw_frame_text(&frame, FW_KEY_FILE, file, 256);
        fw_frame_send(&frame);
    }
    (*jvmti)->Deallocate(jvmti, (unsigned char *)signature);
    (*jvmti)->Deallocate(jvmti, (unsigned char *)name);
    (*jvmti)->Deallocate(jvmti, (unsigned char *)file);
    (*env)->DeleteLocalRef(env, type);
}

static void send_line(jvmtiEnv *jvmti, jmethodID method, int32_t bci)
{
    jint count = 0;
    jvmtiLineNumberEntry *table = NULL;
    if (bci < 0 || (*jvmti)->GetLineNumberTable(jvmti, method, &count, &table) != JVMTI_ERROR_NONE) {
        return;
    }
    /* The entry with the greatest start that is not past bci; the table need not be sorted. */
    jlocation best = -1;
    jint line = 0;
    for (jint i = 0; i < count; i++) {
        if (table[i].start_location <= bci && table[i].start_location > best) {
            best = table[i].start_location;
            line = table[i].line_number;
        }
    }
    (*jvmti)->Deallocate(jvmti, (unsigned char *)table);
    if (line > 0) {
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_LINE);
        fw_frame_uint(&frame, FW_KEY_METHOD, (uintptr_t)method);
        fw_frame_int(&frame, FW_KEY_BCI, bci);
        fw_frame_uint(&frame, FW_KEY_LINE, (uint64_t)line);
        fw_frame_send(&frame);
    }
}

static void send_frame(jvmtiEnv *jvmti, JNIEnv *env, const struct fw_java_frame *frame)
{
    if (first_time(frame->method, NONE)) {
        send_method(jvmti, env, frame->method);
    }
    if (first_time(frame->method, frame->bci)) {
        send_line(jvmti, frame->method, frame->bci);
    }
}

/* False where there is no room before the next search. */
static bool want(const struct fw_java_frame *frame)
{
    for (uint32_t i = 0; i < wanted_count; i++) {
        if (wanted[i].method == frame->method && wanted[i].bci == frame->bci) {
            return true;
        }
    }
    if (wanted_count == WANTED_MAX) {
        return false;
    }
    wanted[wanted_count++] = *frame;
    return true;
}

/* Every look-up stands in the gate by itself: JVMTI allocates, and a fork should not wait for a whole stack. False
 * where forks leave no time. */
static bool resolve_frame(jvmtiEnv *jvmti, JNIEnv *env, const struct fw_java_frame *frame, bool foreign)
{
    if (!frame->method || (foreign && is_known(frame->method, UNFOUND))) {
        return true;
    }
    if (foreign && !is_known(frame->method, NONE)) {
        return want(frame);
    }
    if (!fw_gate_enter()) {
        return false;
    }
    send_frame(jvmti, env, frame);
    fw_gate_leave();
    return true;
}

void fw_methods_resolve_one(jvmtiEnv *jvmti, JNIEnv *env, const struct fw_java_frame *frame)
{
    resolve_frame(jvmti, env, frame, false);
}

static void send_wanted_of(jvmtiEnv *jvmti, JNIEnv *env, jclass type)
{
    jint count = 0;
    jmethodID *methods = NULL;
    if ((*jvmti)->GetClassMethods(jvmti, type, &count, &methods) != JVMTI_ERROR_NONE) {
        return;
    }
    for (jint i = 0; i < count; i++) {
        for (uint32_t k = 0; k < wanted_count; k++) {
            if (wanted[k].method == (void *)methods[i]) {
                send_frame(jvmti, env, &wanted[k]);
            }
        }
    }
    (*jvmti)->Deallocate(jvmti, (unsigned char *)methods);
}

/* In the gate at first; whether it still is. Classes are taken some at a time, for a fork should not wait for all. */
static bool look_through(jvmtiEnv *jvmti, JNIEnv *env, const jclass *types, jint count)
{
    enum { AT_A_TIME = 32 };
    bool gated = true;
    for (jint i = 0; i < count; i++) {
        if (gated && i % AT_A_TIME == AT_A_TIME - 1) {
            fw_gate_leave();
            gated = fw_gate_enter();
        }
        if (gated) {
            send_wanted_of(jvmti, env, types[i]);
        }
        (*env)->DeleteLocalRef(env, types[i]);
    }
    return gated;
}

/* False where forks leave no time. */
static bool search_classes(jvmtiEnv *jvmti, JNIEnv *env)
{
    jint count = 0;
    jclass *types = NULL;
    if (!fw_gate_enter()) {
        return false;
    }
    bool gated = true;
    if ((*jvmti)->GetLoadedClasses(jvmti, &count, &types) == JVMTI_ERROR_NONE) {
        (*env)->EnsureLocalCapacity(env, count); /* for -Xcheck:jni, which counts references */
        gated = look_through(jvmti, env, types, count);
        (*jvmti)->Deallocate(jvmti, (unsigned char *)types);
    }
    if (gated) {
        fw_gate_leave();
    }
    return gated;
}

static void search(jvmtiEnv *jvmti, JNIEnv *env)
{
    uint64_t begun = fw_now_ns();
    if (search_classes(jvmti, env)) {
        for (uint32_t i = 0; i < wanted_count; i++) {
            if (!is_known(wanted[i].method, NONE)) {
                first_time(wanted[i].method, UNFOUND);
            }
        }
        wanted_count = 0;
    }
    uint64_t now = fw_now_ns();
    uint64_t pause = (now - begun) * SEARCH_SHARE;
    search_due = now + (pause > SEARCH_NS ? pause : SEARCH_NS);
}

static void resolve_stacks(jvmtiEnv *jvmti, JNIEnv *env)
{
    /* A child that is killed while it enters a stack never publishes it. */
    enum { WAITS_MAX = 10 };
    static int waits;
    uint32_t last = fw_dictionary_count();
    while (next_stack <= last) {
        const struct fw_stack *stack = fw_dictionary_get(next_stack);
        if (!stack && ++waits < WAITS_MAX) {
            return;
        }
        waits = 0;
        for (uint32_t i = 0; stack && i < stack->java; i++) {
            if (!resolve_frame(jvmti, env, &stack->frames[i], stack->foreign)) {
                return;
            }
        }
        next_stack++;
    }
}

void fw_methods_resolve(jvmtiEnv *jvmti, JNIEnv *env, bool last)
{
    resolve_stacks(jvmti, env);
    if (wanted_count && (last || fw_now_ns() >= search_due)) {
        search(jvmti, env);
    }
}
