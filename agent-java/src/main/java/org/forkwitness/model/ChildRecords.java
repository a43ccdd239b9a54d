package org.forkwitness.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.StreamRecord;

/** What a child has said of itself, in the order in which it happened. For one thread. */
public final class ChildRecords {
    /** A child that blocks or execs over and over is not worth more memory than this. */
    private static final int MAX_KEPT = 256;

    private static final Comparator<StreamRecord> BY_SEQ =
            Comparator.comparingLong(record -> record.header().seq());

    private final List<StreamRecord.FirstCall> calls = new ArrayList<>(4);
    private final List<StreamRecord.Exec> execs = new ArrayList<>(1);
    private final List<StreamRecord.Exit> exits = new ArrayList<>(1);
    private List<StreamRecord.Blocked> blocked = List.of();
    private List<StreamRecord.LockFailed> lockFailures = List.of();
    private List<StreamRecord.Wait> waits = List.of();
    private List<InheritedLock> locks = List.of();
    private List<InheritedRegion> regions = List.of();
    private Map<Long, Long> counts = Map.of();
    private StreamRecord.Child first;
    private StreamRecord.ExecFailed execFailed;
    private long lastSeq = -1;
    private long lastTime;

    /** Notes that the child was alive and running. */
    void progress(StreamRecord.Header header) {
        if (header.seq() > lastSeq) {
            lastSeq = header.seq();
            lastTime = header.time();
        }
    }

    void update(StreamRecord record) {
        progress(record.header());
        if (record instanceof StreamRecord.Child child) {
            first = child;
        } else if (record instanceof StreamRecord.FirstCall call) {
            if (calls.stream().noneMatch(known -> known.called() == call.called())) {
                insert(calls, call);
            }
        } else if (record instanceof StreamRecord.Calls summary) {
            count(summary.counts());
        } else if (record instanceof StreamRecord.Held held) {
            locks = joined(locks, locks(held));
        } else if (record instanceof StreamRecord.Inside inside) {
            regions = joined(regions, regions(inside));
        } else if (record instanceof StreamRecord.Blocked next) {
            blocked = inserted(blocked, next);
        } else if (record instanceof StreamRecord.LockFailed next) {
            lockFailures = inserted(lockFailures, next);
        } else if (record instanceof StreamRecord.Wait next) {
            waits = inserted(waits, next);
        } else if (record instanceof StreamRecord.Exec next) {
            insert(execs, next);
        } else if (record instanceof StreamRecord.ExecFailed failed) {
            execFailed = execFailed == null || BY_SEQ.compare(execFailed, failed) < 0 ? failed : execFailed;
        } else if (record instanceof StreamRecord.Exit end) {
            insert(exits, end);
        }
    }

    private static <R extends StreamRecord> void insert(List<R> list, R record) {
        int at = list.size();
        while (at > 0 && BY_SEQ.compare(list.get(at - 1), record) > 0) {
            at--;
        }
        list.add(at, record);
        if (list.size() > MAX_KEPT && !(record instanceof StreamRecord.FirstCall)) {
            // The first shows how it began, the last how it ended.
            list.remove(1);
        }
    }

    private static <R extends StreamRecord> List<R> inserted(List<R> list, R record) {
        List<R> own = list.isEmpty() ? new ArrayList<>(1) : list;
        insert(own, record);
        return own;
    }

    private static <T> List<T> joined(List<T> list, List<T> more) {
        List<T> both = new ArrayList<>(list);
        both.addAll(more);
        return List.copyOf(both);
    }

    private static List<InheritedLock> locks(StreamRecord.Held held) {
        List<InheritedLock> list = new ArrayList<>();
        long[] l = held.locks();
        for (int i = 0; i < l.length; i += StreamRecord.Held.GROUP) {
            list.add(new InheritedLock(l[i], l[i + 1], LockKind.of(l[i + 2]), l[i + 3], held.epoch()));
        }
        return list;
    }

    private static List<InheritedRegion> regions(StreamRecord.Inside inside) {
        List<InheritedRegion> list = new ArrayList<>();
        long[] r = inside.regions();
        for (int i = 0; i < r.length; i += StreamRecord.Inside.GROUP) {
            list.add(new InheritedRegion(r[i], r[i + 1], r[i + 2], inside.epoch()));
        }
        return list;
    }

    private void count(long[] numbers) {
        if (counts.isEmpty()) {
            counts = new HashMap<>();
        }
        for (int i = 0; i < numbers.length; i += StreamRecord.Calls.GROUP) {
            counts.merge(numbers[i], numbers[i + 1], Math::max);
        }
    }

    /** The child's first record; null where it has not arrived. */
    public StreamRecord.Child first() {
        return first;
    }

    /** First calls of functions that are not async-signal-safe. */
    public List<StreamRecord.FirstCall> calls() {
        return Collections.unmodifiableList(calls);
    }

    /** How often a function was called at least. */
    public long count(long function) {
        return Math.max(1, counts.getOrDefault(function, 1L));
    }

    /** Locks that it waited for although nobody in it can give them back. */
    public List<StreamRecord.Blocked> blocked() {
        return Collections.unmodifiableList(blocked);
    }

    /** Lock calls that failed for such a reason. */
    public List<StreamRecord.LockFailed> lockFailures() {
        return Collections.unmodifiableList(lockFailures);
    }

    /** Its waits for something without an owner. */
    public List<StreamRecord.Wait> waits() {
        return Collections.unmodifiableList(waits);
    }

    /** What was held when it was forked, by the forking thread, too. */
    public List<InheritedLock> locks() {
        return locks;
    }

    /** What threads were inside of when it was forked. */
    public List<InheritedRegion> regions() {
        return regions;
    }

    /** All tries to exec. */
    public List<StreamRecord.Exec> execs() {
        return Collections.unmodifiableList(execs);
    }

    /** The exec that it reached and that is not known to have failed; else null. */
    public StreamRecord.Exec exec() {
        StreamRecord.Exec last = execs.isEmpty() ? null : execs.get(execs.size() - 1);
        return last == null || execFailed != null && BY_SEQ.compare(execFailed, last) > 0 ? null : last;
    }

    /** All that it called to end. */
    public List<StreamRecord.Exit> exits() {
        return Collections.unmodifiableList(exits);
    }

    /** The last of these; null where there is none. */
    public StreamRecord.Exit exit() {
        return exits.isEmpty() ? null : exits.get(exits.size() - 1);
    }

    /** True where it was seen to go on after that record of its own. */
    public boolean wentOnAfter(StreamRecord record) {
        return lastSeq > record.header().seq();
    }

    /** CLOCK_MONOTONIC at which it was last seen to do anything, ns. */
    public long lastTime() {
        return lastTime;
    }
}
