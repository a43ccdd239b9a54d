/* What a lock's own memory says. Layouts: glibc sysdeps/nptl/bits/struct_mutex.h, struct_rwlock.h, internaltypes.h
 * (struct new_sem), sysdeps/nptl/stdio-lock.h; those of musl differ, and there nothing is read. A C11 mtx_t is a
 * pthread_mutex_t (nptl/mtx_lock.c). Async-signal-safe. */
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
    int owner;              /* kernel id of the holder; 0 where the lock does not say */
    uintptr_t owner_handle; /* pthread_t of the holder of a FILE; 0 where the lock does not say */
};
/* Of a lock that the program is just using. kind: enum fw_lock_kind. */
FW_HIDDEN struct fw_lock_word fw_lock_word(const void *lock, uint8_t kind);

/* True where its page is one that other processes have as well; false where that is not known. */
FW_HIDDEN bool fw_lock_is_in_shared_memory(const void *lock);

enum { FW_LOCK_WORDS = 16 };
/* Of up to FW_LOCK_WORDS locks that may be gone, in one system call as a rule (afar.h). */
FW_HIDDEN void fw_lock_words_afar(const uintptr_t *locks, const uint8_t *kinds, uint32_t count,
                                  struct fw_lock_word *words);

#endif
