package org.forkwitness.report;

import java.time.Instant;
import java.util.List;

/**
 * One fork, or one call that failed to make one.
 *
 * @param id number of the fork, 1 or more
 * @param site id of its {@link Site}
 * @param at when it was called
 * @param call how
 * @param parent who called
 * @param parentFork the fork whose child called; null where it was the watched process itself
 * @param inSignalHandler true where the call came from a signal handler
 * @param verdict what the child was found to do
 * @param reasons why, the weightiest first
 * @param suppressedBy the rule that marks it as known; null for none
 * @param alive threads at the fork
 * @param holders threads that held or were inside something that the child inherited
 * @param locks the locks that were held
 * @param allocator the allocator at the fork
 * @param child what the child did; null where the call failed
 * @param errno name of the error of a call that failed, {@code EAGAIN} for example; null otherwise
 * @param guard what the guard did about it; null where nothing
 */
public record Fork(
        long id,
        long site,
        Instant at,
        Call call,
        ForkParent parent,
        Long parentFork,
        boolean inSignalHandler,
        Verdict verdict,
        List<Reason> reasons,
        String suppressedBy,
        Alive alive,
        List<Holder> holders,
        List<HeldLock> locks,
        ForkAllocator allocator,
        Child child,
        String errno,
        Guard guard) {
    public Fork {
        Fields.required(at, "forks[].at");
        Fields.required(call, "forks[].call");
        Fields.required(parent, "forks[].parent");
        Fields.required(verdict, "forks[].verdict");
        Fields.required(alive, "forks[].alive");
        Fields.required(allocator, "forks[].allocator");
        reasons = Fields.list(reasons);
        holders = Fields.list(holders);
        locks = Fields.list(locks);
    }

    /** The same fork as one of another site. */
    public Fork ofSite(long other) {
        return other == site
                ? this
                : new Fork(
                        id,
                        other,
                        at,
                        call,
                        parent,
                        parentFork,
                        inSignalHandler,
                        verdict,
                        reasons,
                        suppressedBy,
                        alive,
                        holders,
                        locks,
                        allocator,
                        child,
                        errno,
                        guard);
    }

    /** True where the call failed, so that there never was a child. */
    public boolean failed() {
        return errno != null;
    }

    /** True where a rule marks this fork as known. A proven deadlock is never suppressed, whatever the rule says. */
    public boolean suppressed() {
        return suppressedBy != null && verdict != Verdict.DEADLOCKED;
    }
}
