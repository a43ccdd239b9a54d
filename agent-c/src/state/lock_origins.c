#include "lock_origins.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "epoch.h"

/* An entry is one word, so that no reader sees half of one: the stack in the low bits, above it what of the hashed
 * address its set does not tell. Addresses of user space have 48 bits at most, those of locks end in two zeros. */
enum { WAYS = 4, SET_BITS = 12, STACK_BITS = 30, ALIGNMENT_BITS = 2, ADDRESS_BITS = 48 };
enum { HASH_BITS = ADDRESS_BITS - ALIGNMENT_BITS, TAG_BITS = HASH_BITS - SET_BITS };
_Static_assert(TAG_BITS + STACK_BITS <= 64, "an entry is one word");

static _Atomic uint64_t entries[1 << SET_BITS][WAYS];

#define LOW(bits) ((UINT64_C(1) << (bits)) - 1)

/* A bijection of the address, so that set and tag together tell it. Locks that lie beside each other have their sets
 * beside each other: a fork asks for all that are held. */
static uint64_t hash_of(uintptr_t address)
{
    /* As many of the smallest locks, 4 bytes, as a set has ways. */
    enum { LINE_BITS = 2 };
    uint64_t bits = address >> ALIGNMENT_BITS & LOW(HASH_BITS);
    uint64_t tag = bits >> (LINE_BITS + SET_BITS) | (bits & LOW(LINE_BITS)) << (TAG_BITS - LINE_BITS);
    uint64_t set = (bits >> LINE_BITS ^ tag ^ tag >> SET_BITS) & LOW(SET_BITS);
    return set << TAG_BITS | tag;
}

static bool is_lock(uintptr_t address)
{
    return address && address >> ADDRESS_BITS == 0 && (address & LOW(ALIGNMENT_BITS)) == 0;
}

static uint64_t tag_of(uint64_t hash)
{
    return (hash & LOW(TAG_BITS)) << STACK_BITS;
}

void fw_lock_origin_fetch(uintptr_t address)
{
    __builtin_prefetch(entries[hash_of(address) >> TAG_BITS]);
}

uint32_t fw_lock_origin(uintptr_t address)
{
    uint64_t hash = hash_of(address);
    for (uint32_t way = 0; is_lock(address) && way < WAYS; way++) {
        uint64_t entry = atomic_load_explicit(&entries[hash >> TAG_BITS][way], memory_order_relaxed);
        if (entry & LOW(STACK_BITS) && (entry & ~LOW(STACK_BITS)) == tag_of(hash)) {
            return (uint32_t)(entry & LOW(STACK_BITS));
        }
    }
    return 0;
}

/* The lock's own way, else a free one, else that which the stack's id chooses. */
static _Atomic uint64_t *way_for(uint64_t hash, uint32_t stack)
{
    _Atomic uint64_t *set = entries[hash >> TAG_BITS];
    _Atomic uint64_t *free = NULL;
    for (uint32_t way = 0; way < WAYS; way++) {
        uint64_t entry = atomic_load_explicit(&set[way], memory_order_relaxed);
        if (entry && (entry & ~LOW(STACK_BITS)) == tag_of(hash)) {
            return &set[way];
        }
        free = entry || free ? free : &set[way];
    }
    return free ? free : &set[stack % WAYS];
}

void fw_lock_origin_set(uintptr_t address, uint32_t stack)
{
    if (is_lock(address) && stack <= LOW(STACK_BITS) && (stack || fw_lock_origin(address))) {
        uint64_t hash = hash_of(address);
        atomic_store_explicit(way_for(hash, stack), stack ? tag_of(hash) | stack : 0, memory_order_relaxed);
    }
}

/* Call sites keep their place for ever: a stack is never another site's. */
enum { SITES = 1024, SITE_PROBES = 8, SITE_STACKS = 64, EPOCH_SHIFT = 48 };
struct site {
    _Atomic uint64_t key; /* address and epoch; 0: free */
    /* The low half is the stack, above it how many were taken; MIXED where they were not all the same. */
    _Atomic uint64_t state;
};
static struct site sites[SITES];
#define TAKEN_ONE (UINT64_C(1) << 32)
#define MIXED (UINT64_C(1) << 63)

static struct site *site_of(uintptr_t address)
{
    uint64_t key = (uint64_t)address ^ (uint64_t)fw_epoch() << EPOCH_SHIFT;
    /* Calls lie close to each other, and a place is for one: an odd factor spreads them. */
    uint64_t from = ((uint64_t)address * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - SET_BITS);
    for (uint32_t probe = 0; probe < SITE_PROBES; probe++) {
        struct site *site = &sites[(from + probe) % SITES];
        uint64_t found = 0;
        if (atomic_load_explicit(&site->key, memory_order_relaxed) == key ||
            atomic_compare_exchange_strong(&site->key, &found, key) || found == key) {
            return site;
        }
    }
    return NULL;
}

uint32_t fw_lock_origin_site(uintptr_t address)
{
    const struct site *site = site_of(address);
    uint64_t state = site ? atomic_load_explicit(&site->state, memory_order_relaxed) : MIXED;
    if (site && (state & ~MIXED) / TAKEN_ONE < SITE_STACKS) {
        return FW_ORIGIN_TAKE;
    }
    return state & MIXED ? 0 : (uint32_t)state;
}

void fw_lock_origin_site_took(uintptr_t address, uint32_t stack)
{
    struct site *site = site_of(address);
    uint64_t state = site ? atomic_load_explicit(&site->state, memory_order_relaxed) : 0;
    uint64_t next;
    do {
        bool first = state < TAKEN_ONE;
        next = (((state & ~LOW(32)) + TAKEN_ONE) | stack) | (first || (uint32_t)state == stack ? 0 : MIXED);
    } while (site && !atomic_compare_exchange_weak(&site->state, &state, next));
}
