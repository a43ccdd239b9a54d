package org.forkwitness.verdict;

import java.util.Map;

/**
 * Names of the errors that making a process can give (fork(2), clone(2), posix_spawn(3), execve(2)), and taking a lock
 * (pthread_mutex_lock(3p)). Stateless.
 */
public final class Errno {
    /** The numbers are those of all architectures of Linux that the agent supports (asm-generic/errno-base.h, errno.h). */
    private static final Map<Long, String> NAMES = Map.ofEntries(
            Map.entry(1L, "EPERM"),
            Map.entry(2L, "ENOENT"),
            Map.entry(4L, "EINTR"),
            Map.entry(5L, "EIO"),
            Map.entry(7L, "E2BIG"),
            Map.entry(8L, "ENOEXEC"),
            Map.entry(9L, "EBADF"),
            Map.entry(10L, "ECHILD"),
            Map.entry(11L, "EAGAIN"),
            Map.entry(12L, "ENOMEM"),
            Map.entry(13L, "EACCES"),
            Map.entry(14L, "EFAULT"),
            Map.entry(16L, "EBUSY"),
            Map.entry(20L, "ENOTDIR"),
            Map.entry(21L, "EISDIR"),
            Map.entry(22L, "EINVAL"),
            Map.entry(23L, "ENFILE"),
            Map.entry(24L, "EMFILE"),
            Map.entry(26L, "ETXTBSY"),
            Map.entry(28L, "ENOSPC"),
            Map.entry(35L, "EDEADLK"),
            Map.entry(36L, "ENAMETOOLONG"),
            Map.entry(38L, "ENOSYS"),
            Map.entry(40L, "ELOOP"),
            Map.entry(80L, "ELIBBAD"),
            Map.entry(110L, "ETIMEDOUT"),
            Map.entry(130L, "EOWNERDEAD"),
            Map.entry(131L, "ENOTRECOVERABLE"));

    private Errno() {}

    /** The name of an error, or E and its number. */
    public static String name(long number) {
        return NAMES.getOrDefault(number, "E" + number);
    }
}
