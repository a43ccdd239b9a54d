package org.forkwitness.collect;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.report.ThreadInfo;
import org.forkwitness.report.ThreadKind;
import org.forkwitness.symbols.ResolvedStack;
import org.forkwitness.symbols.StackResolver;
import org.forkwitness.verdict.Marks;
import org.forkwitness.verdict.Round;
import org.forkwitness.verdict.ThreadOrigins;

/** Makes the report's threads: those of the watched process that lived at a fork which is kept. For one thread. */
final class ThreadRecords {
    /** Ended threads are only looked through once there are so many more. */
    private static final int FORGET_EVERY = 4096;

    private record Made(ThreadInfo record, long round) {}

    private final LiveModel model;
    private final StackResolver resolver;
    private final Marks marks;
    private final Map<ProcessThread, Made> made = new HashMap<>();
    private int kept;

    ThreadRecords(LiveModel model, StackResolver resolver, Marks marks) {
        this.model = model;
        this.resolver = resolver;
        this.marks = marks;
    }

    /** All of them, for the report of this round. */
    List<ThreadInfo> aliveAtForks(Round round) {
        long[] times = forkTimes();
        if (model.threads().size() > kept + FORGET_EVERY) {
            forgetEnded(times);
        }
        List<ThreadInfo> list = alive(times).map(t -> record(t, round)).toList();
        if (made.size() > list.size()) {
            made.keySet().retainAll(alive(times).collect(Collectors.toSet()));
        }
        return list;
    }

    /** Makes records until {@code deadline} ({@link System#nanoTime()}); true where none is left to make. */
    boolean prepare(Round round, long deadline) {
        boolean all = true;
        for (Iterator<ProcessThread> i = alive(forkTimes()).iterator(); i.hasNext(); ) {
            ProcessThread thread = i.next();
            if (!upToDate(thread, round)) {
                if (System.nanoTime() - deadline >= 0) {
                    return false;
                }
                if (resolver.prepared(thread.stack())) {
                    record(thread, round);
                } else {
                    all = false;
                }
            }
        }
        return all;
    }

    private boolean upToDate(ProcessThread thread, Round round) {
        Made before = made.get(thread);
        return before != null && before.round >= round.since();
    }

    private ThreadInfo record(ProcessThread thread, Round round) {
        if (!upToDate(thread, round)) {
            made.put(thread, new Made(thread(thread), round.number()));
        }
        return made.get(thread).record;
    }

    private long[] forkTimes() {
        return model.forks().all().stream()
                .filter(fork -> fork.proc() == 0)
                .mapToLong(ProcessFork::time)
                .sorted()
                .toArray();
    }

    private Stream<ProcessThread> alive(long[] times) {
        return model.threads().all().stream()
                .filter(thread -> thread.proc() == 0 && thread.known() && aliveAtOneOf(times, thread));
    }

    /** A fork of just now may still be on its way, so threads that ended of late stay. */
    private void forgetEnded(long[] times) {
        long newest = model.threads().all().stream()
                .mapToLong(t -> t.end() == Long.MAX_VALUE ? t.start() : t.end())
                .max()
                .orElse(0);
        long settled = newest - 10_000_000_000L;
        model.threads().forget(t -> t.known() && t.end() < settled && !aliveAtOneOf(times, t));
        kept = model.threads().size();
    }

    private static boolean aliveAtOneOf(long[] sortedTimes, ProcessThread thread) {
        int at = thread.seen() ? Arrays.binarySearch(sortedTimes, thread.start()) : 0;
        int first = at < 0 ? -at - 1 : at;
        return first < sortedTimes.length && sortedTimes[first] < thread.end();
    }

    private ThreadInfo thread(ProcessThread thread) {
        ResolvedStack stack = resolver.resolve(thread.stack());
        boolean ended = thread.end() != Long.MAX_VALUE;
        return new ThreadInfo(
                thread.id(),
                thread.tid(),
                thread.name() == null ? ThreadOrigins.UNKNOWN : thread.name(),
                kind(thread),
                thread.seen() ? model.clock().instant(thread.start()) : null,
                ended ? model.clock().instant(thread.end()) : null,
                thread.stack() == null ? null : stack.frames(),
                ThreadOrigins.createdFrom(model, thread, stack),
                marks.thread(thread, Long.MAX_VALUE));
    }

    private static ThreadKind kind(ProcessThread thread) {
        return switch (thread.kind()) {
            case JAVA -> ThreadKind.JAVA;
            case JVM -> ThreadKind.JVM;
            case NATIVE -> ThreadKind.NATIVE;
        };
    }
}
