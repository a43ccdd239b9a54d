#include "inherited.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lock_word.h"
#include "state/epoch.h"
#include "state/functions.h"
#include "state/self.h"
#include "stream/stream.h"

static const uint8_t category_of[FW_FN_END] = {
#define FW_FUNCTION(name, category, kind) [FW_FN_##name] = FW_CATEGORY_##category,
#include "state/functions.def"
#undef FW_FUNCTION
};

/* Threads of the table with a greater id were created by this child. */
static uint32_t last_vanished;
static const struct fw_thread *own;
static int own_old_tid;
/* Bit n: some vanished thread was inside of a function of category n. */
static uint32_t categories_inside;

void fw_inherited_begin(void)
{
    last_vanished = fw_threads_last_id();
    own = fw_self.thread;
    own_old_tid = own ? atomic_load_explicit(&own->tid, memory_order_relaxed) : 0;
    categories_inside = 0;
}

static bool is_vanished(const struct fw_thread *thread)
{
    return thread != own && atomic_load_explicit(&thread->id, memory_order_relaxed) <= last_vanished;
}

/* The record may be older than the lock: given back by another thread, or destroyed. The child's own thread can give
 * back what names no owner, and what it has taken since the fork. */
static bool agrees(const struct fw_thread *thread, const struct fw_held_lock *held, const struct fw_lock_word *word)
{
    if (!held->address || word->gone || (word->readable && (word->shared || !word->taken))) {
        return false;
    }
    if (thread == own) {
        return word->readable && word->owner && word->owner == own_old_tid;
    }
    int tid = atomic_load_explicit(&thread->tid, memory_order_relaxed);
    return !word->readable || held->kind == FW_LOCK_KIND_RWLOCK_READ || !word->owner || word->owner == tid;
}

/* Rows of numbers that go into as many frames as they need. Little enough for a small stack. */
enum { ROW_NUMBERS = 80, ROW_BYTES = ROW_NUMBERS * 9 + 64 };
struct rows {
    enum fw_record type;
    enum fw_key key;
    uint32_t count;
    uint64_t numbers[ROW_NUMBERS];
};

static void send_rows(struct rows *rows)
{
    if (rows->count) {
        uint8_t buffer[ROW_BYTES];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, rows->type);
        fw_frame_array(&frame, rows->key, rows->count);
        for (uint32_t i = 0; i < rows->count; i++) {
            fw_cbor_uint(&frame.cbor, rows->numbers[i]);
        }
        fw_frame_uint(&frame, FW_KEY_EPOCH, fw_epoch());
        fw_frame_send(&frame);
        rows->count = 0;
    }
}

static void add_row(struct rows *rows, const uint64_t *numbers, uint32_t count)
{
    if (rows->count + count > ROW_NUMBERS) {
        send_rows(rows);
    }
    for (uint32_t i = 0; i < count; i++) {
        rows->numbers[rows->count++] = numbers[i];
    }
}

static void send_locks(void)
{
    struct rows rows = {.type = FW_RECORD_HELD, .key = FW_KEY_LOCKS, .count = 0};
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        for (uint32_t i = 0; i < thread->lock_count; i++) {
            const struct fw_held_lock *held = &thread->locks[i];
            struct fw_lock_word word = fw_lock_word_afar(held->address, held->kind);
            if (agrees(thread, held, &word)) {
                uint64_t row[] = {atomic_load(&thread->id), held->address, held->kind, held->site};
                add_row(&rows, row, 4);
            }
        }
    }
    send_rows(&rows);
}

static void send_regions(void)
{
    struct rows rows = {.type = FW_RECORD_INSIDE, .key = FW_KEY_REGIONS, .count = 0};
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        uint32_t depth = thread->region_depth < FW_REGIONS_MAX ? thread->region_depth : FW_REGIONS_MAX;
        for (uint32_t i = 0; thread != own && i < depth; i++) {
            const struct fw_region *region = &thread->regions[i];
            uint64_t row[] = {atomic_load(&thread->id), region->function, region->site};
            categories_inside |= 1u << category_of[region->function];
            add_row(&rows, row, 3);
        }
    }
    send_rows(&rows);
}

void fw_inherited_send(void)
{
    send_locks();
    send_regions();
}

/* A thread of this process that this child created, or the child's own thread. */
static bool is_alive(int tid)
{
    int saved = errno;
    bool alive = syscall(SYS_tgkill, fw_getpid(), tid, 0) == 0;
    errno = saved;
    return alive;
}

static bool excludes(uint8_t held, uint8_t wanted)
{
    return wanted != FW_LOCK_KIND_RWLOCK_READ || held != FW_LOCK_KIND_RWLOCK_READ;
}

/* The record of the lock among those of threads that cannot release it. */
static bool find_record(const void *lock, uint8_t kind, struct fw_holder *holder)
{
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        for (uint32_t i = 0; (thread == own || is_vanished(thread)) && i < thread->lock_count; i++) {
            const struct fw_held_lock *held = &thread->locks[i];
            if (held->address != (uintptr_t)lock || !excludes(held->kind, kind)) {
                continue;
            }
            struct fw_lock_word word = fw_lock_word(lock, held->kind);
            if (agrees(thread, held, &word)) {
                holder->thread = thread;
                holder->site = held->site;
                return true;
            }
        }
    }
    return false;
}

static const struct fw_thread *vanished_with(int tid)
{
    uint32_t position = 0;
    const struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        if (is_vanished(thread) && atomic_load_explicit(&thread->tid, memory_order_relaxed) == tid) {
            return thread;
        }
    }
    return tid == own_old_tid ? own : NULL;
}

bool fw_inherited_holder(const void *lock, uint8_t kind, struct fw_holder *holder)
{
    struct fw_lock_word word = fw_lock_word(lock, kind);
    *holder = (struct fw_holder){.owner = word.readable ? word.owner : 0};
    if (word.readable && (word.shared || (word.owner && is_alive(word.owner)))) {
        return false;
    }
    if (find_record(lock, kind, holder)) {
        return true;
    }
    if (holder->owner) {
        holder->thread = vanished_with(holder->owner);
    }
    return holder->owner != 0;
}

uint32_t fw_inherited_waiter(const void *object, const void *mutex)
{
    uint32_t found = 0;
    uint32_t position = 0;
    const struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        bool same = thread->waits_on == (uintptr_t)object || (mutex && thread->waits_with == (uintptr_t)mutex);
        if (is_vanished(thread) && thread->waits_on && same) {
            if (found) {
                return 0;
            }
            found = atomic_load(&thread->id);
        }
    }
    return found;
}

uint32_t fw_inherited_thread(uintptr_t handle)
{
    uint32_t position = 0;
    const struct fw_thread *thread;
    while (handle && (thread = fw_threads_next(&position)) != NULL) {
        if (is_vanished(thread) && thread->handle == handle) {
            return atomic_load(&thread->id);
        }
    }
    return 0;
}

void fw_inherited_forget(uintptr_t handle)
{
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        if (is_vanished(thread) && thread->handle == handle) {
            thread->handle = 0;
        }
    }
}

bool fw_inherited_inside(uint32_t function)
{
    return function < FW_FN_END && categories_inside & 1u << category_of[function];
}
