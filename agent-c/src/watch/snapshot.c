#include "snapshot.h"

#include <stdatomic.h>
#include <string.h>

#include "child/lock_word.h"
#include "state/epoch.h"
#include "state/lock_origins.h"
#include "state/threads.h"
#include "stream/rows.h"

enum { COLUMNS = 6, SHARED_FLAG = 1 << 4, UNRECORDED_MAX = 32 };
_Static_assert((int)FW_LOCKS_MAX <= (int)FW_LOCK_WORDS, "a thread's locks are looked at in one go");

struct snapshot {
    uint32_t index;
    uint64_t held_since_us; /* only what was taken until then */
    struct fw_rows rows;
    uint32_t unrecorded; /* numbers in the following */
    uint64_t pairs[2 * UNRECORDED_MAX];
};

static void send(struct snapshot *snapshot, bool more)
{
    struct fw_frame *frame = fw_rows_frame(&snapshot->rows);
    fw_frame_uint(frame, FW_KEY_INDEX, snapshot->index);
    if (snapshot->unrecorded) {
        fw_frame_array(frame, FW_KEY_UNRECORDED, snapshot->unrecorded);
        for (uint32_t i = 0; i < snapshot->unrecorded; i++) {
            fw_cbor_uint(&frame->cbor, snapshot->pairs[i]);
        }
    }
    fw_frame_uint(frame, FW_KEY_EPOCH, fw_epoch());
    fw_frame_bool(frame, FW_KEY_MORE, more);
    fw_frame_send(frame);
    fw_rows_again(&snapshot->rows);
    snapshot->unrecorded = 0;
}

/* Its thread writes the record with plain stores while this reads (held.h: what is read is checked afterwards); so
 * ThreadSanitizer is told to look away. */
#define RACY __attribute__((no_sanitize("thread"), noinline))

static RACY struct fw_held_lock read_held(const struct fw_held_lock *from)
{
    const volatile struct fw_held_lock *now = from;
    struct fw_held_lock held;
    /* fw_held_take writes the address last. */
    held.address = now->address;
    atomic_thread_fence(memory_order_acquire);
    held.site = now->site;
    held.stack = now->stack;
    held.frame = now->frame;
    held.taken_kind = now->taken_kind;
    atomic_thread_fence(memory_order_acquire);
    return now->address == held.address ? held : (struct fw_held_lock){.address = 0};
}

static RACY uint32_t read_count(const uint32_t *from)
{
    return *(const volatile uint32_t *)from;
}

static RACY uintptr_t read_handle(const uintptr_t *from)
{
    return *(const volatile uintptr_t *)from;
}

static bool same(const struct fw_held_lock *one, const struct fw_held_lock *other)
{
    return one->address == other->address && one->site == other->site && one->taken_kind == other->taken_kind;
}

/* True if the lock's memory does not say otherwise: another thread may have given it back, or it is gone. */
static bool agrees(const struct fw_lock_word *word, uint8_t kind, const struct fw_thread *thread)
{
    if (word->gone || (word->readable && !word->taken)) {
        return false;
    }
    if (!word->readable || kind == FW_LOCK_KIND_RWLOCK_READ) {
        return true;
    }
    uintptr_t handle = read_handle(&thread->handle);
    return (!word->owner || word->owner == fw_thread_tid(thread)) &&
           (!word->owner_handle || !handle || word->owner_handle == handle);
}

/* What one thread has held for long. */
struct candidates {
    uint32_t id;
    uint32_t count;
    uint32_t at[FW_LOCKS_MAX]; /* place in its record */
    struct fw_held_lock held[FW_LOCKS_MAX];
};

static void find_candidates(const struct snapshot *snapshot, const struct fw_thread *thread,
                            struct candidates *candidates)
{
    uint32_t count = read_count(&thread->lock_end);
    candidates->count = 0;
    for (uint32_t i = 0; i < count && i < FW_LOCKS_MAX; i++) {
        const struct fw_held_lock held = read_held(&thread->locks[i]);
        uint64_t taken_us = FW_TAKEN_US(&held);
        if (held.address && taken_us && taken_us <= snapshot->held_since_us) {
            candidates->at[candidates->count] = i;
            candidates->held[candidates->count++] = held;
        }
    }
}

static bool is_still_held(const struct fw_thread *thread, const struct candidates *candidates, uint32_t i)
{
    const struct fw_held_lock again = read_held(&thread->locks[candidates->at[i]]);
    return same(&candidates->held[i], &again) && read_count(&thread->lock_end) > candidates->at[i] &&
           atomic_load(&thread->id) == candidates->id;
}

static void add_locks(struct snapshot *snapshot, const struct fw_thread *thread, const struct candidates *candidates)
{
    uintptr_t locks[FW_LOCKS_MAX];
    uint8_t kinds[FW_LOCKS_MAX];
    struct fw_lock_word words[FW_LOCKS_MAX];
    for (uint32_t i = 0; i < candidates->count; i++) {
        locks[i] = candidates->held[i].address;
        kinds[i] = FW_TAKEN_KIND(&candidates->held[i]);
    }
    fw_lock_words_afar(locks, kinds, candidates->count, words);
    for (uint32_t i = 0; i < candidates->count; i++) {
        const struct fw_held_lock *held = &candidates->held[i];
        if (!agrees(&words[i], kinds[i], thread) || !is_still_held(thread, candidates, i)) {
            continue;
        }
        if (fw_rows_full(&snapshot->rows)) {
            send(snapshot, true);
        }
        uint32_t flags = words[i].readable && words[i].shared ? SHARED_FLAG : 0;
        const uint64_t row[COLUMNS] = {candidates->id, locks[i],          kinds[i] | flags,
                                       held->site,     FW_TAKEN_US(held), fw_lock_origin(locks[i])};
        fw_rows_add(&snapshot->rows, row);
    }
}

static void add_thread(struct snapshot *snapshot, const struct fw_thread *thread)
{
    struct candidates candidates = {.id = atomic_load(&thread->id)};
    find_candidates(snapshot, thread, &candidates);
    if (candidates.count) {
        add_locks(snapshot, thread, &candidates);
    }
    uint32_t more = read_count(&thread->lock_more);
    if (more && atomic_load(&thread->id) == candidates.id) {
        if (snapshot->unrecorded == 2 * UNRECORDED_MAX) {
            send(snapshot, true);
        }
        snapshot->pairs[snapshot->unrecorded++] = candidates.id;
        snapshot->pairs[snapshot->unrecorded++] = more;
    }
}

void fw_snapshot_send(uint64_t now_ns, uint64_t held_for_ns)
{
    static uint32_t last_index;
    const uint64_t us_ns = 1000;
    struct snapshot snapshot = {.index = ++last_index};
    snapshot.held_since_us = now_ns > held_for_ns ? (now_ns - held_for_ns) / us_ns : 0;
    fw_rows_begin(&snapshot.rows, FW_RECORD_SNAPSHOT, FW_KEY_LOCKS, COLUMNS);
    uint32_t position = 0;
    const struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        add_thread(&snapshot, thread);
    }
    send(&snapshot, false);
}
