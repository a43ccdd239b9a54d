#include "threads.h"

#include <string.h>

#include "self.h"

static struct fw_thread *slots;
static uint32_t slot_count;
/* One past the highest slot ever used: readers stop there. */
static _Atomic uint32_t slots_used;
static _Atomic uint32_t next_id = 1;
static _Atomic uint32_t hint;
static _Atomic uint32_t untracked;
/* The child's own. */
static struct {
    const struct fw_thread *thread;
    int tid;
} renumbered FW_CHILD_PAGE;

bool fw_threads_init(uint32_t capacity)
{
    slots = fw_map((size_t)capacity * sizeof *slots);
    slot_count = slots ? capacity : 0;
    return slots != NULL;
}

static void note_used(uint32_t index)
{
    uint32_t used = atomic_load(&slots_used);
    while (used <= index && !atomic_compare_exchange_weak(&slots_used, &used, index + 1)) {
    }
}

struct fw_thread *fw_threads_claim(void)
{
    /* Low slots first, so that the table's touched part stays as small as the number of threads: start where a slot
     * was last given back. */
    uint32_t from = atomic_load_explicit(&hint, memory_order_relaxed);
    for (uint32_t step = 0; step < slot_count; step++) {
        uint32_t index = from + step < slot_count ? from + step : from + step - slot_count;
        uint32_t expected = FW_SLOT_FREE;
        if (atomic_load_explicit(&slots[index].state, memory_order_relaxed) == FW_SLOT_FREE &&
            atomic_compare_exchange_strong(&slots[index].state, &expected, FW_SLOT_CLAIMED)) {
            struct fw_thread *thread = &slots[index];
            if (thread == renumbered.thread) {
                renumbered.thread = NULL;
            }
            note_used(index);
            atomic_store_explicit(&hint, index + 1 < slot_count ? index + 1 : 0, memory_order_relaxed);
            atomic_store(&thread->id, atomic_fetch_add_explicit(&next_id, 1, memory_order_relaxed));
            thread->seen = true;
            thread->started_ns = UINT64_MAX;
            thread->creator = 0;
            thread->stack = 0;
            thread->start = NULL;
            thread->argument = NULL;
            thread->lock_end = 1;
            thread->locks[0].address = 0;
            thread->lock_more = 0;
            thread->region_depth = 0;
            thread->purge_pause = 0;
            thread->purge_left = 0;
            thread->waits_on = 0;
            thread->waits_with = 0;
            thread->entered = NULL;
            thread->fork_aware = false;
            thread->handle = 0;
            thread->jni = NULL;
            thread->name[0] = '\0';
            atomic_store_explicit(&thread->tid, 0, memory_order_relaxed);
            atomic_store_explicit(&thread->kind, 0, memory_order_relaxed);
            return thread;
        }
    }
    atomic_fetch_add_explicit(&untracked, 1, memory_order_relaxed);
    return NULL;
}

void fw_threads_live(struct fw_thread *thread, int tid)
{
    thread->started_ns = fw_now_ns();
    atomic_store_explicit(&thread->tid, tid, memory_order_relaxed);
    atomic_store_explicit(&thread->state, FW_SLOT_LIVE, memory_order_release);
}

int fw_thread_tid(const struct fw_thread *thread)
{
    return thread == renumbered.thread ? renumbered.tid : atomic_load_explicit(&thread->tid, memory_order_relaxed);
}

void fw_threads_renumber(const struct fw_thread *thread, int tid)
{
    /* Another thread of this child's parent forked it, which was a child itself. */
    if (renumbered.thread && renumbered.thread != thread) {
        struct fw_thread *other = &slots[renumbered.thread - slots];
        atomic_store_explicit(&other->tid, renumbered.tid, memory_order_relaxed);
    }
    renumbered.tid = tid;
    renumbered.thread = thread;
}

void fw_threads_release(struct fw_thread *thread)
{
    atomic_store_explicit(&thread->tid, 0, memory_order_relaxed);
    atomic_store_explicit(&thread->state, FW_SLOT_FREE, memory_order_release);
    uint32_t index = (uint32_t)(thread - slots);
    if (index < atomic_load_explicit(&hint, memory_order_relaxed)) {
        atomic_store_explicit(&hint, index, memory_order_relaxed);
    }
}

uint64_t fw_threads_handle(const struct fw_thread *thread)
{
    return (uint64_t)thread->id << 32 | (uint32_t)(thread - slots);
}

struct fw_thread *fw_threads_of(uint64_t handle)
{
    struct fw_thread *thread = &slots[(uint32_t)handle];
    /* The slot may be given back and claimed again between two looks: its id changes before it is live once more. */
    bool live = atomic_load_explicit(&thread->state, memory_order_acquire) == FW_SLOT_LIVE;
    return live && atomic_load(&thread->id) == handle >> 32 ? thread : NULL;
}

struct fw_thread *fw_threads_next(uint32_t *position)
{
    uint32_t used = atomic_load_explicit(&slots_used, memory_order_acquire);
    while (*position < used) {
        struct fw_thread *thread = &slots[(*position)++];
        if (atomic_load_explicit(&thread->state, memory_order_acquire) == FW_SLOT_LIVE) {
            return thread;
        }
    }
    return NULL;
}

struct fw_thread *fw_threads_find(int tid)
{
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        if (fw_thread_tid(thread) == tid) {
            return thread;
        }
    }
    return NULL;
}

struct fw_thread *fw_threads_with_handle(uintptr_t handle)
{
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        if (thread->handle == handle) {
            return thread;
        }
    }
    return NULL;
}

struct fw_thread *fw_threads_self(bool *is_new)
{
    if (is_new) {
        *is_new = false;
    }
    if (!fw_self.thread) {
        int tid = fw_gettid();
        struct fw_thread *thread = fw_threads_find(tid);
        if (!thread && (thread = fw_threads_claim()) != NULL) {
            thread->seen = false;
            fw_threads_live(thread, tid);
            if (is_new) {
                *is_new = true;
            }
        }
        fw_self.tid = tid;
        fw_self.thread = thread;
    }
    return fw_self.thread;
}

uint32_t fw_threads_untracked(void)
{
    return atomic_load_explicit(&untracked, memory_order_relaxed);
}

uint32_t fw_threads_last_id(void)
{
    return atomic_load_explicit(&next_id, memory_order_relaxed) - 1;
}

bool fw_threads_inside(uint32_t function)
{
    uint32_t position = 0;
    const struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        uint32_t depth = __atomic_load_n(&thread->region_depth, __ATOMIC_RELAXED);
        for (uint32_t i = 0; i < depth && i < FW_REGIONS_MAX; i++) {
            if (__atomic_load_n(&thread->regions[i].function, __ATOMIC_RELAXED) == function) {
                return true;
            }
        }
    }
    return false;
}
