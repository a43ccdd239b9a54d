package org.forkwitness.verdict;

import static org.forkwitness.stream.ChildStory.lock;
import static org.forkwitness.verdict.Judged.MAIN;
import static org.forkwitness.verdict.Judged.WORKER;
import static org.forkwitness.verdict.Judged.fork;
import static org.forkwitness.verdict.Judged.sentence;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.forkwitness.report.Fork;
import org.forkwitness.report.FrameKind;
import org.forkwitness.report.Guard;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.Holder;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.GuardAction;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.junit.jupiter.api.Test;

/** What a report says of each lock and each thread that held one. */
class HeldDetailsTest {
    private static final long LOCK = 0x7200_8000L;
    private static final long SITE = 0x7200_0511L;

    /** Forks happen at 1.010 s. */
    private static final long FORK_US = 1_010_000;

    private static HeldLock only(Fork fork) {
        assertEquals(1, fork.locks().size());
        return fork.locks().get(0);
    }

    @Test
    void howLongALockWasHeld() {
        Fork fork = fork(child -> child.heldRows(
                        lock(WORKER, LOCK, LockKind.MUTEX, SITE, FORK_US - 12_540, 0),
                        lock(WORKER, LOCK + 64, LockKind.MUTEX, SITE, 0, 0),
                        lock(WORKER, LOCK + 128, LockKind.MUTEX, SITE, FORK_US + 500, 0))
                .execs("/bin/true"));
        assertEquals(12.5, fork.locks().get(0).heldMs());
        assertNull(fork.locks().get(1).heldMs(), "not known");
        assertEquals(0.0, fork.locks().get(2).heldMs(), "the clock of locks is behind, never ahead");
        assertEquals(List.of(1L, 2L, 3L), fork.holders().get(0).holds());
    }

    @Test
    void aSentenceSaysHowLong() {
        Fork fork = fork(child -> child.heldRows(lock(WORKER, LOCK, LockKind.MUTEX, SITE, FORK_US - 1_000_000, 0))
                .blocks("pthread_mutex_lock", LOCK, LockKind.MUTEX, WORKER, SITE));
        assertTrue(
                sentence(fork).contains("which thread 'worker' took at libown.so+0x510 (held for 1.0 s) and which"),
                sentence(fork));
    }

    /** Which of them it was cannot be told. */
    @Test
    void severalThreadsInside() {
        Fork fork = fork(child -> child.inside(WORKER, "setenv", SITE)
                .inside(WORKER + 1, "setenv", SITE)
                .calls("setenv", 2L));
        assertTrue(
                sentence(fork).contains(" while thread 'worker', one of 2 there, was inside setenv"), sentence(fork));
    }

    @Test
    void sinceWhenAThreadWasInside() {
        Fork fork = fork(
                child -> child.inside(WORKER, "setenv", SITE, FORK_US - 400).execs("/bin/true"));
        assertEquals(0.4, fork.holders().get(0).inside().get(0).sinceMs());
        assertNull(fork(child -> child.inside(WORKER, "setenv", SITE))
                .holders()
                .get(0)
                .inside()
                .get(0)
                .sinceMs());
    }

    @Test
    void theStackThatInitialisedALockStandsForItsName() {
        Fork fork = fork(child -> child.heldRows(lock(WORKER, LOCK, LockKind.MUTEX, SITE, 0, 2))
                .blocks("pthread_mutex_lock", LOCK, LockKind.MUTEX, WORKER, SITE));
        HeldLock lock = only(fork);
        assertNull(lock.name());
        assertEquals(2, lock.initializedBy().size());
        assertEquals("0x410", lock.initializedBy().get(1).offset());
        assertTrue(
                sentence(fork).contains("the mutex at 0x72008000 (initialised by libown.so+0x410), which"),
                sentence(fork));
        assertNull(only(fork(child -> child.held(WORKER, LOCK, LockKind.MUTEX, SITE)))
                .initializedBy());
    }

    private static StreamBuilder named(String name, String reason) {
        return Scenario.start("").add(RecordType.LOCK_NAME, Key.ADDRESS, LOCK, Key.NAME, name, Key.REASON, reason);
    }

    @Test
    void aLockHasTheNameThatItHadAtThatTime() {
        Fork fork = fork(
                named("registry", null),
                Call.FORK,
                child -> child.held(WORKER, LOCK, LockKind.MUTEX, SITE)
                        .blocks("pthread_mutex_lock", LOCK, LockKind.MUTEX, WORKER, SITE));
        assertEquals("registry", only(fork).name());
        assertTrue(sentence(fork).contains("for mutex registry, which"), sentence(fork));
        StreamBuilder gone =
                named("registry", "is read only").at(1_005_000_000L).add(RecordType.LOCK_NAME, Key.ADDRESS, LOCK);
        Fork nameless = fork(gone, Call.FORK, child -> child.held(WORKER, LOCK, LockKind.MUTEX, SITE));
        assertNull(only(nameless).name(), "another lock has its address");
        assertNull(only(nameless).forkAware());
        StreamBuilder later = Scenario.start("");
        Fork before = fork(later, Call.FORK, child -> {
            child.held(WORKER, LOCK, LockKind.MUTEX, SITE);
            later.add(RecordType.LOCK_NAME, Key.ADDRESS, LOCK, Key.NAME, "later");
        });
        assertNull(only(before).name(), "it had none yet");
    }

    @Test
    void locksBeyondTheRoomOfARecordAreCounted() {
        Fork fork = fork(child -> child.held(WORKER, LOCK, LockKind.MUTEX, SITE).unrecorded(WORKER, 7));
        assertEquals(7, fork.holders().get(0).moreLocks());
        Fork none = fork(child -> child.unrecorded(2, 1));
        Holder holder = none.holders().get(0);
        assertEquals(2, holder.thread());
        assertEquals(List.of(), holder.holds());
        assertEquals(1, holder.moreLocks());
    }

    /** As many in a frame as it has room for. */
    private static ChildStory inFrames(ChildStory child, long[][] rows) {
        for (int i = 0; i < rows.length; i += 100) {
            child.heldRows(Arrays.copyOfRange(rows, i, i + 100));
        }
        return child;
    }

    @Test
    void ofManyLocksSomeAreListedAndTheOneThatTheChildMeets() {
        long[][] rows = LongStream.range(0, 1000)
                .mapToObj(i -> lock(i < 500 ? WORKER : 2, LOCK + i * 64, LockKind.MUTEX, SITE, FORK_US - 100, 0))
                .toArray(long[][]::new);
        long met = LOCK + 900 * 64;
        StreamBuilder stream = Judged.stream(
                Scenario.start(""),
                Call.FORK,
                child -> inFrames(child, rows)
                        .lockFails("pthread_mutex_timedlock", met, LockKind.MUTEX, 110, 2L, SITE)
                        .ends("_exit", 0));
        Judged judged = new Judged(stream);
        Fork fork = judged.report(Judged.FORK);
        int kept = judged.model().forks().find(Judged.FORK).child().locks().size();
        assertEquals(Inheritance.MAX_LOCKS + 1, kept, "the child is over");
        assertEquals(Inheritance.MAX_LOCKS + 1, fork.locks().size());
        HeldLock last = fork.locks().get(Inheritance.MAX_LOCKS);
        assertEquals("0x" + Long.toHexString(met), last.address());
        assertEquals(0.1, last.heldMs());
        assertEquals(500 - Inheritance.MAX_LOCKS, fork.holders().get(0).moreLocks());
        assertEquals(499, fork.holders().get(1).moreLocks());
    }

    @Test
    void monitorsAreListedAndProveNothing() {
        StreamBuilder stream = Judged.stream(Scenario.start(""), Call.FORK, child -> child.execs("/bin/true"));
        ChildStory.monitor(stream, Judged.FORK, WORKER);
        ChildStory.monitor(stream, Judged.FORK, MAIN);
        Fork fork = new Judged(stream).report(Judged.FORK);
        assertEquals(Verdict.SAFE, fork.verdict());
        HeldLock monitor = only(fork);
        assertEquals("monitor", monitor.kind());
        assertEquals("com.x.Launcher@1f2e3d", monitor.name());
        assertEquals("0x1f2e3d", monitor.address());
        assertEquals("start", monitor.acquiredAt().method());
        assertEquals(42, monitor.acquiredAt().line());
        assertEquals("worker", monitor.holder().name());
        assertFalse(monitor.processShared());
        assertEquals(List.of(1L), fork.holders().get(0).holds());
    }

    @Test
    void theGuardIsInTheReport() {
        StreamBuilder stream = Judged.stream(Scenario.start(""), Call.FORK, child -> child.execs("/bin/true"));
        Fork fork = new Judged(ChildStory.guard(stream, Judged.FORK, GuardAction.WAITED, WORKER)).report(Judged.FORK);
        Guard guard = fork.guard();
        assertEquals(org.forkwitness.report.GuardAction.WAITED, guard.action());
        assertEquals(3.25, guard.waitedMs());
        assertEquals("worker", guard.waitedFor().name());
        assertEquals("setenv", guard.waitedFor().function());
        assertEquals("0x510", guard.waitedFor().at().offset());
        assertNull(guard.waitedFor().lock());
        assertEquals(Verdict.SAFE, fork.verdict());
        assertEquals(
                "the guard held fork() in com.x.Launcher.start (Launcher.java:42) back for 3.3 ms: thread 'worker' was"
                        + " inside setenv (libown.so+0x510)",
                fork.reasons().get(1).message());
        assertNull(fork(child -> child.execs("/bin/true")).guard());
    }

    @Test
    void theGuardRefuses() {
        StreamBuilder stream = Scenario.fork(ChildStory.dictionary(Scenario.start("")), 1, Call.FORK, 1L, 10, null);
        ChildStory.guard(stream, 1, GuardAction.DENIED, null).add(RecordType.FORK_RESULT, Key.FORK, 1, Key.ERRNO, 11);
        Fork fork = new Judged(stream).report(1);
        assertEquals("EAGAIN", fork.errno());
        assertEquals(List.of("fork-failed", "guard"), Judged.codes(fork));
        assertEquals(
                "the guard refused fork() in com.x.Launcher.start (Launcher.java:42)",
                fork.reasons().get(1).message());
        assertNull(fork.guard().waitedFor());
    }

    @Test
    void aHoldersStackIsThereUntilItsBytesAreDropped() {
        StreamBuilder stream = Judged.stream(
                Scenario.start(""),
                Call.FORK,
                child -> child.held(WORKER, LOCK, LockKind.MUTEX, SITE)
                        .holder(WORKER, SITE, 0x9000_0000L, new byte[64]));
        Judged judged = new Judged(stream);
        List<org.forkwitness.report.Frame> stack =
                judged.report(Judged.FORK).holders().get(0).stack();
        assertEquals("0x510", stack.get(0).offset());
        assertEquals("start", stack.get(1).method());
        assertEquals(FrameKind.PYTHON, stack.get(2).kind());
        assertEquals(
                1,
                judged.model().forks().find(Judged.FORK).child().holders().all().size(),
                "it may say more");
        new ChildStory(stream, Judged.FORK).execs("/bin/true");
        Judged over = new Judged(stream);
        assertEquals(stack, over.report(Judged.FORK).holders().get(0).stack());
        assertEquals(
                List.of(),
                over.model().forks().find(Judged.FORK).child().holders().all());
        assertEquals(stack, over.report(Judged.FORK).holders().get(0).stack(), "what came of them is kept");
        assertNull(fork(child -> child.held(WORKER, LOCK, LockKind.MUTEX, SITE))
                .holders()
                .get(0)
                .stack());
    }
}
