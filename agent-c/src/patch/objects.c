#include "objects.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "patch.h"
#include "stack/python.h"
#include "state/epoch.h"
#include "state/gate.h"
#include "state/self.h"
#include "stream/stream.h"

extern const char __ehdr_start[] FW_HIDDEN;

enum { OBJECTS_MAX = 4096, PATH_BYTES = 512, BUILD_ID_BYTES = 64 };

struct object {
    bool present;
    bool handled; /* reported and patched */
    uint32_t id;
    uint32_t epoch;
    uint32_t sweep;
    struct fw_image image;
    size_t build_id_length;
    uint8_t build_id[BUILD_ID_BYTES];
    char path[PATH_BYTES];
    bool executable; /* the main program, which needs no holding */
    /* Slots that are not bound yet were left alone: when to look again, 0 for at once, and the pause before that. */
    bool unbound;
    uint64_t due_ns;
    uint64_t pause_ns;
};

static struct object *objects;
static uint32_t object_count;
static uint32_t next_id = 1;
static uint32_t sweep;
static unsigned long long seen_adds;
static unsigned long long seen_subs;
static bool overflowed;
static _Atomic uint32_t changes;
static const uint64_t LEAST_PAUSE_NS = 1000000000;
static const uint64_t LONGEST_PAUSE_NS = 64000000000;
static uint64_t next_due_ns = UINT64_MAX;
/* Held by the one thread that scans; never waited for, because the scan may wait for the loader's lock, which the
 * waiting thread may hold (a constructor that calls dlsym). */
static atomic_flag scanning = ATOMIC_FLAG_INIT;
static _Atomic uintptr_t libjvm_start;
static _Atomic uintptr_t libjvm_end;
static _Atomic(const struct object *) libjvm; /* its slot: it is never unloaded */

bool fw_objects_init(void)
{
    objects = fw_map(OBJECTS_MAX * sizeof *objects);
    return objects != NULL;
}

struct counters {
    unsigned long long adds;
    unsigned long long subs;
};

static int read_counters(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    struct counters *counters = argument;
    counters->adds = info->dlpi_adds;
    counters->subs = info->dlpi_subs;
    return 1;
}

/* Another object may be where one was before. */
static bool is_same(const struct object *object, const struct dl_phdr_info *info)
{
    return object->present && object->image.bias == info->dlpi_addr &&
           (object->executable || strncmp(object->path, info->dlpi_name, PATH_BYTES - 1) == 0);
}

static struct object *find(const struct dl_phdr_info *info)
{
    for (uint32_t i = 0; i < object_count; i++) {
        if (is_same(&objects[i], info)) {
            return &objects[i];
        }
    }
    return NULL;
}

static struct object *add(void)
{
    for (uint32_t i = 0; i < object_count; i++) {
        if (!objects[i].present) {
            return &objects[i];
        }
    }
    if (object_count == OBJECTS_MAX) {
        overflowed = true;
        return NULL;
    }
    return &objects[object_count++];
}

/* Runs under the loader's write lock: copies, nothing else. */
static int collect(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    (void)argument;
    seen_adds = info->dlpi_adds;
    seen_subs = info->dlpi_subs;
    struct object *object = find(info);
    if (!object && (object = add()) != NULL) {
        memset(object, 0, sizeof *object);
        object->present = true;
        object->id = next_id++;
        fw_image_of(info, &object->image);
        object->build_id_length = fw_image_build_id(info, object->build_id);
        strncpy(object->path, info->dlpi_name, PATH_BYTES - 1);
        object->executable = !info->dlpi_name[0];
    }
    if (object) {
        object->sweep = sweep;
    }
    return 0;
}

/* The loader keeps a name as it was given (LD_PRELOAD=./libx.so), which counts from the directory of that moment. */
static const char *absolute(const struct object *object, char *room, size_t bytes)
{
    const char *path = object->path;
    if (path[0] == '/' || !strchr(path, '/') || !getcwd(room, bytes)) {
        return path;
    }
    path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    size_t length = strlen(room);
    int written = snprintf(room + length, bytes - length, "/%s", path);
    return written > 0 && (size_t)written < bytes - length && access(room, R_OK) == 0 ? room : object->path;
}

static void send(const struct object *object)
{
    uint8_t buffer[1024];
    char path[PATH_BYTES];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_MODULE);
    fw_frame_uint(&frame, FW_KEY_MODULE, object->id);
    fw_frame_text(&frame, FW_KEY_PATH, absolute(object, path, sizeof path), PATH_BYTES);
    if (object->build_id_length) {
        fw_frame_bytes(&frame, FW_KEY_BUILD_ID, object->build_id, object->build_id_length);
    }
    fw_frame_uint(&frame, FW_KEY_BIAS, object->image.bias);
    fw_frame_uint(&frame, FW_KEY_MODULE_START, object->image.start);
    fw_frame_uint(&frame, FW_KEY_MODULE_END, object->image.end);
    fw_frame_uint(&frame, FW_KEY_EPOCH, object->epoch);
    fw_frame_send(&frame);
}

/* Objects that were there and were not found by this sweep. */
static void report_gone(void)
{
    for (uint32_t i = 0; i < object_count; i++) {
        struct object *object = &objects[i];
        if (object->present && object->sweep != sweep) {
            uint32_t epoch = atomic_fetch_add(&fw_epoch_now, 1) + 1;
            uint8_t buffer[FW_FRAME_SMALL];
            struct fw_frame frame;
            fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_MODULE_GONE);
            fw_frame_uint(&frame, FW_KEY_MODULE, object->id);
            fw_frame_uint(&frame, FW_KEY_EPOCH, epoch);
            fw_frame_send(&frame);
            fw_patch_forget(&object->image);
            object->present = false;
        }
    }
}

static bool is_patchable(const struct object *object)
{
    uintptr_t at = object->image.bias;
    return at != (uintptr_t)__ehdr_start && at != getauxval(AT_BASE) &&
           object->image.start != getauxval(AT_SYSINFO_EHDR) && object->image.dynamic;
}

/* Holding an object by dlopen(RTLD_NOLOAD) takes the loader's lock, behind which another thread's dlopen has finished
 * relocating; it also keeps the object in memory while its slots are written. False where it is gone; *held is to be
 * given back in any case. */
static bool hold(const struct object *object, void **held)
{
    *held = NULL;
    if (object->executable) {
        return true;
    }
    *held = dlopen(object->path, RTLD_LAZY | RTLD_NOLOAD);
    struct link_map *map = NULL;
    if (*held && dlinfo(*held, RTLD_DI_LINKMAP, &map) == 0) {
        return map && map->l_addr == object->image.bias;
    }
    /* The thread may be the application's, which is not to find this failure (dlerror(3)). */
    (void)dlerror();
    return false;
}

/* Reads and writes the object, so that it must not go meanwhile. */
static void *patch(struct object *object)
{
    void *held = NULL;
    if (is_patchable(object) && hold(object, &held)) {
        fw_python_note(&object->image, object->executable ? NULL : object->path);
        fw_patch_note(&object->image);
        object->unbound = fw_patch_image(&object->image, object->path, FW_SCOPE_LATER).unbound;
        if (object->unbound) {
            next_due_ns = 0;
        }
        if (!object->executable) {
            fw_patch_definitions(&object->image);
        }
    }
    return held;
}

/* Once the libraries that came with the object are known. True if no others have come since: behind the loader's lock,
 * an object that is still being opened has all of its own. */
static bool patch_unbound(struct object *object, void **held)
{
    if (!hold(object, held)) {
        object->unbound = false;
        return true;
    }
    struct counters now = {0, 0};
    dl_iterate_phdr(read_counters, &now);
    if (now.adds != seen_adds) {
        return false;
    }
    enum fw_scope scope = object->executable ? FW_SCOPE_GLOBAL : FW_SCOPE_UNKNOWN;
    object->unbound = fw_patch_image(&object->image, object->path, scope).unbound;
    /* What is left can be told once it is bound: at its first call, which may never come. */
    uint64_t doubled = object->pause_ns ? object->pause_ns * 2 : LEAST_PAUSE_NS;
    object->pause_ns = doubled < LONGEST_PAUSE_NS ? doubled : LONGEST_PAUSE_NS;
    object->due_ns = fw_now_ns() + object->pause_ns;
    return true;
}

static void note_libjvm(const struct object *object)
{
    const char *name = strrchr(object->path, '/');
    if (name && strcmp(name, "/libjvm.so") == 0) {
        atomic_store(&libjvm_start, object->image.start);
        atomic_store(&libjvm_end, object->image.end);
        atomic_store(&libjvm, object);
    }
}

static bool enter(bool may_wait)
{
    return may_wait ? fw_gate_enter() : fw_gate_try();
}

/* False where forks leave no time. */
static bool handle_new(struct object *object, bool may_wait)
{
    if (!enter(may_wait)) {
        return false;
    }
    object->epoch = fw_epoch();
    object->handled = true;
    if (object->executable) {
        ssize_t length = readlink("/proc/self/exe", object->path, PATH_BYTES - 1);
        object->path[length > 0 ? length : 0] = '\0';
    }
    note_libjvm(object);
    send(object);
    void *held = patch(object);
    fw_gate_leave();
    /* Behind the gate: this may be the last use of an object that was closed meanwhile, and run its destructors. */
    if (held) {
        dlclose(held);
    }
    return true;
}

static bool handle_unbound(struct object *object, bool may_wait)
{
    if (!enter(may_wait)) {
        return false;
    }
    void *held;
    bool done = patch_unbound(object, &held);
    fw_gate_leave();
    if (held) {
        dlclose(held);
    }
    return done;
}

/* False where it is to be tried again at once. */
static bool handle_all_unbound(bool may_wait)
{
    uint64_t now = next_due_ns ? fw_now_ns() : 0;
    uint64_t next = UINT64_MAX;
    for (uint32_t i = 0; i < object_count; i++) {
        struct object *object = &objects[i];
        if (object->present && object->unbound && object->due_ns <= now && !handle_unbound(object, may_wait)) {
            next_due_ns = object->due_ns;
            return false;
        }
        if (object->present && object->unbound && object->due_ns < next) {
            next = object->due_ns;
        }
    }
    next_due_ns = next;
    return true;
}

enum outcome { SAME, CHANGED, NO_TIME };

static enum outcome look(bool may_wait)
{
    if (!enter(may_wait)) {
        return NO_TIME;
    }
    struct counters now = {0, 0};
    dl_iterate_phdr(read_counters, &now);
    bool changed = now.adds != seen_adds || now.subs != seen_subs;
    if (changed) {
        sweep++;
        dl_iterate_phdr(collect, NULL);
        report_gone();
        atomic_fetch_add_explicit(&changes, 1, memory_order_relaxed);
    }
    fw_gate_leave();
    return changed ? CHANGED : SAME;
}

static enum outcome scan_once(bool may_wait)
{
    /* Some object was left for later. */
    static bool behind;
    enum outcome seen = look(may_wait);
    bool due = !next_due_ns || (may_wait && fw_now_ns() >= next_due_ns);
    if (seen == NO_TIME || (seen == SAME && !behind && !due)) {
        return seen;
    }
    behind = false;
    for (uint32_t i = 0; i < object_count; i++) {
        if (objects[i].present && !objects[i].handled && !handle_new(&objects[i], may_wait)) {
            behind = true;
            return NO_TIME;
        }
    }
    if (due || !next_due_ns) {
        handle_all_unbound(may_wait);
    }
    return CHANGED;
}

void fw_objects_scan(bool may_wait)
{
    if (fw_in_child() || atomic_flag_test_and_set(&scanning)) {
        return;
    }
    int saved = errno;
    bool was_overflowed = overflowed;
    /* Objects may come while others are dealt with; the next call sees those that a busy loader brings after that. */
    for (int rounds = 0; rounds < 3 && scan_once(may_wait) == CHANGED; rounds++) {
    }
    if (overflowed && !was_overflowed) {
        fw_stream_note(FW_LEVEL_WARN, "more than 4096 objects are loaded: some are not known and not hooked");
    }
    errno = saved;
    atomic_flag_clear(&scanning);
}

uint32_t fw_objects_changes(void)
{
    return atomic_load_explicit(&changes, memory_order_relaxed);
}

void fw_objects_send_all(void)
{
    while (atomic_flag_test_and_set(&scanning)) {
        fw_pause();
    }
    for (uint32_t i = 0; i < object_count; i++) {
        if (objects[i].present && objects[i].handled) {
            send(&objects[i]);
        }
    }
    atomic_flag_clear(&scanning);
}

bool fw_objects_libjvm(const char **path, uintptr_t *bias)
{
    const struct object *object = atomic_load(&libjvm);
    if (object) {
        *path = object->path;
        *bias = object->image.bias;
    }
    return object;
}

bool fw_objects_is_libjvm(const void *address)
{
    uintptr_t at = (uintptr_t)address;
    return at >= atomic_load_explicit(&libjvm_start, memory_order_relaxed) &&
           at < atomic_load_explicit(&libjvm_end, memory_order_relaxed);
}
