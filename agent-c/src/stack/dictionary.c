#include "dictionary.h"

#include <string.h>

#include "state/self.h"

/* Shared with forked children: ids stay unique where a child meets a new stack, and the agent thread resolves the
 * methods of a child's stacks too. Virtual sizes: only pages that are used take memory. */
enum { BUCKETS = 1 << 16, STACKS_MAX = 1 << 15 };
static const size_t ARENA_BYTES = (size_t)48 << 20;

struct bucket {
    _Atomic uint64_t hash;
    _Atomic uint32_t id;
};

struct slot {
    _Atomic bool published;
    struct fw_stack stack;
};

static struct bucket *buckets;
static struct slot *slots;
static uint8_t *arena;
static struct counters {
    _Atomic size_t arena_used;
    _Atomic uint32_t count;
    _Atomic uint32_t refused;
} * counters;

bool fw_dictionary_init(void)
{
    buckets = fw_map_shared(BUCKETS * sizeof *buckets);
    slots = fw_map_shared((STACKS_MAX + 1) * sizeof *slots);
    arena = fw_map_shared(ARENA_BYTES);
    counters = fw_map_shared(sizeof *counters);
    return buckets && slots && arena && counters;
}

/* FNV-1a over words, with the finaliser of splitmix64 for the high bits. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x100000001b3u;
    return hash ^ hash >> 29;
}

static uint64_t hash_of(const struct fw_capture *capture, uint32_t epoch)
{
    uint64_t hash = mix(0xcbf29ce484222325u, epoch);
    for (uint32_t i = 0; i < capture->native; i++) {
        hash = mix(hash, capture->pcs[i]);
    }
    hash = mix(hash, (uint64_t)capture->in_signal << 32 | capture->native);
    for (uint32_t i = 0; i < capture->java; i++) {
        hash = mix(mix(hash, (uintptr_t)capture->frames[i].method), (uint32_t)capture->frames[i].bci);
    }
    for (uint32_t i = 0; i < capture->python; i++) {
        hash = mix(hash, (uint64_t)(i + 1) << 32 | capture->lines[i]);
    }
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    hash ^= hash >> 31;
    return hash ? hash : 1;
}

/* Copies the capture into the arena and publishes it; 0 if there is no room. */
static uint32_t publish(const struct fw_capture *capture, uint32_t epoch)
{
    size_t native_bytes = capture->native * sizeof capture->pcs[0];
    size_t java_bytes = capture->java * sizeof capture->frames[0];
    /* Whole words: the next stack begins behind them. */
    size_t python_bytes = ((size_t)capture->python + 1) / 2 * 2 * sizeof capture->lines[0];
    size_t bytes = native_bytes + java_bytes + python_bytes;
    size_t at = atomic_fetch_add(&counters->arena_used, bytes);
    if (at + bytes > ARENA_BYTES) {
        atomic_fetch_sub(&counters->arena_used, bytes);
        return 0;
    }
    uint32_t id = atomic_fetch_add(&counters->count, 1) + 1;
    if (id > STACKS_MAX) {
        atomic_fetch_sub(&counters->count, 1);
        return 0;
    }
    uint8_t *body = arena + at;
    memcpy(body, capture->pcs, native_bytes);
    memcpy(body + native_bytes, capture->frames, java_bytes);
    memcpy(body + native_bytes + java_bytes, capture->lines, capture->python * sizeof capture->lines[0]);
    slots[id].stack = (struct fw_stack){.id = id,
                                        .epoch = epoch,
                                        .foreign = fw_is_forked_child && !capture->vanished,
                                        .in_signal = capture->in_signal,
                                        .native = capture->native,
                                        .java = capture->java,
                                        .python = capture->python,
                                        .pcs = (const uintptr_t *)body,
                                        .frames = (const struct fw_java_frame *)(body + native_bytes),
                                        .lines = (const uint32_t *)(body + native_bytes + java_bytes)};
    atomic_store_explicit(&slots[id].published, true, memory_order_release);
    return id;
}

/* The id of a stack that another thread entered. That thread may be about to set the id, or have been stopped or killed
 * just before: then the stack is entered a second time, which costs room and nothing else. */
static uint32_t id_of(struct bucket *bucket, const struct fw_capture *capture, uint32_t epoch, bool *is_new)
{
    for (int spins = 0; spins < 1000; spins++) {
        uint32_t id = atomic_load_explicit(&bucket->id, memory_order_acquire);
        if (id) {
            return id == UINT32_MAX ? 0 : id;
        }
    }
    uint32_t id = publish(capture, epoch);
    *is_new = id != 0;
    return id;
}

uint32_t fw_dictionary_enter(const struct fw_capture *capture, uint32_t epoch, bool *is_new)
{
    *is_new = false;
    if (!capture->native && !capture->java && !capture->python) {
        return 0;
    }
    uint64_t hash = hash_of(capture, epoch);
    for (uint32_t probe = 0; probe < 64; probe++) {
        struct bucket *bucket = &buckets[(hash + probe) % BUCKETS];
        uint64_t seen = atomic_load_explicit(&bucket->hash, memory_order_acquire);
        if (!seen && atomic_compare_exchange_strong(&bucket->hash, &seen, hash)) {
            uint32_t id = publish(capture, epoch);
            atomic_store_explicit(&bucket->id, id ? id : UINT32_MAX, memory_order_release);
            *is_new = id != 0;
            atomic_fetch_add_explicit(&counters->refused, id == 0, memory_order_relaxed);
            return id;
        }
        if (seen == hash) {
            return id_of(bucket, capture, epoch, is_new);
        }
    }
    atomic_fetch_add_explicit(&counters->refused, 1, memory_order_relaxed);
    return 0;
}

uint32_t fw_dictionary_count(void)
{
    uint32_t entered = atomic_load_explicit(&counters->count, memory_order_acquire);
    return entered < STACKS_MAX ? entered : STACKS_MAX;
}

const struct fw_stack *fw_dictionary_get(uint32_t id)
{
    if (!id || id > STACKS_MAX || !atomic_load_explicit(&slots[id].published, memory_order_acquire)) {
        return NULL;
    }
    return &slots[id].stack;
}

uint32_t fw_dictionary_refused(void)
{
    return atomic_load_explicit(&counters->refused, memory_order_relaxed);
}
