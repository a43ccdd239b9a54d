#include "methods.h"

#include <string.h>

#include "stack/dictionary.h"
#include "state/calm.h"
#include "state/gate.h"
#include "stream/stream.h"

/* What was sent: pairs of method and bci, open addressing; bci NONE stands for the method itself. */
enum { SENT_MAX = 1 << 17, NONE = -4 };
static struct fw_java_frame *sent;
static uint32_t sent_count;
static uint32_t next_stack = 1;

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

static bool was_sent(const void *method)
{
    for (uint32_t at = place_of(method, NONE);; at++) {
        const struct fw_java_frame *entry = &sent[at % SENT_MAX];
        if (!entry->method || (entry->method == method && entry->bci == NONE)) {
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

/* Every look-up stands in the gate by itself: JVMTI allocates, and a fork should not wait for a whole stack. False
 * where forks leave no time. */
static bool resolve_frame(jvmtiEnv *jvmti, JNIEnv *env, const struct fw_java_frame *frame, bool foreign)
{
    /* A method that only the child knows is an address in the child's memory. */
    if (!frame->method || (foreign && !was_sent(frame->method))) {
        return true;
    }
    if (!fw_gate_enter()) {
        return false;
    }
    if (first_time(frame->method, NONE)) {
        send_method(jvmti, env, frame->method);
    }
    if (first_time(frame->method, frame->bci)) {
        send_line(jvmti, frame->method, frame->bci);
    }
    fw_gate_leave();
    return true;
}

void fw_methods_resolve_one(jvmtiEnv *jvmti, JNIEnv *env, const struct fw_java_frame *frame)
{
    resolve_frame(jvmti, env, frame, false);
}

void fw_methods_resolve(jvmtiEnv *jvmti, JNIEnv *env)
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
