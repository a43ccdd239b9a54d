#include "observe.h"

#include <errno.h>

#include "child.h"
#include "holders.h"
#include "inherited.h"
#include "patch/objects.h"
#include "stack/capture.h"
#include "state/children.h"
#include "state/self.h"
#include "stream/stream.h"
#include "tally.h"
#include "vanished.h"

/* Begins the agent's own work in a child; false where it is not a child, or at it already. */
static bool begin(int *saved)
{
    struct fw_self *self = &fw_self;
    if (self->observing) {
        return false;
    }
    *saved = errno;
    if (fw_calm_is_wiped()) {
        /* Here the agent's own handler has not run yet, but those of libraries that came before it; or nobody saw the
         * fork. */
        if (self->fork) {
            fw_child_begin();
        } else {
            fw_child_begin_unobserved();
        }
    } else if (!self->vfork_child && (!fw_calm_is_marked() || (self->fork && !fw_calm_wipes))) {
        /* Another thread's vfork; or a child that cannot tell whether it has forked already. */
        return false;
    }
    self->observing = true;
    return true;
}

static void done(int saved)
{
    fw_self.observing = false;
    errno = saved;
}

uint32_t fw_child_stack(void)
{
    int saved;
    if (!begin(&saved)) {
        return 0;
    }
    uint32_t stack = fw_capture_stack(false);
    done(saved);
    return stack;
}

/* For the watch from outside: the last call that may not come back. */
static void note_wait(uint32_t function, uint64_t object, uint32_t stack, uint32_t lost_thread)
{
    struct fw_child_slot *slot = fw_self.vfork_child ? NULL : fw_children_self;
    if (slot) {
        atomic_store_explicit(&slot->called, 0, memory_order_relaxed);
        atomic_store_explicit(&slot->object, object, memory_order_relaxed);
        atomic_store_explicit(&slot->stack, stack, memory_order_relaxed);
        atomic_store_explicit(&slot->lost_thread, lost_thread, memory_order_relaxed);
        atomic_store_explicit(&slot->called, function, memory_order_release);
        atomic_fetch_add_explicit(&slot->waits, 1, memory_order_release);
    }
}

/* Of functions that a vanished thread may have been about; another call's stack would cost too much. */
static uint32_t first_stack[FW_FN_END];

static void send_call(uint32_t function, uint32_t stack, uintptr_t site)
{
    uint8_t buffer[FW_FRAME_SMALL];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_CALL);
    fw_frame_uint(&frame, FW_KEY_CALLED, function);
    fw_frame_some(&frame, FW_KEY_STACK, stack);
    if (fw_objects_is_libjvm((const void *)site)) {
        fw_frame_bool(&frame, FW_KEY_IN_JVM, true);
    }
    fw_frame_send(&frame);
}

void fw_child_call(uint32_t function, uintptr_t site)
{
    enum { LOOK_AT_CLOCK = 64 };
    int saved;
    if (!begin(&saved)) {
        return;
    }
    uint32_t count = fw_tally_count(function);
    /* It may find what a vanished thread was about. */
    bool risky = fw_inherited_inside(function);
    if (count == 1) {
        uint32_t stack = fw_capture_stack(false);
        send_call(function, stack, site);
        if (risky) {
            first_stack[function] = stack;
            fw_inherited_met(function);
        }
    } else if (count % LOOK_AT_CLOCK == 0) {
        fw_tally_send_sometimes();
    }
    if (risky) {
        note_wait(function, 0, first_stack[function], 0);
    }
    done(saved);
}

static _Atomic uint64_t last_object FW_CHILD_PAGE;
static _Atomic uint32_t last_stack FW_CHILD_PAGE;

/* Locks that were tried in vain: once each is enough to tell, and a program may try for ever. */
enum { TRIED_MAX = 16 };
static uintptr_t tried[TRIED_MAX];
static uint32_t tried_count;

void fw_observe_reset(void)
{
    tried_count = 0;
    atomic_store(&last_object, 0);
    atomic_store(&last_stack, 0);
}

void fw_child_waits(uint32_t function, const void *object, uint32_t thread)
{
    int saved;
    if (!begin(&saved)) {
        return;
    }
    uint32_t stack = fw_capture_stack(false);
    note_wait(function, (uintptr_t)object, stack, thread);
    bool same_object = atomic_exchange(&last_object, (uintptr_t)object) == (uintptr_t)object;
    bool same_stack = atomic_exchange(&last_stack, stack) == stack;
    if (!same_object || !same_stack) {
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_WAIT);
        fw_frame_uint(&frame, FW_KEY_CALLED, function);
        fw_frame_uint(&frame, FW_KEY_ADDRESS, (uintptr_t)object);
        fw_frame_some(&frame, FW_KEY_STACK, stack);
        fw_frame_some(&frame, FW_KEY_THREAD, thread);
        fw_frame_send(&frame);
        fw_holders_send_all(fw_inherited_by_id(thread));
    }
    done(saved);
}

static void lock_frame(struct fw_frame *frame, const void *lock, uint8_t kind, uint32_t stack,
                       const struct fw_holder *holder)
{
    fw_frame_uint(frame, FW_KEY_ADDRESS, (uintptr_t)lock);
    fw_frame_uint(frame, FW_KEY_LOCK_KIND, kind);
    fw_frame_some(frame, FW_KEY_STACK, stack);
    if (holder->thread) {
        fw_frame_uint(frame, FW_KEY_THREAD, atomic_load(&holder->thread->id));
    }
    fw_frame_some(frame, FW_KEY_SITE, holder->site);
}

void fw_child_blocks(uint32_t function, const void *lock, uint8_t kind)
{
    int saved;
    struct fw_holder holder;
    /* vfork's child shares its memory with threads that run on and give their locks back. */
    if (fw_self.vfork_child || !begin(&saved)) {
        return;
    }
    if (fw_inherited_holder(lock, kind, &holder)) {
        uint32_t stack = fw_capture_stack(false);
        note_wait(function, (uintptr_t)lock, stack, 0);
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_BLOCKED);
        fw_frame_uint(&frame, FW_KEY_CALLED, function);
        lock_frame(&frame, lock, kind, stack, &holder);
        fw_frame_some(&frame, FW_KEY_OWNER, (uint64_t)holder.owner);
        fw_frame_send(&frame);
        fw_holders_send_all(holder.thread);
    }
    done(saved);
}

void fw_child_lock_failed(uint32_t function, const void *lock, uint8_t kind, int error)
{
    int saved;
    struct fw_holder holder;
    if (fw_self.vfork_child || !begin(&saved)) {
        return;
    }
    if (fw_inherited_holder(lock, kind, &holder)) {
        uint8_t buffer[FW_FRAME_SMALL];
        struct fw_frame frame;
        fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_LOCK_FAILED);
        fw_frame_uint(&frame, FW_KEY_CALLED, function);
        fw_frame_uint(&frame, FW_KEY_ERRNO, (uint64_t)error);
        lock_frame(&frame, lock, kind, fw_capture_stack(false), &holder);
        fw_frame_send(&frame);
        fw_holders_send_all(holder.thread);
    }
    done(saved);
}

static bool was_tried(uintptr_t lock)
{
    for (uint32_t i = 0; i < tried_count; i++) {
        if (tried[i] == lock) {
            return true;
        }
    }
    return false;
}

/* What its own thread holds it cannot have in the parent either, and in memory that other processes share the holder
 * gives it back, whether it is made for that or not. */
static bool is_out_of_reach(const void *lock, uint8_t kind)
{
    struct fw_holder holder;
    return fw_inherited_holder(lock, kind, &holder) && holder.thread != fw_vanished.own &&
           !fw_lock_is_in_shared_memory(lock);
}

void fw_child_try_failed(uint32_t function, const void *lock, uint8_t kind, int error)
{
    /* vfork's child tells nothing of locks, and would write to its parent's memory here. */
    bool told = fw_self.vfork_child || was_tried((uintptr_t)lock);
    if (!told && fw_vanished_may_hold((uintptr_t)lock) && tried_count < TRIED_MAX) {
        tried[tried_count++] = (uintptr_t)lock;
        if (is_out_of_reach(lock, kind)) {
            fw_child_lock_failed(function, lock, kind, error);
        }
    }
}

void fw_child_summary(void)
{
    int saved;
    if (begin(&saved)) {
        fw_tally_send();
        done(saved);
    }
}
