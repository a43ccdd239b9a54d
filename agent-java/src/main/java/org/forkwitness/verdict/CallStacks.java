package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.forkwitness.report.Child;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Report;
import org.forkwitness.report.UnsafeCall;
import org.forkwitness.report.Verdict;

/**
 * Which stacks of children's calls are written out: thousands of children of one site do the same, and a file in which
 * each says so in full would be too long to be read. A child that came to harm always does. Mutable, for one file and
 * one thread.
 */
public final class CallStacks {
    /** So many children of a site are shown with the same stack of a call. */
    private static final int SAME = 20;

    private record Key(long site, String function, List<Frame> stack) {}

    private final Map<Key, Integer> written = new HashMap<>();

    /** A report with its forks as they are to be written. */
    public static Report shorten(Report r) {
        CallStacks stacks = new CallStacks();
        return new Report(
                r.schema(),
                r.process(),
                r.environment(),
                r.summary(),
                r.forkHandlers(),
                r.threads(),
                r.sites(),
                r.forks().stream().map(stacks::shorten).toList(),
                r.notes(),
                r.lastState());
    }

    /** The fork as it is to be written after those that were given before. */
    public Fork shorten(Fork fork) {
        boolean harmed = fork.verdict() == Verdict.DEADLOCKED || fork.verdict() == Verdict.UNSAFE;
        if (harmed || fork.child() == null || fork.child().calls().isEmpty()) {
            return fork;
        }
        List<UnsafeCall> calls = new ArrayList<>();
        for (UnsafeCall call : fork.child().calls()) {
            calls.add(keeps(fork.site(), call) ? call : withoutStack(call));
        }
        return calls.equals(fork.child().calls()) ? fork : with(fork, calls);
    }

    private boolean keeps(long site, UnsafeCall call) {
        return call.stack().isEmpty()
                || written.merge(new Key(site, call.function(), call.stack()), 1, Integer::sum) <= SAME;
    }

    private static UnsafeCall withoutStack(UnsafeCall c) {
        return new UnsafeCall(c.function(), c.category(), c.count(), c.firstAtMs(), List.of());
    }

    private static Fork with(Fork f, List<UnsafeCall> calls) {
        Child c = f.child();
        Child child = new Child(
                c.pid(),
                c.outcome(),
                c.exec(),
                c.status(),
                c.durationMs(),
                calls,
                c.blockedOn(),
                c.createdThreads(),
                c.descriptors());
        return new Fork(
                f.id(),
                f.site(),
                f.at(),
                f.call(),
                f.parent(),
                f.parentFork(),
                f.inSignalHandler(),
                f.verdict(),
                f.reasons(),
                f.suppressedBy(),
                f.alive(),
                f.holders(),
                f.locks(),
                f.allocator(),
                child,
                f.errno(),
                f.guard());
    }
}
