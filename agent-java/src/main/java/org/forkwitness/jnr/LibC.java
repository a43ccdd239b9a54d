package org.forkwitness.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.SaveError;

/** The C library. */
public interface LibC {
    /** The name by which jnr-ffi finds it on every platform. */
    String NAME = "c";

    /** pidfd_open(2), Linux 5.3: the number is the same on all architectures. */
    long SYS_PIDFD_OPEN = 434;

    /** {@code ESRCH} and {@code EINTR} of errno(3): the same on all architectures (asm-generic/errno-base.h). */
    int ESRCH = 3;

    /** See {@link #ESRCH}. */
    int EINTR = 4;

    /** {@code POLLIN} of poll(2). */
    short POLLIN = 1;

    /** Bytes of a {@code struct pollfd}: an int, two shorts. */
    int SIZEOF_POLLFD = 8;

    /** free(3). */
    void free(Pointer memory);

    /** malloc_trim(3) of glibc; musl has none. */
    int malloc_trim(long pad);

    /** unsetenv(3). */
    int unsetenv(String name);

    /** syscall(2) with two arguments. */
    @SaveError
    long syscall(long number, long first, long second);

    /** poll(2). */
    @SaveError
    int poll(Pointer fds, long count, int timeoutMs);
}
