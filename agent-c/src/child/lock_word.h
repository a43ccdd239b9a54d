/* What a lock's own memory says. Layouts: glibc sysdeps/nptl/bits/struct_mutex.h, struct_rwlock.h, internaltypes.h
 * (struct new_sem); those of musl differ, and there nothing is read. Async-signal-safe. */
#ifndef FW_CHILD_LOCK_WORD_H
#define FW_CHILD_LOCK_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

struct fw_lock_word {
    bool readable;
    bool gone;   /* its memory is not there any more */
    bool shared; /* other processes may hold it */
    bool taken;
    int owner; /* kernel id of the holder; 0 where the lock does not say */
};
/* Of a lock that the program is just using. kind: enum fw_lock_kind. */
FW_HIDDEN struct fw_lock_word fw_lock_word(const void *lock, uint8_t kind);
/* Of a lock that may be gone: read by process_vm_readv(2), which fails where a load would crash. Where the kernel
 * forbids that call the result is not readable, and not gone. */
FW_HIDDEN struct fw_lock_word fw_lock_word_afar(uintptr_t lock, uint8_t kind);

#endif
