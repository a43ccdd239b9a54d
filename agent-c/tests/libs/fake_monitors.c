#include "fake_monitors.h"

#include <stdint.h>
#include <string.h>

struct fake_owner fake_owners[FAKE_THREADS];
int fake_asked;
void (*fake_on_frame)(void);
bool fake_is_capable = true;
jvmtiEventCallbacks fake_callbacks;

/* A monitor's object is the address of its place here. */
static char monitors[2 * FAKE_OWNED_MAX];
static char class_object;

/* What is given is counted, as are the references, and nothing is allocated. */
static char *text(const char *value)
{
    static char given[4][64];
    static unsigned turn;
    fake_references++;
    return strncpy(given[turn++ % 4], value, sizeof given[0] - 1);
}

static jvmtiError JNICALL get_owned(jvmtiEnv *env, jthread thread, jint *count, jvmtiMonitorStackDepthInfo **infos)
{
    (void)env;
    const struct fake_owner *owner = &fake_owners[fake_index(thread)];
    /* The first answer of a thread is compared with later ones, of which each is forgotten before the next. */
    static jvmtiMonitorStackDepthInfo answers[2][FAKE_OWNED_MAX];
    static int answered;
    jvmtiMonitorStackDepthInfo *made = answers[answered == fake_index(thread) + 1];
    answered = fake_index(thread) + 1;
    for (int i = 0; i < owner->count; i++) {
        made[i].monitor = (jobject)(void *)&monitors[owner->owned[i].monitor];
        made[i].stack_depth = owner->owned[i].depth;
    }
    fake_asked++;
    fake_references += owner->count + 1;
    *count = owner->count;
    *infos = made;
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_frame_location(jvmtiEnv *env, jthread thread, jint depth, jmethodID *method,
                                             jlocation *location)
{
    (void)env;
    *method = (jmethodID)(uintptr_t)(FAKE_METHOD + fake_index(thread) * 256 + depth);
    *location = (jlocation)depth * 10;
    if (fake_on_frame) {
        fake_on_frame();
    }
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_object_hash_code(jvmtiEnv *env, jobject object, jint *hash)
{
    (void)env;
    *hash = FAKE_HASH + (jint)((char *)(void *)object - monitors);
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_class_signature(jvmtiEnv *env, jclass type, char **signature, char **generic)
{
    (void)env;
    (void)type;
    (void)generic;
    *signature = text("Lorg/example/Store;");
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_thread_local_storage(jvmtiEnv *env, jthread thread, void **data)
{
    (void)env;
    *data = (void *)(uintptr_t)fake_storage[fake_index(thread)];
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_method_declaring_class(jvmtiEnv *env, jmethodID method, jclass *type)
{
    (void)env;
    (void)method;
    *type = (jclass)(void *)&class_object;
    fake_references++;
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_method_name(jvmtiEnv *env, jmethodID method, char **name, char **signature,
                                          char **generic)
{
    (void)env;
    (void)method;
    (void)signature;
    (void)generic;
    *name = text("keep");
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_source_file_name(jvmtiEnv *env, jclass type, char **name)
{
    (void)env;
    (void)type;
    *name = text("Store.java");
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_line_number_table(jvmtiEnv *env, jmethodID method, jint *count,
                                                jvmtiLineNumberEntry **table)
{
    (void)env;
    (void)method;
    static jvmtiLineNumberEntry line = {.start_location = 0, .line_number = 77};
    fake_references++;
    *count = 1;
    *table = &line;
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_thread_info(jvmtiEnv *env, jthread thread, jvmtiThreadInfo *info)
{
    (void)env;
    (void)thread;
    memset(info, 0, sizeof *info);
    info->name = text("worker");
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_loaded_classes(jvmtiEnv *env, jint *count, jclass **classes)
{
    (void)env;
    *count = 0;
    *classes = NULL;
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL get_system_property(jvmtiEnv *env, const char *name, char **value)
{
    (void)env;
    *value = text(name);
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL add_capabilities(jvmtiEnv *env, const jvmtiCapabilities *wanted)
{
    (void)env;
    return wanted->can_get_owned_monitor_stack_depth_info && !fake_is_capable ? JVMTI_ERROR_NOT_AVAILABLE
                                                                              : JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL set_event_callbacks(jvmtiEnv *env, const jvmtiEventCallbacks *callbacks, jint size)
{
    (void)env;
    memcpy(&fake_callbacks, callbacks, (size_t)size);
    return JVMTI_ERROR_NONE;
}

static jvmtiError JNICALL set_event_notification_mode(jvmtiEnv *env, jvmtiEventMode mode, jvmtiEvent event,
                                                      jthread thread, ...)
{
    (void)env;
    (void)mode;
    (void)event;
    (void)thread;
    return JVMTI_ERROR_NONE;
}

static jint JNICALL push_local_frame(JNIEnv *env, jint capacity)
{
    (void)env;
    (void)capacity;
    return 0;
}

/* Frees the references that nobody deleted; those of GetAllThreads are the only ones left by then. */
static jobject JNICALL pop_local_frame(JNIEnv *env, jobject result)
{
    (void)env;
    fake_references -= FAKE_THREADS;
    return result;
}

static jclass JNICALL get_object_class(JNIEnv *env, jobject object)
{
    (void)env;
    (void)object;
    fake_references++;
    return (jclass)(void *)&class_object;
}

static jboolean JNICALL is_same_object(JNIEnv *env, jobject one, jobject other)
{
    (void)env;
    return one == other;
}

static jint JNICALL get_env(JavaVM *vm, void **env, jint version)
{
    (void)vm;
    *env = version == JVMTI_VERSION_1_2 ? (void *)fake_jvmti() : (void *)fake_jni();
    return JNI_OK;
}

JavaVM *fake_vm(void)
{
    static const struct JNIInvokeInterface_ functions = {.GetEnv = get_env};
    static JavaVM vm = &functions;
    struct JNINativeInterface_ *jni = fake_jni_functions();
    struct jvmtiInterface_1_ *jvmti = fake_jvmti_functions();
    jni->PushLocalFrame = push_local_frame;
    jni->PopLocalFrame = pop_local_frame;
    jni->GetObjectClass = get_object_class;
    jni->IsSameObject = is_same_object;
    jvmti->GetOwnedMonitorStackDepthInfo = get_owned;
    jvmti->GetFrameLocation = get_frame_location;
    jvmti->GetObjectHashCode = get_object_hash_code;
    jvmti->GetClassSignature = get_class_signature;
    jvmti->GetThreadLocalStorage = get_thread_local_storage;
    jvmti->GetMethodDeclaringClass = get_method_declaring_class;
    jvmti->GetMethodName = get_method_name;
    jvmti->GetSourceFileName = get_source_file_name;
    jvmti->GetLineNumberTable = get_line_number_table;
    jvmti->GetThreadInfo = get_thread_info;
    jvmti->GetLoadedClasses = get_loaded_classes;
    jvmti->GetSystemProperty = get_system_property;
    jvmti->AddCapabilities = add_capabilities;
    jvmti->SetEventCallbacks = set_event_callbacks;
    jvmti->SetEventNotificationMode = set_event_notification_mode;
    return &vm;
}
