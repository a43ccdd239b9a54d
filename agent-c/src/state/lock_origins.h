/* Which stack initialised a lock. A bounded table, shared by all threads without a lock; an entry may be displaced by
 * another lock's, and then that lock's origin is not known. Plain memory: a forked child has a copy. */
#ifndef FW_STATE_LOCK_ORIGINS_H
#define FW_STATE_LOCK_ORIGINS_H

#include <stdint.h>

#include "base/sys.h"

/* The lock at this address was initialised by the stack with this id (stack/dictionary.h); 0: forget it.
 * Async-signal-safe; lock-free. */
FW_HIDDEN void fw_lock_origin_set(uintptr_t address, uint32_t stack);
/* The stack that initialised the lock at this address; 0 where it is not known. Async-signal-safe; lock-free. */
FW_HIDDEN uint32_t fw_lock_origin(uintptr_t address);
/* That will be asked for soon: brings it into the cache meanwhile. */
FW_HIDDEN void fw_lock_origin_fetch(uintptr_t address);

/* A walk costs far more than the initialisation, so stacks are taken for the first calls of a call site alone (64). If
 * all of those were the same, so are the later ones taken to be; else the origins of those are not known: 0.
 * FW_ORIGIN_TAKE: this call's stack is to be taken. Async-signal-safe; lock-free. */
#define FW_ORIGIN_TAKE UINT32_MAX
FW_HIDDEN uint32_t fw_lock_origin_site(uintptr_t address);
/* It was taken. */
FW_HIDDEN void fw_lock_origin_site_took(uintptr_t address, uint32_t stack);

#endif
