/* Thin wrappers that every part of the agent shares: clock, futex, mappings, raw system calls.
 * All of them are async-signal-safe unless said otherwise; none changes errno unless it says so. fw_pause, fw_close,
 * fw_log and the futex calls are no cancellation points (pthreads(7)): they run inside functions that are none. */
#ifndef FW_BASE_SYS_H
#define FW_BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define FW_HIDDEN __attribute__((visibility("hidden")))
#define FW_EXPORT __attribute__((visibility("default")))
#define FW_PAGE 4096u

/* For variables that a forked child writes as it begins, and no thread-local one: they lie together on one page. The
 * first write to each page of the parent's costs a child a fault and a copy, 4 us and more (bench fork-threads). */
#define FW_CHILD_PAGE __attribute__((section("fw_child_page")))

/* A system call past the C library: up to six arguments; what the kernel answers, -errno where it fails (syscall(2),
 * Architecture calling conventions). A child has no page of the C library mapped that it was not on: each function is a
 * fault, which costs more than the call. */
#define FW_SYSTEM_CALL(number, ...) FW_SYSTEM_CALL_OF(number, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define FW_SYSTEM_CALL_OF(number, a, b, c, d, e, f, ...)                                                               \
    fw_system_call(number, (uintptr_t)(a), (uintptr_t)(b), (uintptr_t)(c), (uintptr_t)(d), (uintptr_t)(e),             \
                   (uintptr_t)(f))
static inline long fw_system_call(long number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e,
                                  uintptr_t f)
{
#if defined(__x86_64__)
    register uintptr_t r10 __asm__("r10") = d;
    register uintptr_t r8 __asm__("r8") = e;
    register uintptr_t r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return number;
#elif defined(__aarch64__)
    register uintptr_t x8 __asm__("x8") = (uintptr_t)number;
    register uintptr_t x0 __asm__("x0") = a;
    register uintptr_t x1 __asm__("x1") = b;
    register uintptr_t x2 __asm__("x2") = c;
    register uintptr_t x3 __asm__("x3") = d;
    register uintptr_t x4 __asm__("x4") = e;
    register uintptr_t x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return (long)x0;
#else
#error "no such architecture"
#endif
}

/* Copies without the C library's memcpy, for the same reason; from memory of any kind, as a vanished thread's stack is,
 * into which a sanitizer has laid red zones. */
FW_HIDDEN void fw_copy(void *to, uintptr_t from, size_t bytes);

/* CLOCK_MONOTONIC in nanoseconds. clock_gettime is on POSIX's list of async-signal-safe functions. */
FW_HIDDEN uint64_t fw_now_ns(void);
/* Whether fw_now_ns asks the kernel: while a child begins, which has neither the C library's page nor those of the vdso
 * mapped. Not for longer: a filter of system calls (seccomp(2)) that a child sets up may know the vdso's callers alone.
 */
FW_HIDDEN void fw_now_by_call(bool by_call);

/* CLOCK_THREAD_CPUTIME_ID of the calling thread, or CLOCK_PROCESS_CPUTIME_ID, in ns. */
FW_HIDDEN uint64_t fw_used_ns(clockid_t clock);

/* Milliseconds since 1970 at which this process started, 0 if /proc cannot tell. The same for the life of the
 * process. Not async-signal-safe; first call before other threads may call. */
FW_HIDDEN uint64_t fw_process_start_ms(void);

/* The calling thread's kernel id, by system call: right in a child whatever the C library has cached. */
FW_HIDDEN int fw_gettid(void);
FW_HIDDEN int fw_getpid(void);

/* Sleeps until *word != expected, a wake-up or timeout_ns. Spurious returns are possible (futex(2)). */
FW_HIDDEN void fw_futex_wait(const uint32_t *word, uint32_t expected, uint64_t timeout_ns);
FW_HIDDEN void fw_futex_wake(const uint32_t *word, int count);

/* A tenth of a millisecond, for the rare wait in a loop. */
FW_HIDDEN void fw_pause(void);

/* Zeroed memory of the agent's own, private or shared with forked children; never freed. NULL if the kernel refuses. */
FW_HIDDEN void *fw_map(size_t bytes);
FW_HIDDEN void *fw_map_shared(size_t bytes);
/* The same, private, for what no child touches, which does not have it (madvise(2), MADV_DONTFORK): a page that is
 * written is a part of every fork otherwise, and in the parent a fault and a copy after it. */
FW_HIDDEN void *fw_map_unforked(size_t bytes);
/* In a mapping of its own, which ends with the processes that share it. */
FW_HIDDEN void *fw_map_shared_apart(size_t bytes);

/* Reads a whole (proc) file into buffer, NUL-terminated, cut at size - 1. Returns the length, -1 on error. */
FW_HIDDEN long fw_read_file(const char *path, char *buffer, size_t size);

/* Moves descriptor fd to a number that applications do not expect to be free, close-on-exec; closes fd.
 * Returns the new one, or fd itself (made close-on-exec) where the limit leaves no room. */
FW_HIDDEN int fw_fd_out_of_the_way(int fd);

/* close(2) without the cancellation point that the C library makes of it. */
FW_HIDDEN void fw_close(int fd);

/* Writes value as decimal digits and a NUL; returns the end. buffer needs 21 bytes. */
FW_HIDDEN char *fw_decimal(char *buffer, uint64_t value);

/* One line "forkwitness: ..." on standard error, in one write. Not for the child. */
FW_HIDDEN void fw_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
