package org.forkwitness.verdict;

import static org.forkwitness.verdict.Judged.MAIN;
import static org.forkwitness.verdict.Judged.WORKER;
import static org.forkwitness.verdict.Judged.codes;
import static org.forkwitness.verdict.Judged.fork;
import static org.forkwitness.verdict.Judged.sentence;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.forkwitness.report.BlockedOn;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.ChildState;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.LockKind;
import org.junit.jupiter.api.Test;

/** Locks that a child meets, each case with one beside it that is none. */
class LockVerdictTest {
    private static final long LOCK = 0x7200_8000L;
    private static final long SITE = 0x7200_0511L;
    private static final int EPERM = 1;
    private static final int ETIMEDOUT = 110;

    private static ChildStory mutexHeld(ChildStory child) {
        return child.held(WORKER, LOCK, LockKind.MUTEX, SITE);
    }

    private static ChildStory blocked(ChildStory child) {
        return mutexHeld(child)
                .calls("pthread_mutex_lock", 2L)
                .blocks("pthread_mutex_lock", LOCK, LockKind.MUTEX, WORKER, SITE);
    }

    @Test
    void waitsForALockOfAThreadThatItDoesNotHave() {
        Fork fork = fork(LockVerdictTest::blocked);
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals(List.of("held-lock", "not-async-signal-safe"), codes(fork));
        assertEquals(
                "child 4711 waits in pthread_mutex_lock (libc.so.6+0x210) for the mutex at 0x72008000, which thread"
                        + " 'worker' took at libown.so+0x510 and which no thread of the child can release",
                sentence(fork));
        assertEquals(Outcome.DEADLOCKED, fork.child().outcome());
        BlockedOn blocked = fork.child().blockedOn();
        assertEquals(1, blocked.lock());
        assertEquals("0x72008000", blocked.address());
        assertEquals("pthread_mutex_lock", blocked.function());
        assertEquals("worker", blocked.holder().name());
        assertEquals(4002, blocked.holder().tid());
        assertEquals(SeenBy.INSIDE, blocked.seenBy());
        assertEquals(2, blocked.stack().size());
        assertEquals(1, fork.locks().size());
        assertEquals("mutex", fork.locks().get(0).kind());
        assertEquals("0x510", fork.locks().get(0).acquiredAt().offset());
        assertEquals(List.of(1L), fork.holders().get(0).holds());
    }

    @Test
    void aLockThatIsHeldAndNotTouchedDoesNoHarm() {
        Fork fork = fork(child -> mutexHeld(child).execs("/bin/true"));
        assertEquals(Verdict.SAFE, fork.verdict());
        assertEquals(1, fork.locks().size());
        assertNull(fork.child().blockedOn());
    }

    @Test
    void aWaitThatEndedWasUnsafe() {
        Fork fork = fork(child -> blocked(child).execs("/bin/true"));
        assertEquals(Verdict.UNSAFE, fork.verdict());
        assertEquals(List.of("held-lock", "not-async-signal-safe"), codes(fork));
        assertTrue(sentence(fork).startsWith("child 4711 had to wait in pthread_mutex_lock"), sentence(fork));
        assertEquals(Outcome.EXEC, fork.child().outcome());
        assertNull(fork.child().blockedOn());
        Fork silent = fork(child -> blocked(child).reaped(Judged.PID, 0));
        assertEquals(Verdict.UNSAFE, silent.verdict(), "it ended by itself, though without a word");
    }

    @Test
    void aChildThatWasKilledWhileItWaitedStaysDeadlocked() {
        Fork fork = fork(child -> blocked(child).reaped(Judged.PID, 9));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals(Outcome.SIGNAL, fork.child().outcome());
        assertEquals(9, fork.child().status());
        assertNotNull(fork.child().blockedOn());
    }

    @Test
    void itsOwnLockIsNotItsOwnAnyMore() {
        Fork fork = fork(child -> child.held(MAIN, LOCK, LockKind.MUTEX, SITE)
                .blocks("pthread_mutex_lock", LOCK, LockKind.MUTEX, MAIN, SITE));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertTrue(sentence(fork).contains("its own thread took at libown.so+0x510 before the fork"), sentence(fork));
        assertEquals("main", fork.child().blockedOn().holder().name());
        assertEquals(List.of(), fork.holders(), "the forking thread lives on in the child");
        Fork untouched =
                fork(child -> child.held(MAIN, LOCK, LockKind.MUTEX, SITE).execs("/bin/true"));
        assertEquals(Verdict.SAFE, untouched.verdict());
        assertEquals(List.of(), untouched.locks());
    }

    @Test
    void aLockCallThatFailsIsUnsafe() {
        Fork own = fork(child -> child.held(MAIN, LOCK, LockKind.MUTEX, SITE)
                .lockFails("pthread_mutex_unlock", LOCK, LockKind.MUTEX, EPERM, MAIN, SITE)
                .ends("_exit", 0));
        assertEquals(Verdict.UNSAFE, own.verdict());
        assertTrue(sentence(own).startsWith("pthread_mutex_unlock failed with EPERM in child 4711"), sentence(own));
        assertTrue(sentence(own).contains("its own thread took"), sentence(own));
        Fork other = fork(child -> blocked(child)
                .lockFails("pthread_mutex_timedlock", LOCK, LockKind.MUTEX, ETIMEDOUT, WORKER, SITE)
                .ends("_exit", 0));
        assertEquals(List.of("held-lock", "not-async-signal-safe"), codes(other), "one reason for one lock");
        assertTrue(sentence(other).contains("failed with ETIMEDOUT"), sentence(other));
    }

    @Test
    void sleepsAtALockThatWasHeld() {
        Fork fork = fork(child -> mutexHeld(child).calls("malloc", 2L).hangs(LOCK + 16, false));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals("held-lock", codes(fork).get(0));
        assertEquals(SeenBy.OUTSIDE, fork.child().blockedOn().seenBy());
        assertEquals("worker", fork.child().blockedOn().holder().name());
        Fork beside = fork(child -> mutexHeld(child)
                .calls("pthread_create", 2L)
                .hangs(LOCK + 40, false)
                .resumes());
        assertEquals(Verdict.LATENT, beside.verdict());
    }

    @Test
    void aLockThatOtherProcessesShareIsNoDeadlock() {
        Fork shared = fork(child ->
                child.calls("sem_wait", 2L).waits("sem_wait", LOCK, null).hangs(LOCK, true));
        assertEquals(Verdict.LATENT, shared.verdict());
        assertEquals(Outcome.RUNNING, shared.child().outcome());
        assertNull(shared.child().blockedOn());
        Fork told = fork(child -> blocked(child).hangs(LOCK, true));
        assertEquals(Verdict.UNSAFE, told.verdict(), "the wait is not in vain");
    }

    @Test
    void theOwnerInTheLockWordIsAThreadOfTheParent() {
        Fork fork = fork(child -> child.hangs(
                LOCK, false, Key.CALLED, ChildStory.number("pthread_mutex_lock"), Key.OBJECT, LOCK, Key.OWNER, 4002));
        assertEquals("held-lock", codes(fork).get(0));
        assertEquals("worker", fork.child().blockedOn().holder().name());
        Fork withThreads = fork(child -> child.calls("pthread_create", 2L)
                .hangs(
                        LOCK,
                        false,
                        Key.CALLED,
                        ChildStory.number("pthread_mutex_lock"),
                        Key.OBJECT,
                        LOCK,
                        Key.OWNER,
                        9999));
        assertEquals(Verdict.LATENT, withThreads.verdict(), "the owner is a thread that the child created");
    }

    @Test
    void theJvmsOwnName() {
        Fork fork = fork(child -> child.hangs(LOCK, false, Key.SYMBOL, "Compile_lock"));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals(
                "child 4711 waits for Compile_lock, a lock of the JVM that a thread which was not copied held at the fork",
                sentence(fork));
    }

    @Test
    void aSleepThatEndedIsNone() {
        assertEquals(
                Verdict.UNKNOWN,
                fork(child -> child.hangs(LOCK, false).resumes()).verdict());
        assertEquals(
                Verdict.UNKNOWN,
                fork(child -> child.hangs(LOCK, false).seen(ChildState.EXECED, "/bin/true", null))
                        .verdict());
        assertEquals(Verdict.DEADLOCKED, fork(child -> child.hangs(LOCK, false)).verdict());
    }

    @Test
    void aThreadThatWasNotRecordedHasNoName() {
        Fork fork = fork(child -> child.blocks("pthread_mutex_lock", LOCK, LockKind.RWLOCK_WRITE, null, null));
        assertTrue(
                sentence(fork)
                        .contains("the rwlock at 0x72008000, which a thread that was not copied held at the fork"),
                sentence(fork));
        assertNull(fork.child().blockedOn().holder());
        assertEquals(1, fork.child().blockedOn().lock());
    }
}
