#include "allocator.h"

#include <stdatomic.h>

#include "figures.h"
#include "patch/allocator.h"
#include "patch/objects.h"
#include "state/gate.h"
#include "state/shared.h"
#include "stream/stream.h"

static const uint64_t FORKS_NS = 1000000000;
/* Readings take a thousandth of the time at most. */
enum { FIGURES_SHARE = 1000 };

static struct fw_allocator allocator;
static char version[FW_FIGURES_VERSION];
static bool known;
static uint32_t seen_changes;
static uint32_t seen_forks;
static uint64_t forks_due;
static uint64_t patience_ns = 2000000;
static uint64_t figures_due;
/* glibc walks its free chunks under each arena's lock (malloc/malloc.c, int_mallinfo): how many there are is known only
 * from the last reading. So none is made of a heap that has had more time to grow than this, or that is of old. */
static const uint64_t LONGEST_GAP_NS = 60000000000;
static bool heap_is_old;
static uint64_t last_reading;

void fw_allocator_set_patience(uint64_t new_patience_ns)
{
    patience_ns = new_patience_ns;
    figures_due = new_patience_ns ? 0 : UINT64_MAX;
}

void fw_allocator_came_late(void)
{
    heap_is_old = true;
}

static bool is_walk_too_long(uint64_t now_ns)
{
    bool is_first = !last_reading;
    bool is_long_ago = now_ns > last_reading && now_ns - last_reading > LONGEST_GAP_NS;
    return allocator.kind == FW_ALLOCATOR_GLIBC && (heap_is_old || (!is_first && is_long_ago));
}

/* True if malloc is another one's than before. */
static bool look(void)
{
    static struct fw_allocator found;
    uint32_t changes = fw_objects_changes();
    if ((known && changes == seen_changes) || !fw_gate_enter()) {
        return false;
    }
    bool is_new = fw_allocator_find(&found) && found.malloc != allocator.malloc;
    if (is_new) {
        allocator = found;
        fw_figures_version(&allocator, version);
    }
    fw_gate_leave();
    known |= is_new;
    seen_changes = changes;
    return is_new;
}

/* False where the figures are not to be read now. */
static bool read_figures(struct fw_figures *figures, uint64_t now_ns)
{
    uint64_t begun = fw_now_ns();
    if (begun < figures_due || is_walk_too_long(now_ns) || !fw_gate_enter()) {
        return false;
    }
    last_reading = now_ns;
    begun = fw_now_ns();
    /* On a busy machine this thread waits for a processor as well, which says nothing of the heap. */
    uint64_t worked = fw_used_ns(CLOCK_THREAD_CPUTIME_ID);
    fw_figures_read(&allocator, figures);
    worked = fw_used_ns(CLOCK_THREAD_CPUTIME_ID) - worked;
    uint64_t ended = fw_now_ns();
    fw_gate_leave();
    figures_due = ended + (ended - begun) * FIGURES_SHARE;
    if (worked > patience_ns) {
        figures_due = UINT64_MAX;
        fw_stream_note(FW_LEVEL_INFO, "the allocator's own figures are not read any more: it took too long");
    }
    return true;
}

static void send(uint64_t now_ns)
{
    struct fw_figures figures;
    uint8_t buffer[1024];
    struct fw_frame frame;
    seen_forks = atomic_load_explicit(&fw_shared->forks, memory_order_relaxed);
    forks_due = now_ns + FORKS_NS;
    bool read = read_figures(&figures, now_ns);
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_ALLOCATOR);
    fw_frame_text(&frame, FW_KEY_NAME, fw_allocator_name(allocator.kind), 32);
    fw_frame_text(&frame, FW_KEY_VERSION_TEXT, version[0] ? version : NULL, FW_FIGURES_VERSION);
    fw_frame_text(&frame, FW_KEY_PATH, allocator.path[0] ? allocator.path : NULL, FW_ALLOCATOR_PATH);
    if (allocator.protection != FW_PROTECTION_UNKNOWN) {
        fw_frame_bool(&frame, FW_KEY_PROTECTED, allocator.protection == FW_PROTECTED);
        fw_frame_text(&frame, FW_KEY_REASON, allocator.reason, 128);
    }
    if (read) {
        fw_frame_some(&frame, FW_KEY_ARENAS, figures.arenas);
        fw_frame_some(&frame, FW_KEY_ALLOCATED, figures.allocated);
        fw_frame_some(&frame, FW_KEY_MAPPED, figures.mapped);
    }
    fw_frame_send(&frame);
}

void fw_allocator_send(void)
{
    if (known) {
        send(fw_now_ns());
    }
}

void fw_allocator_watch(uint64_t now_ns, bool may_look)
{
    bool is_new = may_look && look();
    uint32_t forks = atomic_load_explicit(&fw_shared->forks, memory_order_relaxed);
    if (is_new || (known && forks != seen_forks && now_ns >= forks_due)) {
        send(now_ns);
    }
}
