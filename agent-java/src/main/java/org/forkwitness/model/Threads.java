package org.forkwitness.model;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.forkwitness.stream.ThreadKind;

/** All threads that were seen and are not forgotten. For one thread. */
public final class Threads {
    private record Id(long proc, long thread) {}

    /** Sorted times of one kind of thread: how many live at a time is a matter of two searches. */
    private record Lives(long[] starts, long[] ends) {
        int at(long time) {
            return Math.max(0, countUpTo(starts, time) - countUpTo(ends, time));
        }

        private static int countUpTo(long[] sorted, long time) {
            int low = 0;
            int high = sorted.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (sorted[middle] <= time) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }

    private final Map<Id, ProcessThread> byId = new LinkedHashMap<>();
    private final Map<ThreadKind, Lives> livesOfMain = new EnumMap<>(ThreadKind.class);

    /** The thread with this id in this process, made where it was unknown; its data will be changed. */
    ProcessThread change(long proc, long thread) {
        livesOfMain.clear();
        return byId.computeIfAbsent(new Id(proc, thread), id -> new ProcessThread(proc, thread));
    }

    /** The thread with this id; null where none has arrived. */
    public ProcessThread find(long proc, long thread) {
        return byId.get(new Id(proc, thread));
    }

    /** All of them, those whose THREAD record is still missing included. */
    public Collection<ProcessThread> all() {
        return Collections.unmodifiableCollection(byId.values());
    }

    /** How many threads of one kind lived in a process at a time. */
    public int alive(long proc, ThreadKind kind, long time) {
        if (proc != 0) {
            return (int) byId.values().stream()
                    .filter(t -> t.proc() == proc && t.kind() == kind && t.aliveAt(time))
                    .count();
        }
        return livesOfMain.computeIfAbsent(kind, this::lives).at(time);
    }

    private Lives lives(ThreadKind kind) {
        ProcessThread[] threads = byId.values().stream()
                .filter(t -> t.proc() == 0 && t.known() && t.kind() == kind)
                .toArray(ProcessThread[]::new);
        long[] starts = Arrays.stream(threads)
                .mapToLong(t -> t.seen() ? t.start() : Long.MIN_VALUE)
                .sorted()
                .toArray();
        long[] ends =
                Arrays.stream(threads).mapToLong(ProcessThread::end).sorted().toArray();
        return new Lives(starts, ends);
    }

    /** How many threads are kept. */
    public int size() {
        return byId.size();
    }

    /** Forgets threads: for those that no kept fork needs. */
    public void forget(Predicate<ProcessThread> needless) {
        if (byId.values().removeIf(needless)) {
            livesOfMain.clear();
        }
    }
}
