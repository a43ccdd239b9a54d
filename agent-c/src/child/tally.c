#include "tally.h"

#include <stdatomic.h>
#include <string.h>

#include "jni.h"
#include "state/self.h"
#include "stream/stream.h"

static const uint64_t PAUSE_NS = 1000000000;

struct fw_tally {
    _Atomic bool taken; /* by a vfork child */
    _Atomic bool untold;
    _Atomic uint64_t told_ns;
    _Atomic uint32_t counts[FW_CALLED_END];
};

/* A forked child's own. */
static struct fw_tally own;
/* vfork children run in their parent's memory, several at once: each takes one of these. */
enum { TALLIES = 16 };
static struct fw_tally tallies[TALLIES];

static void clear(struct fw_tally *tally)
{
    for (uint32_t i = 0; i < FW_CALLED_END; i++) {
        atomic_store_explicit(&tally->counts[i], 0, memory_order_relaxed);
    }
    atomic_store_explicit(&tally->untold, false, memory_order_relaxed);
    atomic_store_explicit(&tally->told_ns, 0, memory_order_relaxed);
}

void fw_tally_reset(void)
{
    clear(&own);
}

/* NULL where all are taken. */
static struct fw_tally *of_vfork_child(void)
{
    for (uint32_t i = 0; i < TALLIES && !fw_self.tally; i++) {
        if (!atomic_exchange(&tallies[i].taken, true)) {
            clear(&tallies[i]);
            fw_self.tally = &tallies[i];
        }
    }
    return fw_self.tally;
}

uint32_t fw_tally_count(uint32_t function)
{
    struct fw_tally *tally = fw_self.vfork_child ? of_vfork_child() : &own;
    if (!tally) {
        return 1;
    }
    uint32_t before = atomic_fetch_add_explicit(&tally->counts[function], 1, memory_order_relaxed);
    if (before) {
        atomic_store_explicit(&tally->untold, true, memory_order_relaxed);
    }
    return before + 1;
}

static void send(const struct fw_tally *tally)
{
    enum { PAIRS = 60, BYTES = PAIRS * 2 * 5 + 64 };
    for (uint32_t at = 0; at < FW_CALLED_END;) {
        uint16_t functions[PAIRS];
        uint32_t pairs = 0;
        for (; at < FW_CALLED_END && pairs < PAIRS; at++) {
            if (atomic_load_explicit(&tally->counts[at], memory_order_relaxed) > 1) {
                functions[pairs++] = (uint16_t)at;
            }
        }
        if (pairs) {
            uint8_t buffer[BYTES];
            struct fw_frame frame;
            fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_CALLS);
            fw_frame_array(&frame, FW_KEY_COUNTS, (size_t)pairs * 2);
            for (uint32_t i = 0; i < pairs; i++) {
                fw_cbor_uint(&frame.cbor, functions[i]);
                fw_cbor_uint(&frame.cbor, atomic_load_explicit(&tally->counts[functions[i]], memory_order_relaxed));
            }
            fw_frame_send(&frame);
        }
    }
}

void fw_tally_send(void)
{
    struct fw_tally *tally = fw_self.vfork_child ? fw_self.tally : &own;
    if (tally && atomic_exchange(&tally->untold, false)) {
        atomic_store_explicit(&tally->told_ns, fw_now_ns(), memory_order_relaxed);
        send(tally);
    }
}

void fw_tally_send_sometimes(void)
{
    if (fw_self.vfork_child) {
        return;
    }
    uint64_t now = fw_now_ns();
    uint64_t told = atomic_load_explicit(&own.told_ns, memory_order_relaxed);
    if (told && now - told >= PAUSE_NS) {
        fw_tally_send();
    }
    if (!told || now - told >= PAUSE_NS) {
        atomic_store_explicit(&own.told_ns, now, memory_order_relaxed);
    }
}

void fw_tally_forget(void)
{
    struct fw_tally *tally = fw_self.tally;
    if (tally) {
        fw_self.tally = NULL;
        atomic_store(&tally->taken, false);
    }
}
