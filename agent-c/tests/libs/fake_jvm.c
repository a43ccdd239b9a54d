#include "fake_jvm.h"

#include <stddef.h>
#include <stdint.h>

/* Offsets and sizes unlike those of any HotSpot, so that only the tables can tell them. */
struct os_thread {
    char padding[44];
    int32_t thread_id;
};
struct java_thread {
    char padding[24];
    struct os_thread *os_thread;
    char more_padding[40];
    JNIEnv jni;
    int32_t state;
};

/* src/hotspot/share/runtime/vmStructs.hpp */
struct entry {
    const char *type_name;
    const char *field_name;
    const char *type_string;
    int32_t is_static;
    uint64_t offset;
    void *address;
};

static struct entry entries[] = {
    {"Klass", "_name", "Symbol*", 0, 8, NULL},
    {"Method", NULL, NULL, 0, 0, NULL},
    {"NotOSThread", "_thread_id", "int", 0, 4, NULL},
    {"JavaThread", "_osthread", "OSThread*", 0, offsetof(struct java_thread, os_thread), NULL},
    {"OSThread", "_thread_id", "OSThread::thread_id_t", 0, offsetof(struct os_thread, thread_id), NULL},
    {"JavaThread", "_thread_state", "JavaThreadState", 0, offsetof(struct java_thread, state), NULL},
    {NULL, NULL, NULL, 0, 0, NULL},
};

extern struct entry *gHotSpotVMStructs;
extern uint64_t gHotSpotVMStructEntryArrayStride;
extern uint64_t gHotSpotVMStructEntryTypeNameOffset;
extern uint64_t gHotSpotVMStructEntryFieldNameOffset;
extern uint64_t gHotSpotVMStructEntryOffsetOffset;
struct entry *gHotSpotVMStructs = entries;
uint64_t gHotSpotVMStructEntryArrayStride = sizeof(struct entry);
uint64_t gHotSpotVMStructEntryTypeNameOffset = offsetof(struct entry, type_name);
uint64_t gHotSpotVMStructEntryFieldNameOffset = offsetof(struct entry, field_name);
uint64_t gHotSpotVMStructEntryOffsetOffset = offsetof(struct entry, offset);

struct constant {
    const char *name;
    int32_t value;
};

static struct constant constants[] = {
    {"_thread_in_Java", FAKE_IN_JAVA}, {"_thread_in_native", FAKE_IN_NATIVE}, {NULL, 0}};

extern struct constant *gHotSpotVMIntConstants;
extern uint64_t gHotSpotVMIntConstantEntryArrayStride;
extern uint64_t gHotSpotVMIntConstantEntryNameOffset;
extern uint64_t gHotSpotVMIntConstantEntryValueOffset;
struct constant *gHotSpotVMIntConstants = constants;
uint64_t gHotSpotVMIntConstantEntryArrayStride = sizeof(struct constant);
uint64_t gHotSpotVMIntConstantEntryNameOffset = offsetof(struct constant, name);
uint64_t gHotSpotVMIntConstantEntryValueOffset = offsetof(struct constant, value);

int fake_tids[FAKE_THREADS];
const void *fake_storage[FAKE_THREADS];
int fake_references;

static struct os_thread os_threads[FAKE_THREADS];
static struct java_thread java_threads[FAKE_THREADS + 1];
/* The last one is the running thread's. */
static jthread threads[FAKE_THREADS + 1];
/* A field's id is any address. */
static char eetop;

void fake_jvm_describe(int thread_id)
{
    entries[4].field_name = thread_id ? "_thread_id" : "_another";
}

void fake_be_in(int state)
{
    java_threads[FAKE_THREADS].state = state;
}

/* A jthread is the address of its place in `threads`. */
int fake_index(jthread thread)
{
    return (int)((jthread *)(void *)thread - threads);
}

static jint JNICALL get_version(JNIEnv *env)
{
    (void)env;
    return JNI_VERSION_10;
}

static jclass JNICALL find_class(JNIEnv *env, const char *name)
{
    (void)env;
    (void)name;
    fake_references++;
    return (jclass)(void *)threads;
}

static jfieldID JNICALL get_field_id(JNIEnv *env, jclass type, const char *name, const char *signature)
{
    (void)env;
    (void)type;
    return name[0] == 'e' && signature[0] == 'J' ? (jfieldID)(void *)&eetop : NULL;
}

static jlong JNICALL get_long_field(JNIEnv *env, jobject object, jfieldID field)
{
    (void)env;
    int i = fake_index(object);
    if (field != (jfieldID)(void *)&eetop || (i < FAKE_THREADS && fake_tids[i] == -1)) {
        return 0;
    }
    if (i == FAKE_THREADS) {
        return (jlong)(intptr_t)&java_threads[i];
    }
    os_threads[i].thread_id = fake_tids[i];
    java_threads[i].os_thread = fake_tids[i] ? &os_threads[i] : NULL;
    return (jlong)(intptr_t)&java_threads[i];
}

static void JNICALL exception_clear(JNIEnv *env)
{
    (void)env;
}

static void JNICALL delete_local_ref(JNIEnv *env, jobject reference)
{
    (void)env;
    (void)reference;
    fake_references--;
}

static jint JNICALL ensure_local_capacity(JNIEnv *env, jint capacity)
{
    (void)env;
    return capacity >= 0 ? 0 : JNI_ERR;
}

static jvmtiError JNICALL get_all_threads(jvmtiEnv *env, jint *count, jthread **all)
{
    (void)env;
    static jthread list[FAKE_THREADS];
    for (int i = 0; i < FAKE_THREADS; i++) {
        list[i] = (jthread)(void *)&threads[i];
    }
    *count = FAKE_THREADS;
    *all = list;
    fake_references += FAKE_THREADS + 1;
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_current_thread(jvmtiEnv *env, jthread *thread)
{
    (void)env;
    *thread = (jthread)(void *)&threads[FAKE_THREADS];
    fake_references++;
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL set_thread_local_storage(jvmtiEnv *env, jthread thread, const void *data)
{
    (void)env;
    /* NULL is the running thread, which is none of these. */
    if (thread) {
        fake_storage[fake_index(thread)] = data;
    }
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL deallocate(jvmtiEnv *env, unsigned char *memory)
{
    (void)env;
    fake_references -= memory != NULL;
    return JVMTI_ERROR_NONE;
}

/* The agent reads a table longer than the one of its own JDK. */
static struct {
    struct JNINativeInterface_ functions;
    void *more[64];
} jni = {.functions = {.GetVersion = get_version,
                       .FindClass = find_class,
                       .GetFieldID = get_field_id,
                       .GetLongField = get_long_field,
                       .ExceptionClear = exception_clear,
                       .EnsureLocalCapacity = ensure_local_capacity,
                       .DeleteLocalRef = delete_local_ref}};
static struct jvmtiInterface_1_ jvmti = {.GetAllThreads = get_all_threads,
                                         .GetCurrentThread = get_current_thread,
                                         .SetThreadLocalStorage = set_thread_local_storage,
                                         .Deallocate = deallocate};

struct JNINativeInterface_ *fake_jni_functions(void)
{
    return &jni.functions;
}

struct jvmtiInterface_1_ *fake_jvmti_functions(void)
{
    return &jvmti;
}

JNIEnv *fake_jni(void)
{
    JNIEnv *env = &java_threads[FAKE_THREADS].jni;
    *env = &jni.functions;
    return env;
}

const void *fake_jni_of(int index)
{
    return &java_threads[index].jni;
}

jvmtiEnv *fake_jvmti(void)
{
    static jvmtiEnv env = &jvmti;
    return &env;
}
