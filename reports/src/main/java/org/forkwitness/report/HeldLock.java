package org.forkwitness.report;

/**
 * A lock that was held at the fork.
 *
 * @param id number of the lock in this fork
 * @param kind mutex, rwlock, semaphore, spinlock, monitor, ...
 * @param address its address, hexadecimal with 0x
 * @param name what it is called, {@code g_lock in libfoo.so} for example; null where not known
 * @param holder who held it; null where not known
 * @param acquiredAt where it was taken; null where not known
 * @param heldMs milliseconds for which it had been held; null where not known
 * @param processShared true where other processes may hold it, too: never a fork deadlock; null where not known
 */
public record HeldLock(
        long id,
        String kind,
        String address,
        String name,
        LockHolder holder,
        Frame acquiredAt,
        Double heldMs,
        Boolean processShared) {
    public HeldLock {
        Fields.required(kind, "locks[].kind");
        Fields.required(address, "locks[].address");
    }
}
