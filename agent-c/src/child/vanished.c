#include "vanished.h"

#include "afar.h"
#include "entered.h"
#include "state/clock.h"
#include "state/functions.h"
#include "state/held.h"
#include "state/self.h"
#include "stream/stream.h"

struct fw_vanished fw_vanished FW_CHILD_PAGE;

uint64_t fw_vanished_locks[FW_VANISHED_LOCK_BITS / FW_WORD_BITS] FW_CHILD_PAGE;

static uint32_t bit_of(uintptr_t lock)
{
    return (uint32_t)((lock >> 2) * 0x9e3779b97f4a7c15u >> 32) % FW_VANISHED_LOCK_BITS;
}

void fw_vanished_note_lock(uintptr_t lock)
{
    fw_vanished_locks[bit_of(lock) / FW_WORD_BITS] |= 1ull << bit_of(lock) % FW_WORD_BITS;
}

bool fw_vanished_may_hold(uintptr_t lock)
{
    return fw_vanished_locks[bit_of(lock) / FW_WORD_BITS] >> bit_of(lock) % FW_WORD_BITS & 1;
}

void fw_vanished_begin(bool nested)
{
    const struct fw_thread *own = fw_self.thread;
    uint8_t call = fw_self.call;
    fw_vanished = (struct fw_vanished){
        .last_id = fw_threads_last_id(),
        .own = own,
        .own_tid = own ? fw_thread_tid(own) : 0,
        .nested = nested,
        .forked_us = fw_clock_taken(0) >> 8,
        .seen = call != 0,
        .by_fork = call == FW_CALL_FORK || call == FW_CALL_FORKPTY || call == FW_CALL_DAEMON,
    };
    for (uint32_t i = 0; i < FW_VANISHED_LOCK_BITS / FW_WORD_BITS; i++) {
        fw_vanished_locks[i] = 0;
    }
}

bool fw_vanished_holds(const struct fw_thread *thread, const struct fw_held_lock *held, const struct fw_lock_word *word)
{
    uint8_t kind = FW_TAKEN_KIND(held);
    if (!held->address || word->gone || (word->readable && !word->taken)) {
        return false;
    }
    if (thread == fw_vanished.own) {
        /* A lock without an owner in its word was taken by this thread before the fork or since: the time tells. */
        bool told_by_time = kind == FW_LOCK_KIND_SPINLOCK || kind == FW_LOCK_KIND_RWLOCK_READ;
        return word->readable && (word->owner ? word->owner == fw_vanished.own_tid
                                              : told_by_time && FW_TAKEN_US(held) < fw_vanished.forked_us);
    }
    if (kind == FW_LOCK_KIND_SEMAPHORE && fw_held_is_signal(held->address)) {
        return false;
    }
    if (word->owner_handle && thread->handle) {
        return word->owner_handle == thread->handle;
    }
    int tid = fw_thread_tid(thread);
    return !word->readable || kind == FW_LOCK_KIND_RWLOCK_READ || !word->owner || word->owner == tid;
}

bool fw_vanished_held(const struct fw_thread *thread, const struct fw_held_lock *held, const struct fw_lock_word *word)
{
    struct fw_lock_word then = *word;
    if (fw_vanished.by_fork && FW_TAKEN_KIND(held) == FW_LOCK_KIND_FILE) {
        then.readable = false;
        then.owner_handle = 0;
    }
    return fw_vanished_holds(thread, held, &then);
}

/* The clock of locks stands for moments: a taker further in came later, as a rule. */
static bool is_newer(const struct fw_held_lock *held, const struct fw_held_lock *other)
{
    return FW_TAKEN_US(held) != FW_TAKEN_US(other) ? FW_TAKEN_US(held) > FW_TAKEN_US(other)
                                                   : held->stack < other->stack;
}

const struct fw_held_lock *fw_vanished_newest(const struct fw_thread *thread)
{
    uintptr_t locks[FW_LOCKS_MAX] = {0};
    uint8_t kinds[FW_LOCKS_MAX] = {0};
    struct fw_lock_word words[FW_LOCKS_MAX];
    uint32_t count = thread->lock_end < FW_LOCKS_MAX ? thread->lock_end : FW_LOCKS_MAX;
    if (!fw_held_any(thread)) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        locks[i] = thread->locks[i].address;
        kinds[i] = FW_TAKEN_KIND(&thread->locks[i]);
    }
    fw_lock_words_afar(locks, kinds, count, words);
    const struct fw_held_lock *newest = NULL;
    for (uint32_t i = count; i-- > 0;) {
        const struct fw_held_lock *held = &thread->locks[i];
        /* Of the places behind the first the last is the newest; the first may have been used again since. */
        if ((!newest || (i == 0 && is_newer(held, newest))) && held->stack && !words[i].shared &&
            fw_vanished_held(thread, held, &words[i])) {
            newest = held;
        }
    }
    return newest;
}

uint32_t fw_vanished_entered(const struct fw_thread *thread, uintptr_t *site, uintptr_t *stack)
{
    uintptr_t at;
    /* One that waits is not inside, and of the many threads that do no memory need be read. */
    uint32_t function = thread->entered && !thread->waits_on ? fw_entered_function(thread) : FW_FN_NONE;
    bool known =
        function && fw_afar_read((uintptr_t)thread->entered, &at, sizeof at) && fw_afar_read(at, site, sizeof *site);
    *stack = known ? at + sizeof *site : 0;
    return known ? function : FW_FN_NONE;
}
