package org.forkwitness.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
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
    private final InheritedLocks locks = new InheritedLocks();
    private List<InheritedRegion> regions = List.of();
    private Map<Long, Long> counts = Map.of();
    private Map<Long, Long> unrecorded = Map.of();
    private Long allocating;
    private HolderStacks holders;
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
        // What it says of a holder's stack follows the very wait that makes it worth telling.
        boolean ofHolder = record instanceof StreamRecord.Holder || record instanceof StreamRecord.Slice;
        if (!ofHolder) {
            progress(record.header());
        }
        if (record instanceof StreamRecord.Child child) {
            first = child;
        } else if (record instanceof StreamRecord.FirstCall call) {
            if (calls.stream().noneMatch(known -> known.called() == call.called())) {
                insert(calls, call);
            }
        } else if (record instanceof StreamRecord.Calls summary) {
            counts = counted(counts, summary.counts());
        } else if (record instanceof StreamRecord.Held held) {
            locks.add(held.header().seq(), held.locks(), held.epoch());
            unrecorded = counted(unrecorded, held.unrecorded());
        } else if (record instanceof StreamRecord.Inside inside) {
            regions = joined(regions, regions(inside));
            allocating = inside.allocating() == null ? allocating : inside.allocating();
        } else if (record instanceof StreamRecord.Holder holder) {
            changeHolders().add(holder);
        } else if (record instanceof StreamRecord.Slice slice) {
            changeHolders().add(slice);
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

    private HolderStacks changeHolders() {
        holders = holders == null ? new HolderStacks() : holders;
        return holders;
    }

    private static List<InheritedRegion> regions(StreamRecord.Inside inside) {
        List<InheritedRegion> list = new ArrayList<>();
        long[] r = inside.regions();
        for (int i = 0; i < r.length; i += StreamRecord.Inside.GROUP) {
            list.add(new InheritedRegion(r[i], r[i + 1], r[i + 2], r[i + 3], inside.epoch()));
        }
        return list;
    }

    /** Pairs of an id and a count, where the greatest holds. */
    private static Map<Long, Long> counted(Map<Long, Long> counts, long[] pairs) {
        if (pairs.length == 0) {
            return counts;
        }
        Map<Long, Long> more = counts.isEmpty() ? new HashMap<>() : counts;
        for (int i = 0; i < pairs.length; i += 2) {
            more.merge(pairs[i], pairs[i + 1], Math::max);
        }
        return more;
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
        return Collections.unmodifiableList(locks);
    }

    /**
     * Keeps so many of them, and those whose address is needed; the others count as {@link #unrecorded} of the threads of
     * which another lock is kept. For when nothing more is expected of the child.
     */
    public void shortenLocks(int keep, LongPredicate needed) {
        Map<Long, Long> dropped = new HashMap<>();
        locks.shorten(keep, lock -> needed.test(lock.address()), thread -> dropped.merge(thread, 1L, Long::sum));
        if (!dropped.isEmpty()) {
            dropped.keySet().retainAll(locks.stream().map(InheritedLock::thread).collect(Collectors.toSet()));
            unrecorded.forEach((thread, count) -> dropped.merge(thread, count, Long::sum));
            unrecorded = dropped;
        }
    }

    /** How many locks each thread held for which its record had no room. */
    public Map<Long, Long> unrecorded() {
        return Collections.unmodifiableMap(unrecorded);
    }

    /** How many threads were inside of the allocator, where {@link #regions} does not tell; null where it does. */
    public Long allocating() {
        return allocating;
    }

    /** Where the threads stood that held or were inside of something; null where it did not say. */
    public HolderStacks holders() {
        return holders;
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
