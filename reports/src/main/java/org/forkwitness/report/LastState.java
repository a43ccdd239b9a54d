package org.forkwitness.report;

import java.time.Instant;
import java.util.List;

/**
 * The process as it was last seen, fork or not: what it was doing before it hung or died.
 *
 * @param at when
 * @param threads its threads then
 * @param locks the locks that had been held for longer than the time between two such looks
 * @param allocator the allocator's figures; null where it has none
 */
public record LastState(Instant at, Alive threads, List<HeldLock> locks, AllocatorFigures allocator) {
    public LastState {
        Fields.required(at, "lastState.at");
        Fields.required(threads, "lastState.threads");
        locks = Fields.list(locks);
    }
}
