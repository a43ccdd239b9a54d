package org.forkwitness.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.forkwitness.report.BlockedOn;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.Holder;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Region;
import org.forkwitness.report.Report;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Site;
import org.forkwitness.report.UnsafeCall;
import org.forkwitness.report.Verdict;

/** What one fork of a report must say; each method fails where it says something else. */
public final class Expect {
    private final Report report;
    private final Fork fork;

    private Expect(Report report, Fork fork) {
        this.report = report;
        this.fork = fork;
    }

    /** The only fork of a report that is complete. */
    public static Expect onlyFork(Report report) {
        complete(report, 1);
        return new Expect(report, report.forks().get(0));
    }

    /** The only fork with this child. */
    public static Expect child(Report report, long pid) {
        List<Fork> forks = report.forks().stream()
                .filter(f -> f.child() != null
                        && f.child().pid() != null
                        && f.child().pid() == pid)
                .toList();
        assertEquals(1, forks.size(), () -> "forks with child " + pid + " in " + report.forks());
        return new Expect(report, forks.get(0));
    }

    /** The only fork whose blame frame is on this line. */
    public static Expect blaming(Report report, String mark) {
        SourceLine line = SourceLine.marked(mark);
        List<Fork> forks = report.forks().stream()
                .filter(f -> site(report, f).blame() != null
                        && line.is(site(report, f).blame()))
                .toList();
        assertEquals(1, forks.size(), () -> "forks at " + line + " in " + report.sites());
        return new Expect(report, forks.get(0));
    }

    /** A report with this many forks, of which nothing is missing. */
    public static void complete(Report report, int forks) {
        assertEquals(forks, report.summary().forks(), () -> "summary.forks of " + report);
        assertEquals(forks, report.forks().size(), () -> "forks of " + report);
        assertEquals(0, report.summary().lost().records(), "summary.lost.records");
        assertTrue(report.summary().complete(), () -> "summary.complete of " + report.notes());
        long counted = report.sites().stream().mapToLong(Site::count).sum();
        assertEquals(forks, counted, "sum of sites[].count");
    }

    private static Site site(Report report, Fork fork) {
        return report.site(fork.site()).orElseThrow(() -> new AssertionError("no site " + fork.site()));
    }

    public Fork fork() {
        return fork;
    }

    public Site site() {
        return site(report, fork);
    }

    public Report report() {
        return report;
    }

    public Expect call(Call call) {
        assertEquals(call, fork.call());
        assertEquals(call, site().call());
        return this;
    }

    /** The verdict, with this code among its reasons, each of which is a sentence. */
    public Expect verdict(Verdict verdict, String code) {
        assertEquals(verdict, fork.verdict(), fork::toString);
        assertTrue(fork.reasons().stream().anyMatch(r -> r.code().equals(code)), fork::toString);
        for (Reason reason : fork.reasons()) {
            assertTrue(reason.message().length() > 10 && reason.message().contains(" "), reason::toString);
        }
        return this;
    }

    /** A verdict that raises no alarm: safe or latent. */
    public Expect silent() {
        assertTrue(fork.verdict() == Verdict.SAFE || fork.verdict() == Verdict.LATENT, fork::toString);
        return this;
    }

    /** Safe: nothing but what a child may call. */
    public Expect safe() {
        return verdict(Verdict.SAFE, Reason.ASYNC_SIGNAL_SAFE).calls();
    }

    /** Latent, with these functions among the calls of the child. */
    public Expect latent(String... functions) {
        verdict(Verdict.LATENT, Reason.NOT_ASYNC_SIGNAL_SAFE);
        for (String function : functions) {
            callOf(function);
        }
        return this;
    }

    /**
     * Latent, with these functions among the calls, of which one allocates where nothing protects the allocator; unsafe
     * where some thread of the JVM happened to be inside of the allocator at the fork, and the report says so.
     */
    public Expect latentUnlessAllocatorWasInUse(String... functions) {
        boolean inUse = fork.holders().stream()
                .flatMap(h -> h.inside().stream())
                .anyMatch(r -> r.category().equals("allocator"));
        boolean allocates =
                fork.child().calls().stream().anyMatch(c -> c.category().equals("allocator"));
        return inUse && allocates ? verdict(Verdict.UNSAFE, Reason.IN_REGION) : latent(functions);
    }

    /** Deadlocked, for this reason above all: the child waits in this function. */
    public Expect deadlocked(String code, String function, SeenBy seenBy) {
        verdict(Verdict.DEADLOCKED, code);
        assertEquals(code, fork.reasons().get(0).code(), () -> fork.reasons().toString());
        BlockedOn blocked = blockedOn();
        assertEquals(function, blocked.function(), blocked::toString);
        assertEquals(seenBy, blocked.seenBy(), blocked::toString);
        return this;
    }

    private BlockedOn blockedOn() {
        assertNotNull(fork.child(), fork::toString);
        BlockedOn blocked = fork.child().blockedOn();
        assertNotNull(blocked, fork::toString);
        return blocked;
    }

    /** Where the child waits, by its mark. */
    public Expect waitsAt(String mark) {
        SourceLine.marked(mark).in(blockedOn().stack());
        return this;
    }

    /** The child waits below this Java method, whose line is told; no Java frame is without a name. */
    public Expect waitsIn(String type, String method) {
        List<Frame> java = blockedOn().stack().stream()
                .filter(frame -> frame.kind() == FrameKind.JAVA)
                .toList();
        assertTrue(
                java.stream()
                        .anyMatch(frame -> frame.className().equals(type)
                                && frame.method().equals(method)
                                && frame.file() != null
                                && frame.line() != null),
                java::toString);
        assertTrue(java.stream().noneMatch(frame -> frame.className().equals("unknown")), java::toString);
        return this;
    }

    /** The lock that the child waits for: its kind, name, holder, and where that took it. */
    public Expect waitsFor(String kind, String name, String holder, String takenAt) {
        BlockedOn blocked = blockedOn();
        assertNotNull(blocked.lock(), blocked::toString);
        held(lock(blocked.lock()), kind, name, holder, takenAt);
        assertEquals(holder, blocked.holder().name(), blocked::toString);
        assertEquals(lock(blocked.lock()).address(), blocked.address(), blocked::toString);
        return this;
    }

    /** The thread that is inside what the child waits for, which is no lock that has a name. */
    public Expect waitsForHolder(String name) {
        assertNotNull(blockedOn().holder(), fork::toString);
        assertEquals(name, blockedOn().holder().name(), fork::toString);
        assertNull(blockedOn().lostThread(), fork::toString);
        return this;
    }

    /** The thread that would have to wake the child. */
    public Expect waitsForThread(String name) {
        assertEquals(name, blockedOn().lostThread(), fork::toString);
        assertNull(blockedOn().lock(), fork::toString);
        return this;
    }

    private HeldLock lock(long id) {
        return fork.locks().stream()
                .filter(l -> l.id() == id)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no lock " + id + " in " + fork));
    }

    private static void held(HeldLock lock, String kind, String name, String holder, String takenAt) {
        assertEquals(kind, lock.kind(), lock::toString);
        assertEquals(name, lock.name(), lock::toString);
        assertEquals(holder, lock.holder().name(), lock::toString);
        assertFalse(Boolean.TRUE.equals(lock.processShared()), lock::toString);
        assertTrue(lock.heldMs() != null && lock.heldMs() >= 0, lock::toString);
        SourceLine.marked(takenAt).assertIs(lock.acquiredAt());
    }

    /** The only lock of a kind, which may have no name: who holds it, and where that took it. */
    public Expect holdsOne(String kind, String holder, String takenAt) {
        List<HeldLock> locks =
                fork.locks().stream().filter(l -> kind.equals(l.kind())).toList();
        assertEquals(1, locks.size(), () -> kind + " among " + fork.locks());
        held(locks.get(0), kind, locks.get(0).name(), holder, takenAt);
        return this;
    }

    /** A lock of this name that other processes may hold, too. */
    public Expect holdsShared(String kind, String holder, String takenAt) {
        List<HeldLock> locks = fork.locks().stream()
                .filter(l -> Boolean.TRUE.equals(l.processShared()))
                .toList();
        assertEquals(1, locks.size(), () -> "process-shared ones among " + fork.locks());
        assertEquals(kind, locks.get(0).kind(), locks::toString);
        assertEquals(holder, locks.get(0).holder().name(), locks::toString);
        SourceLine.marked(takenAt).assertIs(locks.get(0).acquiredAt());
        return this;
    }

    /** The lock that the child waits for has no name, and was initialised on this line. */
    public Expect waitsForNameless(String kind, String initializedAt, String holder, String takenAt) {
        BlockedOn blocked = blockedOn();
        assertNotNull(blocked.lock(), blocked::toString);
        HeldLock lock = lock(blocked.lock());
        held(lock, kind, null, holder, takenAt);
        SourceLine.marked(initializedAt).in(lock.initializedBy());
        return this;
    }

    /** A thread that holds so many locks, and so many that its record had no room for. */
    public Expect holdsMany(String thread, int recorded, int more) {
        assertEquals(recorded, holder(thread).holds().size(), fork::toString);
        assertEquals(more, holder(thread).moreLocks(), fork::toString);
        return this;
    }

    /** This thread holds nothing, and is inside of nothing. */
    public Expect isNoHolder(String thread) {
        assertTrue(fork.holders().stream().noneMatch(h -> thread.equals(h.name())), fork::toString);
        return this;
    }

    /** The stack of a thread that holds something has these lines, from the innermost outwards. */
    public Expect holderStack(String thread, String... marks) {
        List<Frame> stack = holder(thread).stack();
        int last = -1;
        for (String mark : marks) {
            int at = stack == null ? -1 : stack.indexOf(SourceLine.marked(mark).in(stack));
            assertTrue(at > last, () -> mark + " in " + stack);
            last = at;
        }
        return this;
    }

    /** A lock that some thread held at the fork; one of the forking thread's own, where that is named. */
    public Expect holds(String kind, String name, String holder, String takenAt) {
        List<HeldLock> locks =
                fork.locks().stream().filter(l -> name.equals(l.name())).toList();
        assertEquals(1, locks.size(), () -> name + " among " + fork.locks());
        held(locks.get(0), kind, name, holder, takenAt);
        if (!holder.equals(fork.parent().thread())) {
            Holder thread = holder(holder);
            assertTrue(thread.holds().contains(locks.get(0).id()), thread::toString);
            assertEquals(locks.get(0).holder().thread(), thread.thread(), thread::toString);
        }
        return this;
    }

    private Holder holder(String name) {
        List<Holder> holders =
                fork.holders().stream().filter(h -> name.equals(h.name())).toList();
        assertEquals(1, holders.size(), () -> name + " among " + fork.holders());
        assertTrue(
                report.threads().stream()
                        .anyMatch(t ->
                                t.id() == holders.get(0).thread() && t.name().equals(name)),
                () -> holders.get(0) + " among " + report.threads());
        return holders.get(0);
    }

    /** What some thread was inside of at the fork: the function, and the line of its call. */
    public Expect inside(String thread, String category, String function, String mark) {
        List<Region> regions = holder(thread).inside().stream()
                .filter(r -> r.function().equals(function))
                .toList();
        assertEquals(1, regions.size(), () -> function + " among " + fork.holders());
        assertEquals(category, regions.get(0).category());
        SourceLine.marked(mark).assertIs(regions.get(0).at());
        Double since = regions.get(0).sinceMs();
        assertTrue(category.equals("allocator") || since != null && since >= 0, regions::toString);
        return this;
    }

    /** No lock of this name is held. */
    public Expect nobodyHolds(String lock) {
        assertTrue(fork.locks().stream().noneMatch(l -> lock.equals(l.name())), fork::toString);
        return this;
    }

    /** A call of the child that is not async-signal-safe, by its line. */
    public Expect calling(String function, String mark) {
        SourceLine.marked(mark).in(callOf(function).stack());
        return this;
    }

    private UnsafeCall callOf(String function) {
        List<UnsafeCall> calls = fork.child().calls().stream()
                .filter(c -> c.function().equals(function))
                .toList();
        assertEquals(1, calls.size(), () -> function + " among " + fork.child().calls());
        assertTrue(calls.get(0).count() > 0, calls::toString);
        return calls.get(0);
    }

    /** The only functions that the child called and that are not async-signal-safe. */
    public Expect calls(String... functions) {
        assertNotNull(fork.child(), fork::toString);
        assertEquals(
                Set.of(functions),
                fork.child().calls().stream().map(UnsafeCall::function).collect(Collectors.toSet()),
                fork::toString);
        return this;
    }

    /** How many threads the child created. */
    public Expect createdThreads(int count) {
        assertEquals(count, fork.child().createdThreads(), fork::toString);
        return this;
    }

    /** Whether it was called in a signal handler. */
    public Expect inSignalHandler(boolean expected) {
        assertEquals(expected, fork.inSignalHandler(), fork::toString);
        return this;
    }

    /** The line that is blamed, by its mark. */
    public Expect blames(String mark) {
        SourceLine.marked(mark).assertIs(site().blame());
        SourceLine.marked(mark).in(site().stack());
        return this;
    }

    /** The blamed native function and its library. */
    public Expect inFunction(String function, String library) {
        Frame blame = site().blame();
        assertEquals(FrameKind.NATIVE, blame.kind(), blame::toString);
        assertEquals(function, blame.function(), blame::toString);
        assertEquals(library, blame.module(), blame::toString);
        return this;
    }

    /** The blamed Java method. */
    public Expect inMethod(Class<?> type, String method) {
        Frame blame = site().blame();
        assertEquals(FrameKind.JAVA, blame.kind(), blame::toString);
        assertEquals(type.getName(), blame.className(), blame::toString);
        assertEquals(method, blame.method(), blame::toString);
        return this;
    }

    /** A Java line further out on the stack, by its mark. */
    public Expect calledFrom(String mark) {
        SourceLine.marked(mark).in(site().stack());
        return this;
    }

    public Expect thread(String name) {
        assertEquals(name, fork.parent().thread(), fork::toString);
        return this;
    }

    /** No fork inside a child. */
    public Expect inProcess(long pid) {
        assertEquals(pid, fork.parent().pid(), fork::toString);
        return this;
    }

    public Expect child(Outcome outcome) {
        assertNotNull(fork.child(), fork::toString);
        assertEquals(outcome, fork.child().outcome(), fork::toString);
        return this;
    }

    public Expect exec(String path) {
        child(Outcome.EXEC);
        assertEquals(path, fork.child().exec());
        return this;
    }

    public Expect status(int status) {
        assertEquals(status, fork.child().status(), fork::toString);
        return this;
    }

    public Expect pid(long pid) {
        assertNotNull(fork.child(), fork::toString);
        assertEquals(pid, fork.child().pid(), fork::toString);
        return this;
    }
}
