package org.forkwitness.report;

import java.util.List;

/**
 * What a forked child did, as far as it was seen.
 *
 * @param pid its process id; null where not known
 * @param outcome what it came to
 * @param exec the program that it became; null where it did not, or not known
 * @param status exit status, or the signal's number where a signal ended it; null where not known
 * @param durationMs milliseconds from the fork to the outcome; null where not known
 * @param calls functions that are not async-signal-safe and that it called before
 * @param blockedOn what it waits for in vain; null where it does not
 * @param createdThreads threads that it created; null where that was not observed
 * @param descriptors file descriptors that it took over an exec without need
 */
public record Child(
        Long pid,
        Outcome outcome,
        String exec,
        Integer status,
        Double durationMs,
        List<UnsafeCall> calls,
        BlockedOn blockedOn,
        Integer createdThreads,
        List<Descriptor> descriptors) {
    public Child {
        Fields.required(outcome, "child.outcome");
        calls = Fields.list(calls);
        descriptors = Fields.list(descriptors);
    }
}
