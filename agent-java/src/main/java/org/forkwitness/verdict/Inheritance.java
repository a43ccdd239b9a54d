package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import org.forkwitness.model.Function;
import org.forkwitness.model.InheritedLock;
import org.forkwitness.model.InheritedRegion;
import org.forkwitness.report.Frame;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.Holder;
import org.forkwitness.report.LockHolder;
import org.forkwitness.report.Region;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.StackResolver;

/**
 * The report's record of what a child inherited: locks, and the threads that held them or were inside of something. Those
 * of the thread that forked count only where the child came to grief over them. For one thread.
 */
final class Inheritance {
    /** Of a fork with more locks so many are listed, and those that the child met; the others are counted. */
    static final int MAX_LOCKS = 256;

    private static final long MAX_COUNT = Integer.MAX_VALUE / 2;

    private record Entry(long address, Long thread, HeldLock lock) {}

    private final StackResolver resolver;
    private final Evidence evidence;
    private final LockRecords records;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<Long, Integer> unlisted = new HashMap<>();

    Inheritance(StackResolver resolver, Marks marks, Evidence evidence) {
        this.resolver = resolver;
        this.evidence = evidence;
        this.records = new LockRecords(
                evidence.model(),
                resolver,
                marks,
                evidence.fork().proc(),
                evidence.fork().time());
        evidence.child()
                .unrecorded()
                .forEach((thread, count) -> unlisted.merge(thread, (int) Math.min(count, MAX_COUNT), Integer::sum));
        for (InheritedLock lock : evidence.child().locks()) {
            if (evidence.vanished(lock.thread())) {
                add(lock);
            }
        }
        evidence.child().blocked().forEach(b -> add(evidence.lockWait(b)));
        evidence.child().lockFailures().forEach(f -> add(evidence.lockFailure(f)));
        if (evidence.obstacle() instanceof Finding.LockWait stuck) {
            add(stuck);
        }
        for (StreamRecord.Monitor monitor : evidence.fork().monitors()) {
            if (evidence.vanished(monitor.thread())) {
                entries.add(new Entry(0, monitor.thread(), records.of(entries.size() + 1L, monitor)));
            }
        }
    }

    private void add(InheritedLock lock) {
        if (entries.size() < MAX_LOCKS) {
            if (idOf(lock.address(), lock.thread()) == null) {
                entries.add(new Entry(lock.address(), lock.thread(), records.of(entries.size() + 1L, lock)));
            }
        } else {
            unlisted.merge(lock.thread(), 1, Integer::sum);
        }
    }

    private void add(Finding.LockWait wait) {
        if (idOf(wait.address(), wait.thread()) != null) {
            return;
        }
        long id = entries.size() + 1L;
        InheritedLock lock = evidence.inherited(wait.address(), wait.thread());
        entries.add(
                new Entry(wait.address(), wait.thread(), lock == null ? records.of(id, wait) : records.of(id, lock)));
        if (lock != null) {
            unlisted.computeIfPresent(lock.thread(), (thread, count) -> count - 1);
        }
    }

    /** All locks. */
    List<HeldLock> locks() {
        return entries.stream().map(Entry::lock).toList();
    }

    /** The report's number of the lock that a child waits for; null where it is none of these. */
    Long idOf(long address, Long thread) {
        for (Entry e : entries) {
            if (e.address == address && (thread == null || Objects.equals(e.thread, thread))) {
                return e.lock.id();
            }
        }
        return null;
    }

    /** A thread by its id; null where it is not known. */
    LockHolder holder(Long id) {
        return records.holder(id);
    }

    /**
     * The threads that held or were inside of something and do not exist in the child.
     *
     * @param stacks a thread's stack at the fork; null where it is not known
     */
    List<Holder> holders(LongFunction<List<Frame>> stacks) {
        Map<Long, List<Region>> inside = new LinkedHashMap<>();
        for (InheritedRegion region : evidence.child().regions()) {
            if (evidence.vanished(region.thread())) {
                inside.computeIfAbsent(region.thread(), t -> new ArrayList<>()).add(region(region));
            }
        }
        for (Entry entry : entries) {
            if (entry.thread != null && evidence.vanished(entry.thread)) {
                inside.computeIfAbsent(entry.thread, t -> new ArrayList<>());
            }
        }
        evidence.child().unrecorded().keySet().stream()
                .filter(evidence::vanished)
                .forEach(thread -> inside.computeIfAbsent(thread, t -> new ArrayList<>()));
        return inside.entrySet().stream()
                .filter(e -> e.getKey() > 0)
                .map(e -> new Holder(
                        e.getKey(),
                        Parties.threadName(evidence, e.getKey()),
                        e.getValue(),
                        held(e.getKey()),
                        stacks.apply(e.getKey()),
                        unlisted.getOrDefault(e.getKey(), 0)))
                .toList();
    }

    private Region region(InheritedRegion region) {
        Function function = evidence.function(region.function());
        return new Region(
                function.category().text(),
                function.name(),
                resolver.caller(region.site(), region.epoch()),
                Durations.sinceUs(region.sinceUs(), evidence.fork().time()));
    }

    private List<Long> held(long thread) {
        return entries.stream()
                .filter(e -> e.thread != null && e.thread == thread)
                .map(e -> e.lock.id())
                .toList();
    }

    /** How many threads were inside the allocator; null where the child did not say. */
    Integer threadsInAllocator() {
        if (!evidence.observed()) {
            return null;
        }
        long listed = evidence.child().regions().stream()
                .filter(r -> evidence.vanished(r.thread()))
                .filter(r -> evidence.function(r.function()).category().text().equals(Protection.ALLOCATOR))
                .mapToLong(InheritedRegion::thread)
                .distinct()
                .count();
        return (int) Math.min(MAX_COUNT, listed + evidence.allocating());
    }
}
