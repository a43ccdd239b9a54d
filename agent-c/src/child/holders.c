#include "holders.h"

#include <stdatomic.h>
#include <sys/syscall.h>

#include "afar.h"
#include "java_holder.h"
#include "stack/capture.h"
#include "stack/python.h"
#include "state/epoch.h"
#include "state/functions.h"
#include "state/self.h"
#include "stream/stream.h"
#include "vanished.h"

/* Where the thread stood: its registers after the return from that call. */
struct place {
    uintptr_t site;
    uintptr_t stack;
    uintptr_t frame; /* 0: not known */
    uintptr_t lock;  /* 0: inside of a function */
};

/* What was sent of a thread. */
struct sent {
    uint32_t thread;
    bool all;
    uintptr_t next; /* where the stack goes on behind what was sent */
};
enum { SENT_MAX = 32 };

/* Too large for the stack of a small thread; touched in children with a holder alone, the slice where others may write
 * to the stack. */
static struct room {
    uint8_t holder[3200];
    uint8_t slice[FW_SLICE_BYTES];
} room;
static uint32_t sent_count FW_CHILD_PAGE;
static struct sent sent_threads[SENT_MAX] FW_CHILD_PAGE;
static _Atomic bool room_taken FW_CHILD_PAGE;
static __thread bool has_room __attribute__((tls_model("initial-exec")));

/* The thread may have been at it when a handler's fork made this child: then the room stays taken. */
void fw_holders_reset(void)
{
    if (!has_room && sent_count) {
        sent_count = 0;
    }
    atomic_store(&room_taken, has_room);
}

/* False only where another thread of the child has it and is slow. */
static bool take_room(void)
{
    const uint64_t patience_ns = 2000000;
    uint64_t deadline = 0;
    has_room = true;
    while (atomic_exchange(&room_taken, true)) {
        uint64_t now = fw_now_ns();
        deadline = deadline ? deadline : now + patience_ns;
        if (now >= deadline) {
            has_room = false;
            return false;
        }
        FW_SYSTEM_CALL(SYS_sched_yield, 0);
    }
    return true;
}

static void give_back_room(void)
{
    atomic_store(&room_taken, false);
    has_room = false;
}

/* The hook's frame record: the caller's frame pointer and the return address, and above it the caller's stack.
 * Elsewhere than on x86-64 the record does not lie at the top of the hook's frame (AAPCS64, the frame pointer). */
static bool region_place(const struct fw_region *region, struct place *place)
{
#if defined(__x86_64__)
    uintptr_t record[2];
    if (!fw_afar_read(region->frame, record, sizeof record) || record[1] != region->site) {
        return false;
    }
    *place = (struct place){.site = region->site, .stack = region->frame + sizeof record, .frame = record[0]};
    return true;
#else
    (void)region;
    (void)place;
    return false;
#endif
}

/* After fork(3) the C library's allocator is whole again, and nobody waits for the thread inside. */
static bool entered_place(const struct fw_thread *thread, struct place *place)
{
    *place = (struct place){.site = 0};
    return !fw_vanished.by_fork && fw_vanished_entered(thread, &place->site, &place->stack) != FW_FN_NONE;
}

/* The innermost region is where the thread is, a lock where it was. */
static bool find_place(const struct fw_thread *thread, struct place *place)
{
    uint32_t depth = fw_vanished_regions(thread);
    if (entered_place(thread, place) || (depth && region_place(&thread->regions[depth - 1], place))) {
        return true;
    }
    const struct fw_held_lock *held = fw_vanished_newest(thread);
    if (!held) {
        return false;
    }
    *place = (struct place){.site = held->site, .stack = held->stack, .frame = held->frame, .lock = held->address};
    return true;
}

static void add_python_frames(const struct fw_thread *thread, struct fw_frame *frame)
{
    uint32_t lines[FW_PYTHON_DEPTH];
    uint32_t count = fw_capture_python_of(thread, lines);
    if (count) {
        fw_frame_array(frame, FW_KEY_PYTHON, count);
        for (uint32_t i = 0; i < count; i++) {
            fw_cbor_uint(&frame->cbor, lines[i]);
        }
    }
}

static void send_holder(const struct fw_thread *thread, const struct place *place)
{
    struct fw_frame frame;
    fw_frame_begin(&frame, room.holder, sizeof room.holder, FW_RECORD_HOLDER);
    fw_frame_uint(&frame, FW_KEY_THREAD, atomic_load(&thread->id));
    fw_frame_uint(&frame, FW_KEY_SITE, place->site);
    fw_frame_uint(&frame, FW_KEY_STACK_POINTER, place->stack);
    fw_frame_some(&frame, FW_KEY_FRAME_POINTER, place->frame);
    fw_frame_some(&frame, FW_KEY_ADDRESS, place->lock);
    fw_frame_uint(&frame, FW_KEY_EPOCH, fw_epoch());
    add_python_frames(thread, &frame);
    fw_java_holder_frames(thread, &frame);
    fw_frame_send(&frame);
}

/* A thread's stack ends in its struct pthread, which is what its handle points to (nptl/allocatestack.c of glibc); the
 * first thread's stack, and any other C library's, ends where nothing is readable. */
static uintptr_t end_of(const struct fw_thread *thread, uintptr_t stack)
{
    const uintptr_t far = (uintptr_t)1 << 30;
    return thread->handle > stack && thread->handle - stack < far ? thread->handle : UINTPTR_MAX;
}

/* Up to `bytes` more of the stack. */
static void send_slices(const struct fw_thread *thread, struct sent *sent, size_t bytes)
{
    uintptr_t end = end_of(thread, sent->next);
    while (bytes && sent->next < end) {
        size_t wanted = bytes < FW_SLICE_BYTES ? bytes : FW_SLICE_BYTES;
        wanted = wanted < end - sent->next ? wanted : end - sent->next;
        const void *at;
        size_t got = fw_afar_see_until(sent->next, room.slice, wanted, &at);
        if (got) {
            uint8_t buffer[FW_FRAME_SMALL];
            struct fw_frame frame;
            fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_SLICE);
            fw_frame_uint(&frame, FW_KEY_THREAD, sent->thread);
            fw_frame_uint(&frame, FW_KEY_ADDRESS, sent->next);
            fw_frame_send_bytes(&frame, FW_KEY_DATA, at, got);
        }
        sent->next += got;
        bytes -= got;
        if (got != wanted) {
            break;
        }
    }
}

/* NULL where no more threads are to be sent, or nothing is known of where this one stood. Sends the thread the first
 * time. */
static struct sent *sent_of(const struct fw_thread *thread)
{
    uint32_t id = atomic_load(&thread->id);
    for (uint32_t i = 0; i < sent_count; i++) {
        if (sent_threads[i].thread == id) {
            return &sent_threads[i];
        }
    }
    struct place place;
    if (sent_count == SENT_MAX || !find_place(thread, &place)) {
        return NULL;
    }
    struct sent *sent = &sent_threads[sent_count++];
    *sent = (struct sent){.thread = id, .next = place.stack};
    send_holder(thread, &place);
    return sent;
}

static void send(const struct fw_thread *thread, size_t bytes, bool all)
{
    if (!thread || fw_self.vfork_child || !fw_has_vanished(thread)) {
        return;
    }
    if (take_room()) {
        struct sent *sent = sent_of(thread);
        if (sent && !sent->all) {
            sent->all = all;
            send_slices(thread, sent, bytes);
        }
        give_back_room();
    }
}

bool fw_holders_ask_others(const struct fw_thread *thread)
{
    return thread->jni || fw_python_is_found();
}

void fw_holders_send(const struct fw_thread *thread)
{
    send(thread, FW_SLICE_BYTES, false);
}

void fw_holders_send_all(const struct fw_thread *thread)
{
    send(thread, FW_STACK_BYTES, true);
}

void fw_holders_forget(struct fw_thread *thread)
{
    for (uint32_t i = 0; i < sent_count; i++) {
        if (sent_threads[i].thread == atomic_load(&thread->id)) {
            sent_threads[i].all = true;
        }
    }
    for (uint32_t i = 0; i < FW_LOCKS_MAX; i++) {
        thread->locks[i].stack = 0;
    }
    for (uint32_t i = 0; i < FW_REGIONS_MAX; i++) {
        thread->regions[i].frame = 0;
    }
    thread->entered = NULL;
}
