package org.forkwitness.verdict;

import static org.forkwitness.verdict.Judged.MAIN;
import static org.forkwitness.verdict.Judged.WORKER;
import static org.forkwitness.verdict.Judged.codes;
import static org.forkwitness.verdict.Judged.fork;
import static org.forkwitness.verdict.Judged.sentence;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.forkwitness.report.Fork;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.Scenario;
import org.junit.jupiter.api.Test;

/** Semaphores as locks, locks that processes share, the locks of streams: each case with one beside it that is none. */
class SemaphoreVerdictTest {
    private static final long LOCK = 0x7200_8000L;
    private static final long SITE = 0x7200_0511L;

    private static ChildStory waits(ChildStory child) {
        return child.calls("sem_wait", 2L).waits("sem_wait", LOCK, null);
    }

    @Test
    void waitsForASemaphoreWhoseTakerIsGone() {
        Fork fork = fork(child -> waits(child.held(WORKER, LOCK, LockKind.SEMAPHORE, SITE)));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals("held-lock", codes(fork).get(0));
        assertEquals(
                "child 4711 waits in sem_wait (libc.so.6+0x210) for the semaphore at 0x72008000, which thread 'worker'"
                        + " took at libown.so+0x510 and which no thread of the child can release",
                sentence(fork));
        assertEquals("worker", fork.child().blockedOn().holder().name());
        assertEquals(1, fork.child().blockedOn().lock());
        assertEquals(SeenBy.INSIDE, fork.child().blockedOn().seenBy());
        Fork nobodys = fork(SemaphoreVerdictTest::waits);
        assertEquals(Verdict.LATENT, nobodys.verdict(), "a wait by itself is no finding");
        Fork wentOn = fork(child ->
                waits(child.held(WORKER, LOCK, LockKind.SEMAPHORE, SITE)).execs("/bin/true"));
        assertEquals(Verdict.LATENT, wentOn.verdict());
        Fork other = fork(child -> waits(child.held(WORKER, LOCK + 64, LockKind.SEMAPHORE, SITE)));
        assertEquals(Verdict.LATENT, other.verdict());
        Fork withThreads = fork(child ->
                waits(child.held(WORKER, LOCK, LockKind.SEMAPHORE, SITE).calls("pthread_create", 2L)));
        assertEquals(Verdict.LATENT, withThreads.verdict(), "one of its own threads may post it");
    }

    @Test
    void sleepsAtASemaphoreWhoseTakerIsGone() {
        Fork fork = fork(child ->
                waits(child.held(WORKER, LOCK, LockKind.SEMAPHORE, SITE)).hangs(LOCK, false));
        assertEquals("held-lock", codes(fork).get(0));
        assertEquals("worker", fork.child().blockedOn().holder().name());
        Fork own = fork(
                child -> waits(child.held(MAIN, LOCK, LockKind.SEMAPHORE, SITE)).hangs(LOCK, false));
        assertEquals(
                "lost-thread", codes(own).get(0), "a semaphore has no owner: another thread would have to post it");
    }

    @Test
    void saysThatItIsBlockedOnASemaphore() {
        Fork fork = fork(child -> child.held(WORKER, LOCK, LockKind.SEMAPHORE, SITE)
                .blocks("sem_wait", LOCK, LockKind.SEMAPHORE, WORKER, SITE));
        assertEquals(Verdict.DEADLOCKED, fork.verdict());
        assertEquals("worker", fork.child().blockedOn().holder().name());
        Fork own = fork(child -> child.held(MAIN, LOCK, LockKind.SEMAPHORE, SITE)
                .blocks("sem_wait", LOCK, LockKind.SEMAPHORE, MAIN, SITE));
        assertTrue(
                sentence(own).endsWith("before the fork: the child has no other thread that could release it"),
                sentence(own));
    }

    @Test
    void whatOtherProcessesShareProvesNothing() {
        Fork semaphore = fork(child -> waits(child.heldShared(WORKER, LOCK, LockKind.SEMAPHORE, SITE)));
        assertEquals(Verdict.LATENT, semaphore.verdict());
        assertTrue(semaphore.locks().get(0).processShared());
        Fork blocked = fork(child -> child.heldShared(WORKER, LOCK, LockKind.MUTEX, SITE)
                .calls("pthread_mutex_lock", 2L)
                .blocks("pthread_mutex_lock", LOCK, LockKind.MUTEX, WORKER, SITE));
        assertEquals(Verdict.LATENT, blocked.verdict());
        assertNull(blocked.child().blockedOn());
        Fork failed = fork(child -> child.heldShared(WORKER, LOCK, LockKind.MUTEX, SITE)
                .calls("pthread_mutex_timedlock", 2L)
                .lockFails("pthread_mutex_timedlock", LOCK, LockKind.MUTEX, 110, WORKER, SITE));
        assertEquals(Verdict.LATENT, failed.verdict());
        Fork own = fork(child -> child.held(WORKER, LOCK, LockKind.MUTEX, SITE)
                .blocks("pthread_mutex_lock", LOCK, LockKind.MUTEX, WORKER, SITE));
        assertEquals(Verdict.DEADLOCKED, own.verdict());
    }

    private static ChildStory stream(ChildStory child) {
        return child.held(WORKER, LOCK, LockKind.FILE, SITE).calls("puts", 2L);
    }

    @Test
    void theCLibraryResetsTheLocksOfStreams() {
        Fork fork = fork(SemaphoreVerdictTest::stream);
        assertEquals(Verdict.LATENT, fork.verdict());
        assertEquals(
                "child 4711 called puts (libc.so.6); thread 'worker' held the lock of the stream at 0x72008000, but glibc"
                        + " 2.36 protects the locks of the streams across fork",
                sentence(fork));
        Fork bare = fork(Call.UNDERSCORE_FORK, SemaphoreVerdictTest::stream);
        assertTrue(sentence(bare).contains("which they did not come upon this time"), sentence(bare));
        Fork hung = fork(Call.UNDERSCORE_FORK, child -> stream(child).hangs(LOCK + 224, false));
        assertEquals("held-lock", codes(hung).get(0));
        assertEquals("worker", hung.child().blockedOn().holder().name());
        assertEquals("file", hung.locks().get(0).kind());
        Fork standard = fork(
                Call.UNDERSCORE_FORK,
                child -> stream(child)
                        .hangs(0x5000_0000L, false, Key.CALLED, ChildStory.number("puts"), Key.OBJECT, LOCK));
        assertEquals("held-lock", codes(standard).get(0), "the lock of a standard stream stands elsewhere");
    }

    @Test
    void aStreamThatWasResetIsAnotherThreadsOfTheChild() {
        Fork mended = fork(child -> stream(child).calls("pthread_create", 2L).hangs(LOCK + 224, false));
        assertEquals(Verdict.LATENT, mended.verdict());
        Fork bare = fork(
                Call.UNDERSCORE_FORK,
                child -> stream(child).calls("pthread_create", 2L).hangs(LOCK + 224, false));
        assertEquals(Verdict.DEADLOCKED, bare.verdict());
    }

    @Test
    void anUnknownThreadIsStillNoName() {
        Fork fork = fork(Scenario.start(""), Call.FORK, child -> waits(child.held(99, LOCK, LockKind.SEMAPHORE, SITE)));
        assertTrue(sentence(fork).contains("which a thread that was not copied took at"), sentence(fork));
    }
}
