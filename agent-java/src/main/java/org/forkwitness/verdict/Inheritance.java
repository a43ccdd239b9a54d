package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.forkwitness.model.Function;
import org.forkwitness.model.InheritedLock;
import org.forkwitness.model.InheritedRegion;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.Holder;
import org.forkwitness.report.LockHolder;
import org.forkwitness.report.Region;
import org.forkwitness.stream.LockKind;
import org.forkwitness.symbols.StackResolver;

/**
 * The report's record of what a child inherited: locks, and the threads that held them or were inside of something. Those
 * of the thread that forked count only where the child came to grief over them. For one thread.
 */
final class Inheritance {
    private record Entry(long address, Long thread, HeldLock lock) {}

    private final StackResolver resolver;
    private final Evidence evidence;
    private final List<Entry> entries = new ArrayList<>();

    Inheritance(StackResolver resolver, Evidence evidence) {
        this.resolver = resolver;
        this.evidence = evidence;
        for (InheritedLock lock : evidence.child().locks()) {
            if (evidence.vanished(lock.thread())) {
                add(lock.address(), lock.kind(), lock.thread(), lock.site(), lock.epoch());
            }
        }
        evidence.child().blocked().forEach(b -> add(evidence.lockWait(b)));
        evidence.child().lockFailures().forEach(f -> add(evidence.lockFailure(f)));
        if (evidence.obstacle() instanceof Finding.LockWait stuck) {
            add(stuck);
        }
    }

    private void add(Finding.LockWait wait) {
        add(wait.address(), wait.kind(), wait.thread(), wait.site(), wait.epoch());
    }

    private void add(long address, LockKind kind, Long thread, long site, long epoch) {
        if (idOf(address, thread) != null) {
            return;
        }
        entries.add(new Entry(
                address,
                thread,
                new HeldLock(
                        entries.size() + 1L,
                        kind == null ? "lock" : kind.text(),
                        Facts.hex(address),
                        resolver.variable(address, epoch),
                        holder(thread),
                        resolver.caller(site, epoch),
                        null,
                        null)));
    }

    /** All locks. */
    List<HeldLock> locks() {
        return entries.stream().map(Entry::lock).toList();
    }

    /** The report's number of the lock that a child waits for; null where it is none of these. */
    Long idOf(long address, Long thread) {
        return entries.stream()
                .filter(e -> e.address == address && (thread == null || Objects.equals(e.thread, thread)))
                .map(e -> e.lock.id())
                .findFirst()
                .orElse(null);
    }

    /** A thread by its id; null where it is not known. */
    LockHolder holder(Long id) {
        ProcessThread thread =
                id == null ? null : evidence.model().thread(evidence.fork().proc(), id);
        return thread == null || !thread.known()
                ? null
                : new LockHolder(id, thread.tid(), Facts.threadName(evidence, id));
    }

    /** The threads that held or were inside of something and do not exist in the child. */
    List<Holder> holders() {
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
        return inside.entrySet().stream()
                .filter(e -> e.getKey() > 0)
                .map(e -> new Holder(
                        e.getKey(), Facts.threadName(evidence, e.getKey()), e.getValue(), held(e.getKey()), null))
                .toList();
    }

    private Region region(InheritedRegion region) {
        Function function = evidence.function(region.function());
        return new Region(
                function.category().text(), function.name(), resolver.caller(region.site(), region.epoch()), null);
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
        return (int) evidence.child().regions().stream()
                .filter(r -> evidence.vanished(r.thread()))
                .filter(r -> evidence.function(r.function()).category().text().equals(Protection.ALLOCATOR))
                .mapToLong(InheritedRegion::thread)
                .distinct()
                .count();
    }
}
