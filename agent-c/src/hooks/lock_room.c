#include "lock_room.h"

#include "child/lock_word.h"
#include "stream/stream.h"

/* The owner of a robust mutex whose holder died, until it is made consistent (nptl/pthreadP.h of glibc,
 * PTHREAD_MUTEX_INCONSISTENT): nobody but the present holder has it. */
enum { INCONSISTENT = 0x7fffffff };
_Static_assert((int)FW_LOCKS_MAX <= (int)FW_LOCK_WORDS, "one look at all of them");

static bool is_stale(const struct fw_thread *thread, const struct fw_held_lock *held, const struct fw_lock_word *word)
{
    if (!held->address || !word->readable) {
        return held->address && word->gone;
    }
    int tid = fw_thread_tid(thread);
    bool others = (word->owner && word->owner != tid && word->owner != INCONSISTENT) ||
                  (word->owner_handle && word->owner_handle != thread->handle && thread->handle);
    return !word->taken || others;
}

static bool purge(struct fw_thread *thread)
{
    uintptr_t locks[FW_LOCKS_MAX] = {0};
    uint8_t kinds[FW_LOCKS_MAX] = {0};
    struct fw_lock_word words[FW_LOCKS_MAX];
    uint32_t count = thread->lock_end < FW_LOCKS_MAX ? thread->lock_end : FW_LOCKS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        locks[i] = thread->locks[i].address;
        kinds[i] = FW_TAKEN_KIND(&thread->locks[i]);
    }
    fw_lock_words_afar(locks, kinds, count, words);
    bool first = is_stale(thread, &thread->locks[0], &words[0]);
    if (first) {
        thread->locks[0].address = 0;
    }
    uint32_t kept = 1;
    for (uint32_t i = 1; i < count; i++) {
        if (!is_stale(thread, &thread->locks[i], &words[i])) {
            thread->locks[kept++] = thread->locks[i];
        }
    }
    FW_ORDER();
    thread->lock_end = kept;
    return first || kept < count;
}

void fw_lock_make_room(struct fw_thread *thread, const volatile void *lock, uint8_t kind, FW_CALLER_PARAMETERS)
{
    enum { LONGEST_PAUSE = 4096 };
    if (thread->purge_left) {
        thread->purge_left--;
    } else if (purge(thread)) {
        thread->purge_pause = 0;
        fw_held_take(thread, lock, kind, FW_CALLER_ARGUMENTS);
        return;
    } else {
        thread->purge_pause = thread->purge_pause ? thread->purge_pause : 1;
        thread->purge_pause = thread->purge_pause < LONGEST_PAUSE ? thread->purge_pause * 2 : LONGEST_PAUSE;
        thread->purge_left = thread->purge_pause;
    }
    thread->lock_more++;
}
