#include "old_threads.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "state/thread_records.h"
#include "stream/stream.h"

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

struct layout {
    const char *structs;
    uint64_t stride;
    uint64_t type_name;
    uint64_t field_name;
    uint64_t offset;
};

static bool number(void *libjvm, const char *name, uint64_t *value)
{
    const uint64_t *at = dlsym(libjvm, name);
    if (at) {
        *value = *at;
    }
    return at != NULL;
}

static bool read_layout(void *libjvm, struct layout *layout)
{
    const char *const *structs = dlsym(libjvm, "gHotSpotVMStructs");
    if (!structs || !*structs) {
        return false;
    }
    layout->structs = *structs;
    return number(libjvm, "gHotSpotVMStructEntryArrayStride", &layout->stride) &&
           number(libjvm, "gHotSpotVMStructEntryTypeNameOffset", &layout->type_name) &&
           number(libjvm, "gHotSpotVMStructEntryFieldNameOffset", &layout->field_name) &&
           number(libjvm, "gHotSpotVMStructEntryOffsetOffset", &layout->offset);
}

/* Offset of a field, -1 where the table does not have it. type NULL is any type. */
static int64_t offset_of(const struct layout *layout, const char *type, const char *field)
{
    for (const char *entry = layout->structs;; entry += layout->stride) {
        const char *type_name = *(const char *const *)(entry + layout->type_name);
        const char *field_name = *(const char *const *)(entry + layout->field_name);
        if (!type_name) {
            return -1;
        }
        if (field_name && strcmp(field_name, field) == 0 && (!type || strcmp(type_name, type) == 0)) {
            return *(const int64_t *)(entry + layout->offset);
        }
    }
}

static void *open_libjvm(JNIEnv *env)
{
    Dl_info info;
    return dladdr((const void *)(*env)->GetVersion, &info) ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
}

struct offsets {
    int64_t os_thread; /* in JavaThread or its base class Thread, by version */
    int64_t thread_id; /* in OSThread */
    jfieldID eetop;
};

static bool find_offsets(JNIEnv *env, struct offsets *offsets)
{
    void *libjvm = open_libjvm(env);
    struct layout layout;
    bool known = libjvm && read_layout(libjvm, &layout);
    if (known) {
        offsets->os_thread = offset_of(&layout, NULL, "_osthread");
        offsets->thread_id = offset_of(&layout, "OSThread", "_thread_id");
        known = offsets->os_thread >= 0 && offsets->thread_id >= 0;
    }
    if (libjvm) {
        dlclose(libjvm);
    }
    jclass type = known ? (*env)->FindClass(env, "java/lang/Thread") : NULL;
    offsets->eetop = type ? (*env)->GetFieldID(env, type, "eetop", "J") : NULL;
    (*env)->ExceptionClear(env);
    return offsets->eetop != NULL;
}

/* Reads a word that may be gone, since its thread may end any time: write(2) of an address that is not mapped fails
 * with EFAULT, where a load would be a crash. */
static bool peek(const int *probe, const char *at, void *value, size_t size)
{
    return write(probe[1], at, size) == (ssize_t)size && read(probe[0], value, size) == (ssize_t)size;
}

static int tid_of(JNIEnv *env, const struct offsets *offsets, jthread thread, const int *probe)
{
    const char *java_thread = (const char *)(uintptr_t)(*env)->GetLongField(env, thread, offsets->eetop);
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
    if (!find_offsets(env, &offsets) || pipe2(probe, O_CLOEXEC) != 0) {
        return;
    }
    if ((*jvmti)->GetAllThreads(jvmti, &count, &threads) != JVMTI_ERROR_NONE) {
        count = 0;
        threads = NULL;
    }
    for (jint i = 0; i < count; i++) {
        int tid = tid_of(env, &offsets, threads[i], probe);
        struct fw_thread *slot = tid > 0 ? fw_threads_find(tid) : NULL;
        if (slot && tie(jvmti, threads[i], slot)) {
            found(threads[i], slot);
        }
        (*env)->DeleteLocalRef(env, threads[i]);
    }
    (*jvmti)->Deallocate(jvmti, (unsigned char *)threads);
    close(probe[0]);
    close(probe[1]);
}
