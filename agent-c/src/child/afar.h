/* Reads memory that may not be there, such as the stack of a thread that has vanished or a lock that was freed.
 * Async-signal-safe; all keep errno.
 *
 * process_vm_readv(2) of the own process fails where a load would crash. In a forked child it has the kernel copy every
 * page that it reads and that the parent still shares (mm/gup.c, gup_must_unshare, since Linux 5.19), which costs far
 * more than the reading. So where no other thread runs, and where the kernel forbids that call, a system call that
 * reads a few bytes of each page says whether it may be loaded from. */
#ifndef FW_CHILD_AFAR_H
#define FW_CHILD_AFAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/sys.h"

/* From now on no other thread can take memory away; or one can again, as it is at first. */
FW_HIDDEN void fw_afar_alone(bool alone);

/* Copies bytes from address; false, and perhaps a part of them, where not all are readable. */
FW_HIDDEN bool fw_afar_read(uintptr_t address, void *to, size_t bytes);
/* Copies as many of the bytes as are readable in one piece from address on; how many. */
FW_HIDDEN size_t fw_afar_read_until(uintptr_t address, void *to, size_t bytes);
/* The same, but where no other thread runs nothing is copied: *at is where they are to be read, room or the address. */
FW_HIDDEN size_t fw_afar_see_until(uintptr_t address, void *room, size_t bytes, const void **at);

enum { FW_AFAR_PIECES = 64 };
/* Copies up to FW_AFAR_PIECES pieces to one place, each behind the one before, with room left for those that are not
 * readable; bit i of the result is set where piece i is. */
FW_HIDDEN uint64_t fw_afar_read_pieces(const struct iovec *pieces, uint32_t count, void *to);

#endif
