package org.forkwitness.report;

import java.util.List;

/**
 * What a child waits for in vain.
 *
 * @param lock id of the {@link HeldLock}; null where it is none of them
 * @param address address that it waits on, hexadecimal with 0x; null where not known
 * @param function function that blocks; null where not known
 * @param holder the thread of the parent that held it; null where not known
 * @param lostThread the thread that would have to wake it, {@code VM Thread} for example; null where it is a lock
 * @param stack where it waits, innermost frame first
 * @param seenBy from where that was seen
 */
public record BlockedOn(
        Long lock,
        String address,
        String function,
        LockHolder holder,
        String lostThread,
        List<Frame> stack,
        SeenBy seenBy) {
    public BlockedOn {
        Fields.required(seenBy, "child.blockedOn.seenBy");
        stack = Fields.list(stack);
    }
}
