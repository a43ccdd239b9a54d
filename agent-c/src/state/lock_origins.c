#include "lock_origins.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "epoch.h"

/* An entry is one word, so that no reader sees half of one: the stack in the low bits, above it what of the hashed
 * address its set does not tell. Addresses of user space have 48 bits at most, those of locks end in two zeros. */
enum { WAYS = 4, FEW_BITS = 9, MANY_BITS = 12, STACK_BITS = 27, ALIGNMENT_BITS = 2, ADDRESS_BITS = 48 };
enum { HASH_BITS = ADDRESS_BITS - ALIGNMENT_BITS, TAG_BITS = HASH_BITS - FEW_BITS };
_Static_assert(TAG_BITS + STACK_BITS <= 64, "an entry is one word");

/* Most processes have no more locks than the first table has room for, and a fork copies each page that is in use; what
 * finds no way there has a set in the second one, of which it is known for each page whether it is in use: a child that
 * looked there in vain would pay for the look with a fault. */
typedef _Atomic uint64_t set[WAYS];
static set few[1 << FEW_BITS];
static _Alignas(FW_PAGE) set many[1 << MANY_BITS];
enum { SETS_OF_A_PAGE = FW_PAGE / sizeof(set) };
static _Atomic bool is_page_used[(1 << MANY_BITS) / SETS_OF_A_PAGE];

#define LOW(bits) ((UINT64_C(1) << (bits)) - 1)

/* A bijection of the address, so that set and tag together tell it. Locks that lie beside each other have their sets
 * beside each other: a fork asks for all that are held. */
static uint64_t hash_of(uintptr_t address)
{
    /* As many of the smallest locks, 4 bytes, as a set has ways. */
    enum { LINE_BITS = 2 };
    uint64_t bits = address >> ALIGNMENT_BITS & LOW(HASH_BITS);
    uint64_t tag = bits >> (LINE_BITS + FEW_BITS) | (bits & LOW(LINE_BITS)) << (TAG_BITS - LINE_BITS);
    uint64_t set = (bits >> LINE_BITS ^ tag ^ tag >> FEW_BITS) & LOW(FEW_BITS);
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

static _Atomic uint64_t *set_of_few(uint64_t hash)
{
    return few[hash >> TAG_BITS];
}

/* More bits of the tag choose among the sets that stand for one of the few. */
static uint64_t place_in_many(uint64_t hash)
{
    return hash >> TAG_BITS | (hash & LOW(MANY_BITS - FEW_BITS)) << FEW_BITS;
}

/* NULL where nothing is on its page. */
static _Atomic uint64_t *set_of_many(uint64_t hash)
{
    uint64_t place = place_in_many(hash);
    bool used = atomic_load_explicit(&is_page_used[place / SETS_OF_A_PAGE], memory_order_relaxed);
    return used ? many[place] : NULL;
}

void fw_lock_origin_fetch(uintptr_t address)
{
    uint64_t hash = hash_of(address);
    __builtin_prefetch(set_of_few(hash));
    __builtin_prefetch(set_of_many(hash));
}

/* The way in this set, which may be NULL, that is the lock's; NULL where none is. */
static _Atomic uint64_t *find(_Atomic uint64_t *set, uint64_t hash)
{
    for (uint32_t way = 0; set && way < WAYS; way++) {
        uint64_t entry = atomic_load_explicit(&set[way], memory_order_relaxed);
        if (entry & LOW(STACK_BITS) && (entry & ~LOW(STACK_BITS)) == tag_of(hash)) {
            return &set[way];
        }
    }
    return NULL;
}

static _Atomic uint64_t *find_anywhere(uint64_t hash)
{
    _Atomic uint64_t *found = find(set_of_few(hash), hash);
    return found ? found : find(set_of_many(hash), hash);
}

uint32_t fw_lock_origin(uintptr_t address)
{
    uint64_t hash = hash_of(address);
    _Atomic uint64_t *entry = is_lock(address) ? find_anywhere(hash) : NULL;
    /* It may have become another lock's meanwhile. */
    uint64_t value = entry ? atomic_load_explicit(entry, memory_order_relaxed) : 0;
    return (value & ~LOW(STACK_BITS)) == tag_of(hash) ? (uint32_t)(value & LOW(STACK_BITS)) : 0;
}

static _Atomic uint64_t *find_free(_Atomic uint64_t *set)
{
    for (uint32_t way = 0; way < WAYS; way++) {
        if (!atomic_load_explicit(&set[way], memory_order_relaxed)) {
            return &set[way];
        }
    }
    return NULL;
}

/* The lock's own way, else a free one, else that which the stack's id chooses. */
static _Atomic uint64_t *way_for(uint64_t hash, uint32_t stack)
{
    _Atomic uint64_t *way = find_anywhere(hash);
    if (way || (way = find_free(set_of_few(hash))) != NULL) {
        return way;
    }
    uint64_t place = place_in_many(hash);
    atomic_store_explicit(&is_page_used[place / SETS_OF_A_PAGE], true, memory_order_relaxed);
    way = find_free(many[place]);
    return way ? way : &many[place][stack % WAYS];
}

void fw_lock_origin_set(uintptr_t address, uint32_t stack)
{
    if (!is_lock(address) || stack > LOW(STACK_BITS)) {
        return;
    }
    uint64_t hash = hash_of(address);
    _Atomic uint64_t *way = stack ? way_for(hash, stack) : find_anywhere(hash);
    if (way) {
        atomic_store_explicit(way, stack ? tag_of(hash) | stack : 0, memory_order_relaxed);
    }
}

/* Call sites keep their place for ever: a stack is never another site's. */
enum { SITE_BITS = 10, SITES = 1 << SITE_BITS, SITE_PROBES = 8, SITE_STACKS = 64, EPOCH_SHIFT = 48 };
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
    uint64_t from = ((uint64_t)address * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - SITE_BITS);
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
