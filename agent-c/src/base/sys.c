#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The first of the page (agent-c/CMakeLists.txt). */
static bool now_by_call FW_CHILD_PAGE __attribute__((aligned(FW_PAGE)));

void fw_now_by_call(bool by_call)
{
    now_by_call = by_call;
}

uint64_t fw_now_ns(void)
{
    struct timespec now;
    if (!now_by_call || FW_SYSTEM_CALL(SYS_clock_gettime, CLOCK_MONOTONIC, &now) != 0) {
        clock_gettime(CLOCK_MONOTONIC, &now);
    }
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t fw_used_ns(clockid_t clock)
{
    struct timespec used = {0, 0};
    clock_gettime(clock, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
__attribute__((no_sanitize("address", "thread"))) void fw_copy(void *to, uintptr_t from, size_t bytes)
{
    const volatile uint8_t *source = (const volatile uint8_t *)from;
    for (size_t i = 0; i < bytes; i++) {
        ((volatile uint8_t *)to)[i] = source[i];
    }
}
#else
void fw_copy(void *to, uintptr_t from, size_t bytes)
{
    uint8_t *target = to;
    const uint8_t *source = (const uint8_t *)from;
    size_t done = 0;
    for (; bytes - done >= sizeof(uint64_t); done += sizeof(uint64_t)) {
        __builtin_memcpy(target + done, source + done, sizeof(uint64_t));
    }
    for (; done < bytes; done++) {
        target[done] = source[done];
    }
}
#endif

static uint64_t read_process_start_ms(void)
{
    char text[1024];
    if (fw_read_file("/proc/self/stat", text, sizeof text) <= 0) {
        return 0;
    }
    /* proc_pid_stat(5): field 22, starttime, in clock ticks since boot. Field 2 may hold spaces and brackets. */
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++) {
        at = strchr(at + 1, ' ');
    }
    if (!at) {
        return 0;
    }
    uint64_t ticks = strtoull(at + 1, NULL, 10);
    struct timespec wall;
    struct timespec boot;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    uint64_t wall_ms = (uint64_t)wall.tv_sec * 1000u + (uint64_t)wall.tv_nsec / 1000000u;
    uint64_t boot_ms = (uint64_t)boot.tv_sec * 1000u + (uint64_t)boot.tv_nsec / 1000000u;
    return wall_ms - boot_ms + ticks * 1000u / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* The wall clock may be set between two calls, and the result names files: asked for once. */
uint64_t fw_process_start_ms(void)
{
    static uint64_t start;
    if (!start) {
        start = read_process_start_ms();
    }
    return start;
}

int fw_gettid(void)
{
    return (int)FW_SYSTEM_CALL(SYS_gettid, 0);
}

int fw_getpid(void)
{
    return (int)FW_SYSTEM_CALL(SYS_getpid, 0);
}

void fw_futex_wait(const uint32_t *word, uint32_t expected, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000u),
                               .tv_nsec = (long)(timeout_ns % 1000000000u)};
    FW_SYSTEM_CALL(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &timeout);
}

void fw_futex_wake(const uint32_t *word, int count)
{
    FW_SYSTEM_CALL(SYS_futex, word, FUTEX_WAKE_PRIVATE, count);
}

void fw_pause(void)
{
    struct timespec moment = {.tv_nsec = 100000};
    FW_SYSTEM_CALL(SYS_nanosleep, &moment, NULL);
}

static void *map(size_t bytes, int sharing)
{
    int saved = errno;
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
#ifdef PR_SET_VMA
    /* Shows as [anon:forkwitness] in /proc/PID/maps where the kernel can (5.17): the operator sees what the agent
     * takes.
     */
    if (at != MAP_FAILED) {
        prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, at, bytes, "forkwitness");
    }
#endif
    errno = saved;
    return at == MAP_FAILED ? NULL : at;
}

void *fw_map(size_t bytes)
{
    return map(bytes, MAP_PRIVATE);
}

void *fw_map_unforked(size_t bytes)
{
    int saved = errno;
    void *at = map(bytes, MAP_PRIVATE);
    if (at) {
        madvise(at, bytes, MADV_DONTFORK);
    }
    errno = saved;
    return at;
}

/* One mapping for all of them: each costs a fork a microsecond (kernel/fork.c, dup_mmap), and a child finds neighbours
 * with one fault. It begins with how much is taken, for children take of it as well. Where two threads make it at once,
 * one of the two stays unused. */
void *fw_map_shared(size_t bytes)
{
    enum { ALIGNMENT = 64 };
    static const size_t whole = (size_t)64 << 20;
    static _Atomic(void *) all;
    void *base = atomic_load(&all);
    if (!base) {
        void *mapped = map(whole, MAP_SHARED);
        base = mapped && atomic_compare_exchange_strong(&all, &base, mapped) ? mapped : base;
    }
    size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    _Atomic size_t *taken = base;
    size_t at = taken ? atomic_load(taken) : 0;
    do {
        if (!taken || rounded > whole - ALIGNMENT - at) {
            return fw_map_shared_apart(bytes);
        }
    } while (!atomic_compare_exchange_weak(taken, &at, at + rounded));
    return (uint8_t *)base + ALIGNMENT + at;
}

void *fw_map_shared_apart(size_t bytes)
{
    return map(bytes, MAP_SHARED);
}

long fw_read_file(const char *path, char *buffer, size_t size)
{
    int saved = errno;
    long total = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        total = 0;
        while ((size_t)total < size - 1) {
            ssize_t got = read(fd, buffer + total, size - 1 - (size_t)total);
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got <= 0) {
                break;
            }
            total += got;
        }
        buffer[total] = '\0';
        close(fd);
    }
    errno = saved;
    return total;
}

int fw_fd_out_of_the_way(int fd)
{
    /* Above what programs count on to be free, and below 64: the first descriptor from 64 on makes the kernel grow the
     * table, which costs a process with threads a grace period of RCU, 10 ms and more (fs/file.c, expand_fdtable). */
    enum { WANTED = 48 };
    struct rlimit limit;
    int from = WANTED;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= WANTED) {
        from = (int)(limit.rlim_cur - limit.rlim_cur / 4);
    }
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, from);
    if (moved < 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        return fd;
    }
    fw_close(fd);
    return moved;
}

void fw_close(int fd)
{
    FW_SYSTEM_CALL(SYS_close, fd);
}

char *fw_decimal(char *buffer, uint64_t value)
{
    char reversed[20];
    int digits = 0;
    do {
        reversed[digits++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (digits) {
        *buffer++ = reversed[--digits];
    }
    *buffer = '\0';
    return buffer;
}

void fw_log(const char *format, ...)
{
    int saved = errno;
    char line[1024] = "forkwitness: ";
    size_t prefix = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line + prefix, sizeof line - prefix - 1, format, arguments);
    va_end(arguments);
    if (length >= 0) {
        size_t end = prefix + (size_t)length;
        if (end > sizeof line - 2) {
            end = sizeof line - 2;
        }
        line[end++] = '\n';
        /* Nothing is left to try if standard error does not take it. */
        long ignored = syscall(SYS_write, STDERR_FILENO, line, end);
        (void)ignored;
    }
    errno = saved;
}
