#include "listing.h"

#include "lock_word.h"
#include "state/epoch.h"
#include "state/functions.h"
#include "state/held.h"
#include "state/lock_origins.h"
#include "stream/rows.h"
#include "vanished.h"

enum { LOCK_COLUMNS = 6, REGION_COLUMNS = 4, FLAG_BITS = 4, FLAG_SHARED = 1 };

static void send_rows(struct fw_rows *rows, const uint64_t *pairs, uint32_t count, uint64_t allocating)
{
    struct fw_frame *frame = fw_rows_frame(rows);
    if (count) {
        fw_frame_array(frame, FW_KEY_UNRECORDED, count);
        for (uint32_t i = 0; i < count; i++) {
            fw_cbor_uint(&frame->cbor, pairs[i]);
        }
    }
    fw_frame_some(frame, FW_KEY_ALLOCATING, allocating);
    fw_frame_uint(frame, FW_KEY_EPOCH, fw_epoch());
    fw_frame_send(frame);
    fw_rows_again(rows);
}

static void note(struct fw_listed *listed, const struct fw_thread *thread)
{
    uint32_t count = listed->count;
    /* Rows come thread by thread, but regions after all locks. */
    for (uint32_t i = 0; i < count; i++) {
        if (listed->threads[i] == thread) {
            return;
        }
    }
    if (count < FW_LISTED_MAX && thread != fw_vanished.own) {
        listed->threads[listed->count++] = thread;
    }
}

/* Locks whose memory is looked at together. */
struct batch {
    uint32_t count;
    const struct fw_thread *threads[FW_LOCK_WORDS];
    const struct fw_held_lock *held[FW_LOCK_WORDS];
};

struct locks {
    struct fw_rows rows;
    struct fw_listed *listed;
    struct batch batch;
    uint32_t unrecorded;
    uint64_t unrecorded_pairs[16];
};

static void send_locks(struct locks *locks)
{
    if (locks->rows.items || locks->unrecorded) {
        send_rows(&locks->rows, locks->unrecorded_pairs, locks->unrecorded, 0);
        locks->unrecorded = 0;
    }
}

__attribute__((noinline)) static void read_batch(const struct batch *batch, struct fw_lock_word *words)
{
    uintptr_t addresses[FW_LOCK_WORDS];
    uint8_t kinds[FW_LOCK_WORDS];
    for (uint32_t i = 0; i < batch->count; i++) {
        addresses[i] = batch->held[i]->address;
        kinds[i] = FW_TAKEN_KIND(batch->held[i]);
    }
    fw_lock_words_afar(addresses, kinds, batch->count, words);
}

static void list_batch(struct locks *locks)
{
    struct fw_lock_word words[FW_LOCK_WORDS];
    struct batch *batch = &locks->batch;
    read_batch(batch, words);
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct fw_thread *thread = batch->threads[i];
        const struct fw_held_lock *held = batch->held[i];
        if (fw_vanished_held(thread, held, &words[i])) {
            if (fw_rows_full(&locks->rows)) {
                send_locks(locks);
            }
            unsigned flags = words[i].shared ? FLAG_SHARED : 0;
            uint64_t row[LOCK_COLUMNS] = {atomic_load_explicit(&thread->id, memory_order_relaxed),
                                          held->address,
                                          FW_TAKEN_KIND(held) | flags << FLAG_BITS,
                                          held->site,
                                          FW_TAKEN_US(held),
                                          fw_lock_origin(held->address)};
            fw_rows_add(&locks->rows, row);
            fw_vanished_note_lock(held->address);
            if (!flags) {
                note(locks->listed, thread);
            }
        }
    }
    batch->count = 0;
}

static void list_locks_of(struct locks *locks, const struct fw_thread *thread)
{
    uint32_t count = thread->lock_end < FW_LOCKS_MAX ? thread->lock_end : FW_LOCKS_MAX;
    struct batch *batch = &locks->batch;
    for (uint32_t i = 0; i < count; i++) {
        /* The first place may be free, and one that is being filled has no address yet. */
        if (thread->locks[i].address) {
            __builtin_prefetch((const void *)thread->locks[i].address);
            fw_lock_origin_fetch(thread->locks[i].address);
            batch->threads[batch->count] = thread;
            batch->held[batch->count++] = &thread->locks[i];
            if (batch->count == FW_LOCK_WORDS) {
                list_batch(locks);
            }
        }
    }
    if (thread->lock_more) {
        locks->unrecorded_pairs[locks->unrecorded++] = atomic_load_explicit(&thread->id, memory_order_relaxed);
        locks->unrecorded_pairs[locks->unrecorded++] = thread->lock_more;
        if (locks->unrecorded == sizeof locks->unrecorded_pairs / sizeof locks->unrecorded_pairs[0]) {
            send_locks(locks);
        }
    }
}

/* Of many threads nothing is in a cache: what is read soon comes while other things are done. */
enum { AHEAD = 8 };
static void fetch(const struct fw_thread *thread)
{
    enum { LINE = 64 };
    const uint8_t *locks = (const uint8_t *)thread->locks;
    __builtin_prefetch(thread);
    __builtin_prefetch(locks);
    __builtin_prefetch(locks + LINE);
}

/* Threads that may be inside of something: no second look at all of them where they are few. */
enum { BUSY_MAX = 32 };
struct busy {
    uint32_t count; /* more than the room where not all are here */
    const struct fw_thread *threads[BUSY_MAX];
};

/* Nearly every thread has entered the allocator some time; one that waits is not inside (fw_vanished_entered). */
static bool is_busy(const struct fw_thread *thread)
{
    return (thread->region_depth || (thread->entered && !thread->waits_on)) && thread != fw_vanished.own;
}

__attribute__((noinline)) static void list_locks(struct fw_listed *listed, struct busy *busy)
{
    struct locks locks;
    fw_rows_begin(&locks.rows, FW_RECORD_HELD, FW_KEY_LOCKS, LOCK_COLUMNS);
    locks.listed = listed;
    locks.batch.count = 0;
    locks.unrecorded = 0;
    uint32_t position = 0;
    const struct fw_thread *thread;
    for (bool first = true; (thread = fw_threads_next(&position)) != NULL; first = false) {
        for (int i = 1; first && i < AHEAD; i++) {
            fetch(&thread[i]);
        }
        fetch(&thread[AHEAD]);
        if (fw_held_any(thread) || thread->lock_more) {
            list_locks_of(&locks, thread);
        }
        if (is_busy(thread) && busy->count++ < BUSY_MAX) {
            busy->threads[busy->count - 1] = thread;
        }
    }
    list_batch(&locks);
    send_locks(&locks);
}

struct regions {
    struct fw_rows rows;
    struct fw_listed *listed;
    uint64_t allocating;
};

static void list_region(struct regions *regions, const struct fw_thread *thread, uint32_t function, uintptr_t site,
                        uint64_t entered_us)
{
    uint64_t row[REGION_COLUMNS] = {atomic_load_explicit(&thread->id, memory_order_relaxed), function, site,
                                    entered_us};
    if (fw_rows_full(&regions->rows)) {
        send_rows(&regions->rows, NULL, 0, 0);
    }
    fw_rows_add(&regions->rows, row);
    regions->listed->categories |= 1u << fw_function_categories[function];
    note(regions->listed, thread);
}

/* Where only the entry of the allocator's functions is recorded. After fork(3) the C library's own is whole again, and
 * the number of threads inside is what there is to know. */
static void list_entered(struct regions *regions, const struct fw_thread *thread)
{
    uintptr_t site;
    uintptr_t stack;
    uint32_t function = fw_vanished_entered(thread, &site, &stack);
    if (function && fw_vanished.by_fork) {
        regions->allocating++;
    } else if (function) {
        list_region(regions, thread, function, site, 0);
    }
}

static void list_regions_of(struct regions *regions, const struct fw_thread *thread)
{
    uint32_t depth = fw_vanished_regions(thread);
    bool in_allocator = false;
    for (uint32_t i = 0; i < depth; i++) {
        const struct fw_region *region = &thread->regions[i];
        if (region->function < FW_FN_END) {
            list_region(regions, thread, region->function, region->site, region->entered_us);
            in_allocator |= fw_function_categories[region->function] == FW_CATEGORY_ALLOCATOR;
        }
    }
    if (thread->entered && !in_allocator) {
        list_entered(regions, thread);
    }
}

__attribute__((noinline)) static void list_regions(struct fw_listed *listed, const struct busy *busy)
{
    struct regions regions;
    regions.listed = listed;
    regions.allocating = 0;
    fw_rows_begin(&regions.rows, FW_RECORD_INSIDE, FW_KEY_REGIONS, REGION_COLUMNS);
    bool all_here = busy->count <= BUSY_MAX;
    for (uint32_t i = 0; all_here && i < busy->count; i++) {
        list_regions_of(&regions, busy->threads[i]);
    }
    uint32_t position = 0;
    const struct fw_thread *thread;
    while (!all_here && (thread = fw_threads_next(&position)) != NULL) {
        __builtin_prefetch(&thread[AHEAD]);
        if (is_busy(thread)) {
            list_regions_of(&regions, thread);
        }
    }
    if (regions.rows.items || regions.allocating) {
        send_rows(&regions.rows, NULL, 0, regions.allocating);
    }
}

void fw_listing_send(struct fw_listed *listed)
{
    struct busy busy = {.count = 0};
    *listed = (struct fw_listed){.count = 0};
    list_locks(listed, &busy);
    if (busy.count) {
        list_regions(listed, &busy);
    }
}
