package org.forkwitness.model;

import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.StreamRecord;

/**
 * A lock that a thread of the parent held when a child was forked.
 *
 * @param thread who held it
 * @param address its address
 * @param kind what it is; null where this version does not know
 * @param shared true where other processes may hold it, too
 * @param site return address of the call that took it, 0 where not known
 * @param takenUs CLOCK_MONOTONIC, us; 0 where not known
 * @param origin id of the stack that initialised it, 0 where not known
 * @param epoch in which the addresses hold
 */
public record InheritedLock(
        long thread, long address, LockKind kind, boolean shared, long site, long takenUs, long origin, long epoch) {

    /** Numbers {@code at} and those behind it, as {@link StreamRecord.Held} says. */
    static InheritedLock of(long[] numbers, int at, long epoch) {
        long kind = numbers[at + 2];
        return new InheritedLock(
                numbers[at],
                numbers[at + 1],
                LockKind.of(kind % StreamRecord.Held.KINDS),
                (kind / StreamRecord.Held.KINDS & StreamRecord.Held.SHARED) != 0,
                numbers[at + 3],
                numbers[at + 4],
                numbers[at + 5],
                epoch);
    }

    /**
     * Bytes of the greatest lock of each kind (glibc 2.36, x86-64 and aarch64: pthread_mutex_t 40 and 48, pthread_rwlock_t
     * 56, sem_t 32, pthread_spinlock_t 4): a futex word is one of them. The lock of a FILE stands right behind it
     * (libio/iofopen.c, struct locked_file: 224 and 16), but for the standard ones. A monitor's address is none.
     */
    private static int size(LockKind kind) {
        if (kind == null) {
            return 4;
        }
        return switch (kind) {
            case MUTEX -> 40;
            case RWLOCK_READ, RWLOCK_WRITE -> 56;
            case SPINLOCK -> 4;
            case SEMAPHORE -> 32;
            case FILE -> 240;
            case MONITOR -> 0;
        };
    }

    /** True where an address is one of the lock's bytes. */
    public boolean covers(long other) {
        return covers(address, kind, other);
    }

    /** True where {@code other} is one of the bytes of a lock of this kind at {@code address}. */
    public static boolean covers(long address, LockKind kind, long other) {
        return Long.compareUnsigned(other - address, size(kind)) < 0;
    }
}
