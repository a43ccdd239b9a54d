package org.forkwitness.report;

import java.util.List;

/**
 * A lock that was held at the fork.
 *
 * @param id number of the lock in this fork
 * @param kind mutex, rwlock, semaphore, spinlock, file (flockfile), monitor (of Java), ...
 * @param address its address, hexadecimal with 0x; of a monitor the object's identity hash
 * @param name what it is called, {@code g_lock in libfoo.so} for example; null where not known
 * @param holder who held it; null where not known
 * @param acquiredAt where it was taken; null where not known
 * @param heldMs milliseconds for which it had been held; null where not known
 * @param processShared true where other processes may hold it, too: never a fork deadlock; null where not known
 * @param initializedBy stack that initialised it, innermost frame first; null where that was not seen
 * @param forkAware why it is known not to mind a fork; null where nobody said so
 */
public record HeldLock(
        long id,
        String kind,
        String address,
        String name,
        LockHolder holder,
        Frame acquiredAt,
        Double heldMs,
        Boolean processShared,
        List<Frame> initializedBy,
        String forkAware) {
    public HeldLock {
        Fields.required(kind, "locks[].kind");
        Fields.required(address, "locks[].address");
        initializedBy = Fields.listOrNull(initializedBy);
    }
}
