#include "lock_word.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "afar.h"
#include "stream/stream.h"

/* Bytes of the longest lock word. */
enum { WORD_BYTES = 32 };

/* Every robust mutex has the mark of the shared ones (nptl/pthread_mutex_init.c: at a thread's end the kernel wakes no
 * private futex), and no spin lock has one. Only the page tells: proc_pid_pagemap(5), bit 61 for one of a file or
 * shared, 63 and 62 for one that is there. unknown: the answer where that cannot be read (or where pages are no 4 KiB).
 */
static bool is_on_shared_page(const void *lock, bool unknown)
{
    const uint64_t present = 1ull << 63 | 1ull << 62;
    const uint64_t shared = 1ull << 61;
    int saved = errno;
    uint64_t entry = 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        uintptr_t at = (uintptr_t)lock / FW_PAGE * sizeof entry;
        if (syscall(SYS_pread64, fd, &entry, sizeof entry, at) != sizeof entry) {
            entry = 0;
        }
        fw_close(fd);
    }
    errno = saved;
    return entry & present ? entry & shared : unknown;
}

bool fw_lock_is_in_shared_memory(const void *lock)
{
    return is_on_shared_page(lock, false);
}

#if defined(__GLIBC__)
static struct fw_lock_word mutex_word(const uint32_t *word, const void *lock)
{
    /* nptl/pthreadP.h, PTHREAD_MUTEX_NOTRECOVERABLE and _INCONSISTENT: no thread's id. */
    enum { LOCK = 0, OWNER = 2, KIND = 4, ROBUST_BIT = 16, PSHARED_BIT = 128, NO_OWNERS = 0x7ffffffe };
    /* Nobody is called a holder by guess. */
    bool shared = word[KIND] & PSHARED_BIT && (!(word[KIND] & ROBUST_BIT) || is_on_shared_page(lock, true));
    return (struct fw_lock_word){.readable = true,
                                 .shared = shared,
                                 .taken = word[LOCK] != 0,
                                 .owner = word[OWNER] < NO_OWNERS ? (int)word[OWNER] : 0};
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

/* sysdeps/x86_64/nptl/pthread_spin_unlock.S, nptl/pthread_spin_unlock.c. Nothing names its holder. */
static struct fw_lock_word spin_word(uint32_t word, const void *lock)
{
#if defined(__x86_64__)
    const uint32_t free_word = 1;
#else
    const uint32_t free_word = 0;
#endif
    bool taken = word != free_word;
    return (struct fw_lock_word){.readable = true, .shared = taken && is_on_shared_page(lock, false), .taken = taken};
}

/* What a FILE's lock pointer leads to. */
struct file_lock {
    int lock;
    int count;
    uintptr_t owner; /* struct pthread, which is the pthread_t */
};

static struct fw_lock_word file_word(const struct file_lock *lock)
{
    return (struct fw_lock_word){.readable = true, .taken = lock->lock != 0, .owner_handle = lock->owner};
}

static size_t bytes_of(uint8_t kind)
{
    switch (kind) {
    case FW_LOCK_KIND_MUTEX:
        return 20;
    case FW_LOCK_KIND_SEMAPHORE:
        return 12;
    case FW_LOCK_KIND_SPINLOCK:
        return 4;
    case FW_LOCK_KIND_FILE:
        return sizeof(uintptr_t);
    default:
        return WORD_BYTES;
    }
}

/* Where the piece of bytes_of begins. */
static uintptr_t place_of(uintptr_t lock, uint8_t kind)
{
    return kind == FW_LOCK_KIND_FILE ? lock + offsetof(FILE, _lock) : lock;
}

/* Of what bytes_of says, but not of a FILE. */
static struct fw_lock_word read_word(const uint32_t *word, uint8_t kind, const void *lock)
{
    switch (kind) {
    case FW_LOCK_KIND_MUTEX:
        return mutex_word(word, lock);
    case FW_LOCK_KIND_RWLOCK_READ:
    case FW_LOCK_KIND_RWLOCK_WRITE:
        return rwlock_word(word, kind);
    case FW_LOCK_KIND_SEMAPHORE:
        /* nptl/internaltypes.h: value in the lower half of data, then `private`, 0 for FUTEX_PRIVATE. */
        return (struct fw_lock_word){.readable = true, .shared = word[2] != 0, .taken = word[0] == 0};
    case FW_LOCK_KIND_SPINLOCK:
        return spin_word(word[0], lock);
    default:
        return (struct fw_lock_word){.readable = false};
    }
}

static struct fw_lock_word file_word_afar(const uint8_t *piece)
{
    uintptr_t at;
    struct file_lock lock;
    memcpy(&at, piece, sizeof at);
    return fw_afar_read(at, &lock, sizeof lock) ? file_word(&lock) : (struct fw_lock_word){.gone = true};
}

struct fw_lock_word fw_lock_word(const void *lock, uint8_t kind)
{
    if (kind == FW_LOCK_KIND_FILE) {
        const struct file_lock *of_file = (const struct file_lock *)((const FILE *)lock)->_lock;
        return of_file ? file_word(of_file) : (struct fw_lock_word){.readable = false};
    }
    return read_word(lock, kind, lock);
}
#else
static size_t bytes_of(uint8_t kind)
{
    (void)kind;
    return 1;
}

static uintptr_t place_of(uintptr_t lock, uint8_t kind)
{
    (void)kind;
    return lock;
}

static struct fw_lock_word read_word(const uint32_t *word, uint8_t kind, const void *lock)
{
    (void)word;
    (void)kind;
    (void)lock;
    return (struct fw_lock_word){.readable = false};
}

static struct fw_lock_word file_word_afar(const uint8_t *piece)
{
    return read_word((const uint32_t *)(const void *)piece, FW_LOCK_KIND_FILE, NULL);
}

struct fw_lock_word fw_lock_word(const void *lock, uint8_t kind)
{
    return read_word(lock, kind, lock);
}
#endif

void fw_lock_words_afar(const uintptr_t *locks, const uint8_t *kinds, uint32_t count, struct fw_lock_word *words)
{
    struct iovec pieces[FW_LOCK_WORDS];
    uint8_t bytes[FW_LOCK_WORDS * WORD_BYTES];
    for (uint32_t i = 0; i < count; i++) {
        pieces[i] = (struct iovec){.iov_base = (void *)place_of(locks[i], kinds[i]), .iov_len = bytes_of(kinds[i])};
    }
    uint64_t whole = count ? fw_afar_read_pieces(pieces, count, bytes) : 0;
    const uint8_t *at = bytes;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t word[WORD_BYTES / sizeof(uint32_t)];
        for (size_t k = 0; k < pieces[i].iov_len; k++) {
            ((uint8_t *)word)[k] = at[k];
        }
        if (!(whole >> i & 1)) {
            words[i] = (struct fw_lock_word){.gone = true};
        } else if (kinds[i] == FW_LOCK_KIND_FILE) {
            words[i] = file_word_afar(at);
        } else {
            words[i] = read_word(word, kinds[i], (const void *)locks[i]);
        }
        at += pieces[i].iov_len;
    }
}
