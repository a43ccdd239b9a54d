#include "old_threads.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "state/thread_records.h"
#include "stream/stream.h"
#include "vm_structs.h"

/* How HotSpot calls its threads (os::set_native_thread_name and the constructors of NamedThread's subclasses, JDK 11 to
 * 25), as far as the kernel's 15 characters go. */
static const char *const jvm_names[] = {
    "VM Thread",       /* runtime/vmThread.cpp */
    "VM Periodic Tas", /* runtime/nonJavaThread.cpp, WatcherThread */
    "GC Thread#",      /* gc/shared/workerThread.cpp (gcTaskThread.cpp) */
    "G1 ",             /* gc/g1 */
    "ZDirector",       /* gc/z */
    "ZDriver",         /* gc/z */
    "ZWorker",         /* gc/z */
    "ZStat",           /* gc/z */
    "ZUncommitter",    /* gc/z */
    "ZUnmapper",       /* gc/z, up to 23 */
    "Shenandoah",      /* gc/shenandoah */
    "C1 CompilerThre", /* compiler/compileBroker.cpp */
    "C2 CompilerThre", /* compiler/compileBroker.cpp */
    "Sweeper thread",  /* runtime/sweeper.cpp, up to 19 */
    "Service Thread",  /* runtime/serviceThread.cpp */
    "Monitor Deflati", /* runtime/monitorDeflationThread.cpp */
    "JFR ",            /* jfr/periodic/sampling */
};

static bool is_jvm_name(const char *name)
{
    for (size_t i = 0; i < sizeof jvm_names / sizeof jvm_names[0]; i++) {
        if (strncmp(name, jvm_names[i], strlen(jvm_names[i])) == 0) {
            return true;
        }
    }
    return false;
}

void fw_old_jvm_threads(void)
{
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        if (!thread->seen && atomic_load(&thread->kind) == FW_THREAD_KIND_NATIVE && is_jvm_name(thread->name)) {
            fw_thread_rename(thread, NULL, FW_THREAD_KIND_JVM);
        }
    }
}

struct offsets {
    int64_t os_thread; /* in JavaThread or its base class Thread, by version */
    int64_t thread_id; /* in OSThread */
    int64_t jni;       /* of the JNIEnv in JavaThread */
    jfieldID eetop;
};

static bool find_eetop(JNIEnv *env, jfieldID *eetop)
{
    jclass type = (*env)->FindClass(env, "java/lang/Thread");
    *eetop = type ? (*env)->GetFieldID(env, type, "eetop", "J") : NULL;
    (*env)->ExceptionClear(env);
    (*env)->DeleteLocalRef(env, type);
    return *eetop != NULL;
}

static char *java_thread_of(JNIEnv *env, jfieldID eetop, jthread thread)
{
    return (char *)(uintptr_t)(*env)->GetLongField(env, thread, eetop);
}

/* A JavaThread has its JNIEnv inside of itself (javaThread.hpp, thread_from_jni_environment): at the same place in each
 * as in the running thread's. */
static bool find_jni(jvmtiEnv *jvmti, JNIEnv *env, jfieldID eetop, int64_t *offset)
{
    jthread self = NULL;
    if ((*jvmti)->GetCurrentThread(jvmti, &self) != JVMTI_ERROR_NONE || !self) {
        return false;
    }
    const char *java_thread = java_thread_of(env, eetop, self);
    (*env)->DeleteLocalRef(env, self);
    *offset = (const char *)env - java_thread;
    return java_thread != NULL;
}

static bool find_offsets(JNIEnv *env, struct offsets *offsets)
{
    struct fw_vm_structs structs;
    bool known = fw_vm_structs_open(env, &structs);
    if (known) {
        offsets->os_thread = fw_vm_structs_offset(&structs, NULL, "_osthread");
        offsets->thread_id = fw_vm_structs_offset(&structs, "OSThread", "_thread_id");
        known = offsets->os_thread >= 0 && offsets->thread_id >= 0;
    }
    fw_vm_structs_close(&structs);
    return known && find_eetop(env, &offsets->eetop);
}

/* Reads a word that may be gone, since its thread may end any time: write(2) of an address that is not mapped fails
 * with EFAULT, where a load would be a crash. */
static bool peek(const int *probe, const char *at, void *value, size_t size)
{
    return write(probe[1], at, size) == (ssize_t)size && read(probe[0], value, size) == (ssize_t)size;
}

static int tid_of(const struct offsets *offsets, const char *java_thread, const int *probe)
{
    if (!java_thread) {
        return 0;
    }
    const char *os_thread = NULL;
    int32_t tid = 0;
    bool read = peek(probe, java_thread + offsets->os_thread, &os_thread, sizeof os_thread) && os_thread &&
                peek(probe, os_thread + offsets->thread_id, &tid, sizeof tid);
    return read ? tid : 0;
}

static bool tie(jvmtiEnv *jvmti, jthread thread, const struct fw_thread *slot)
{
    void *handle = (void *)(uintptr_t)fw_threads_handle(slot);
    return (*jvmti)->SetThreadLocalStorage(jvmti, thread, handle) == JVMTI_ERROR_NONE;
}

void fw_old_threads(jvmtiEnv *jvmti, JNIEnv *env, void (*found)(jthread thread, struct fw_thread *slot))
{
    struct offsets offsets;
    int probe[2];
    jint count;
    jthread *threads;
    if (!find_offsets(env, &offsets) || !find_jni(jvmti, env, offsets.eetop, &offsets.jni) ||
        pipe2(probe, O_CLOEXEC) != 0) {
        return;
    }
    if ((*jvmti)->GetAllThreads(jvmti, &count, &threads) != JVMTI_ERROR_NONE) {
        count = 0;
        threads = NULL;
    }
    (*env)->EnsureLocalCapacity(env, count);
    for (jint i = 0; i < count; i++) {
        char *java_thread = java_thread_of(env, offsets.eetop, threads[i]);
        int tid = tid_of(&offsets, java_thread, probe);
        struct fw_thread *slot = tid > 0 ? fw_threads_find(tid) : NULL;
        if (slot && tie(jvmti, threads[i], slot)) {
            slot->jni = java_thread + offsets.jni;
            found(threads[i], slot);
        }
        (*env)->DeleteLocalRef(env, threads[i]);
    }
    (*jvmti)->Deallocate(jvmti, (unsigned char *)threads);
    close(probe[0]);
    close(probe[1]);
}

bool fw_thread_state_find(jvmtiEnv *jvmti, JNIEnv *env, struct fw_thread_state_place *place)
{
    jfieldID eetop;
    int64_t jni = 0;
    int64_t state = -1;
    struct fw_vm_structs structs;
    bool known = fw_vm_structs_open(env, &structs) &&
                 (state = fw_vm_structs_offset(&structs, "JavaThread", "_thread_state")) >= 0 &&
                 fw_vm_structs_constant(&structs, "_thread_in_native", &place->in_native);
    fw_vm_structs_close(&structs);
    known = known && find_eetop(env, &eetop) && find_jni(jvmti, env, eetop, &jni);
    place->from_jni = state - jni;
    return known;
}

bool fw_thread_state_is_native(JNIEnv *env, const struct fw_thread_state_place *place)
{
    return *(const volatile int32_t *)((const char *)env + place->from_jni) == place->in_native;
}
