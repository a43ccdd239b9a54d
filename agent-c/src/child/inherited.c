#include "inherited.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "afar.h"
#include "holders.h"
#include "listing.h"
#include "lock_word.h"
#include "state/functions.h"
#include "state/held.h"
#include "stream/stream.h"
#include "vanished.h"

/* Bit n: some vanished thread was inside of a function of category n. */
static uint32_t categories_inside FW_CHILD_PAGE;

void fw_inherited_begin(bool nested)
{
    fw_vanished_begin(nested);
    fw_holders_reset();
    categories_inside = 0;
}

static bool asks_others(const struct fw_listed *listed)
{
    bool others = false;
    for (uint32_t i = 0; i < listed->count; i++) {
        others |= fw_holders_ask_others(listed->threads[i]);
    }
    return others;
}

void fw_inherited_send(void)
{
    struct fw_listed listed;
    fw_afar_alone(fw_vanished.seen);
    fw_listing_send(&listed);
    categories_inside = listed.categories;
    /* The records of what was held must not wait, or be lost, for the stacks of those who held it: where the pipe is
     * full, or code that is not the agent's is asked for them. */
    bool at_ease = listed.count && fw_stream_is_at_ease();
    if (!at_ease || asks_others(&listed)) {
        fw_stream_uncork();
    }
    for (uint32_t i = 0; at_ease && i < listed.count; i++) {
        fw_holders_send(listed.threads[i]);
    }
    fw_afar_alone(false);
}

/* A thread of this process that this child created, or the child's own thread. */
static bool is_alive(int tid)
{
    int saved = errno;
    bool alive = syscall(SYS_tgkill, fw_getpid(), tid, 0) == 0;
    errno = saved;
    return alive;
}

static bool excludes(uint8_t held, uint8_t wanted)
{
    return wanted != FW_LOCK_KIND_RWLOCK_READ || held != FW_LOCK_KIND_RWLOCK_READ;
}

/* A thread that the child made has it as well: that one can give it back, and whether the vanished one's record is
 * older than a lock that was made anew here (by an assignment, say) cannot be told. */
static bool has_living_holder(const void *lock)
{
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        bool lives = thread != fw_vanished.own && !fw_has_vanished(thread);
        if (lives && fw_held_find(thread, lock)) {
            return true;
        }
    }
    return false;
}

/* Of several records of one spin lock the newest counts: who gave it back for another thread has left that one's. */
static bool is_better(const struct fw_held_lock *held, const struct fw_held_lock *found)
{
    return !found || (FW_TAKEN_KIND(held) == FW_LOCK_KIND_SPINLOCK && FW_TAKEN_US(held) > FW_TAKEN_US(found));
}

/* The record of the lock among those of threads that cannot release it. */
static bool find_record(const void *lock, uint8_t kind, struct fw_holder *holder)
{
    const struct fw_held_lock *found = NULL;
    bool owned = false;
    uint32_t position = 0;
    struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        bool is_gone = thread == fw_vanished.own || fw_has_vanished(thread);
        for (uint32_t i = 0; is_gone && i < thread->lock_end && i < FW_LOCKS_MAX; i++) {
            const struct fw_held_lock *held = &thread->locks[i];
            if (held->address != (uintptr_t)lock || !excludes(FW_TAKEN_KIND(held), kind) || !is_better(held, found)) {
                continue;
            }
            struct fw_lock_word word = fw_lock_word(lock, FW_TAKEN_KIND(held));
            if (fw_vanished_holds(thread, held, &word)) {
                found = held;
                owned = word.owner || word.owner_handle;
                holder->thread = thread;
                holder->site = held->site;
            }
        }
    }
    if (found && !owned && has_living_holder(lock)) {
        holder->thread = NULL;
        holder->site = 0;
        return false;
    }
    return found != NULL;
}

void fw_inherited_lock_over(const volatile void *lock)
{
    uint32_t position = 0;
    struct fw_thread *thread;
    while (fw_vanished_may_hold((uintptr_t)lock) && (thread = fw_threads_next(&position)) != NULL) {
        struct fw_held_lock *held;
        while (fw_has_vanished(thread) && (held = fw_held_find(thread, lock)) != NULL) {
            held->address = 0;
        }
    }
}

void fw_inherited_lock_given(const volatile void *lock, uint8_t kind)
{
    if (kind != FW_LOCK_KIND_RWLOCK_READ) {
        fw_inherited_lock_over(lock);
        return;
    }
    uint32_t position = 0;
    struct fw_thread *thread;
    while (fw_vanished_may_hold((uintptr_t)lock) && (thread = fw_threads_next(&position)) != NULL) {
        struct fw_held_lock *held = fw_has_vanished(thread) ? fw_held_find(thread, lock) : NULL;
        if (held) {
            held->address = 0;
            return;
        }
    }
}

static const struct fw_thread *vanished_with(int tid)
{
    uint32_t position = 0;
    const struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        if (fw_has_vanished(thread) && fw_thread_tid(thread) == tid) {
            return thread;
        }
    }
    return tid == fw_vanished.own_tid ? fw_vanished.own : NULL;
}

/* The vanished thread with this pthread_t; NULL where there is none. */
static struct fw_thread *vanished_with_handle(uintptr_t handle)
{
    uint32_t position = 0;
    struct fw_thread *thread;
    while (handle && (thread = fw_threads_next(&position)) != NULL) {
        if (fw_has_vanished(thread) && thread->handle == handle) {
            return thread;
        }
    }
    return NULL;
}

bool fw_inherited_holder(const void *lock, uint8_t kind, struct fw_holder *holder)
{
    struct fw_lock_word word = fw_lock_word(lock, kind);
    *holder = (struct fw_holder){.owner = word.readable ? word.owner : 0};
    if (word.readable && (word.shared || (word.owner && is_alive(word.owner)))) {
        return false;
    }
    /* The pthread_t that a FILE names is a vanished thread's as long as no thread of the child has it. */
    if (word.readable && word.owner_handle && !vanished_with_handle(word.owner_handle)) {
        return false;
    }
    if (find_record(lock, kind, holder)) {
        return true;
    }
    if (holder->owner) {
        holder->thread = vanished_with(holder->owner);
    } else if (word.readable) {
        holder->thread = vanished_with_handle(word.owner_handle);
    }
    return holder->owner || holder->thread;
}

uint32_t fw_inherited_waiter(const void *object, const void *mutex)
{
    uint32_t found = 0;
    uint32_t position = 0;
    const struct fw_thread *thread;
    while ((thread = fw_threads_next(&position)) != NULL) {
        bool same = thread->waits_on == (uintptr_t)object || (mutex && thread->waits_with == (uintptr_t)mutex);
        if (fw_has_vanished(thread) && thread->waits_on && same) {
            if (found) {
                return 0;
            }
            found = atomic_load(&thread->id);
        }
    }
    return found;
}

uint32_t fw_inherited_thread(uintptr_t handle)
{
    const struct fw_thread *thread = vanished_with_handle(handle);
    return thread ? atomic_load(&thread->id) : 0;
}

const struct fw_thread *fw_inherited_by_id(uint32_t id)
{
    uint32_t position = 0;
    const struct fw_thread *thread;
    while (id && (thread = fw_threads_next(&position)) != NULL) {
        if (fw_has_vanished(thread) && atomic_load(&thread->id) == id) {
            return thread;
        }
    }
    return NULL;
}

void fw_inherited_forget(uintptr_t handle)
{
    struct fw_thread *thread;
    while ((thread = vanished_with_handle(handle)) != NULL) {
        thread->handle = 0;
        fw_holders_forget(thread);
    }
}

bool fw_inherited_inside(uint32_t function)
{
    return function < FW_FN_END && categories_inside & 1u << fw_function_categories[function];
}

static bool is_inside(const struct fw_thread *thread, uint8_t category)
{
    for (uint32_t i = 0; i < fw_vanished_regions(thread); i++) {
        uint32_t function = thread->regions[i].function;
        if (function < FW_FN_END && fw_function_categories[function] == category) {
            return true;
        }
    }
    uintptr_t site;
    uintptr_t stack;
    return category == FW_CATEGORY_ALLOCATOR && !fw_vanished.by_fork &&
           fw_vanished_entered(thread, &site, &stack) != FW_FN_NONE;
}

void fw_inherited_met(uint32_t function)
{
    enum { THREADS_MAX = 4 };
    uint32_t met = 0;
    uint32_t position = 0;
    const struct fw_thread *thread;
    while (met < THREADS_MAX && (thread = fw_threads_next(&position)) != NULL) {
        if (fw_has_vanished(thread) && is_inside(thread, fw_function_categories[function])) {
            fw_holders_send_all(thread);
            met++;
        }
    }
}
