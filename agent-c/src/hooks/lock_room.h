/* Room for the record of one more lock. Async-signal-safe. */
#ifndef FW_HOOKS_LOCK_ROOM_H
#define FW_HOOKS_LOCK_ROOM_H

#include "state/held.h"

/* The running thread took a lock and its places are full: records of locks that it holds no longer (given back by
 * another thread, freed while held) are dropped, which costs a system call each and so is tried the more seldom the
 * longer it finds none. Only where there is none the lock is counted instead (lock_more). */
FW_HIDDEN void fw_lock_make_room(struct fw_thread *thread, const volatile void *lock, uint8_t kind,
                                 FW_CALLER_PARAMETERS);

#endif
