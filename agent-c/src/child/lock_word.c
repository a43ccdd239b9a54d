#include "lock_word.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "stream/stream.h"

enum peeked { READ, GONE, REFUSED };

static enum peeked peek(uintptr_t address, void *to, size_t bytes)
{
    int saved = errno;
    struct iovec local = {.iov_base = to, .iov_len = bytes};
    struct iovec remote = {.iov_base = (void *)address, .iov_len = bytes};
    long got = syscall(SYS_process_vm_readv, fw_getpid(), &local, 1ul, &remote, 1ul, 0ul);
    bool refused = got < 0 && errno != EFAULT;
    errno = saved;
    return refused ? REFUSED : got == (long)bytes ? READ : GONE;
}

#if defined(__GLIBC__)
static struct fw_lock_word mutex_word(const uint32_t *word)
{
    enum { LOCK = 0, OWNER = 2, KIND = 4, PSHARED_BIT = 128 };
    return (struct fw_lock_word){
        .readable = true, .shared = word[KIND] & PSHARED_BIT, .taken = word[LOCK] != 0, .owner = (int)word[OWNER]};
}

static struct fw_lock_word rwlock_word(const uint32_t *word, uint8_t kind)
{
    /* nptl/pthread_rwlock_common.c: the lowest three bits of __readers are no readers. */
    enum { READERS = 0, READER_SHIFT = 3, WRITER = 6, SHARED = 7 };
    bool by_writer = word[WRITER] != 0;
    bool by_readers = word[READERS] >> READER_SHIFT != 0;
    return (struct fw_lock_word){.readable = true,
                                 .shared = (word[SHARED] & 0xff) != 0,
                                 .taken = by_writer || (kind == FW_LOCK_KIND_RWLOCK_READ && by_readers),
                                 .owner = (int)word[WRITER]};
}

static struct fw_lock_word read_word(const uint32_t *word, uint8_t kind)
{
    switch (kind) {
    case FW_LOCK_KIND_MUTEX:
        return mutex_word(word);
    case FW_LOCK_KIND_RWLOCK_READ:
    case FW_LOCK_KIND_RWLOCK_WRITE:
        return rwlock_word(word, kind);
    case FW_LOCK_KIND_SEMAPHORE:
        /* nptl/internaltypes.h: value in the lower half of data, then `private`, 0 for FUTEX_PRIVATE. */
        return (struct fw_lock_word){.readable = true, .shared = word[2] != 0, .taken = word[0] == 0};
    default:
        /* sysdeps/x86/nptl: a free spin lock is 1 there and 0 elsewhere; nothing names its holder. */
        return (struct fw_lock_word){.readable = false};
    }
}

struct fw_lock_word fw_lock_word(const void *lock, uint8_t kind)
{
    return read_word(lock, kind);
}

struct fw_lock_word fw_lock_word_afar(uintptr_t lock, uint8_t kind)
{
    uint32_t word[8];
    size_t bytes = kind == FW_LOCK_KIND_MUTEX       ? 20
                   : kind == FW_LOCK_KIND_SPINLOCK  ? 4
                   : kind == FW_LOCK_KIND_SEMAPHORE ? 16
                                                    : sizeof word;
    enum peeked peeked = peek(lock, word, bytes);
    if (peeked != READ) {
        return (struct fw_lock_word){.gone = peeked == GONE};
    }
    return read_word(word, kind);
}
#else
struct fw_lock_word fw_lock_word(const void *lock, uint8_t kind)
{
    (void)lock;
    (void)kind;
    return (struct fw_lock_word){.readable = false};
}

struct fw_lock_word fw_lock_word_afar(uintptr_t lock, uint8_t kind)
{
    (void)kind;
    uint8_t byte;
    return (struct fw_lock_word){.gone = peek(lock, &byte, 1) == GONE};
}
#endif
