package org.forkwitness.e2e;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Every kind of lock there is, and every way to take, keep, lose or forget one. */
@EveryJdk
class LockKindsTest {
    private static final String TYPED = "g_typed in libscenario.so";
    private static final String CONDITION_MUTEX = "g_condition_mutex in libscenario.so";
    private static final String SPIN = "g_spin in libscenario.so";
    private static final String SEMAPHORE = "g_semaphore in libscenario.so";
    private static final String SIGNAL = "g_signal in libscenario.so";
    private static final String C11 = "g_c11 in libscenario.so";
    private static final String LEFT = "g_left in libscenario.so";

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory);
    }

    private static void hangsOn(Expect fork, String function, String kind, String name, String holder, String taken) {
        fork.blames("by-fork")
                .deadlocked(Reason.HELD_LOCK, function, SeenBy.INSIDE)
                .waitsFor(kind, name, holder, taken)
                .holds(kind, name, holder, taken);
    }

    private void mutexType(String make, String hold) {
        Expect fork = script().act(make)
                .nativeThread("holder", hold)
                .fork("want-typed")
                .hangs();
        hangsOn(fork.waitsAt("want-typed"), "pthread_mutex_lock", "mutex", TYPED, "holder", hold);
    }

    private void mutexTypeOfNobody(String make, String hold) {
        script().act(make)
                .nativeThread("holder", hold)
                .release("holder")
                .fork("want-typed")
                .ends()
                .latent("pthread_mutex_lock")
                .nobodyHolds(TYPED);
    }

    @Test
    void recursive() {
        mutexType("make-recursive", "hold-typed");
    }

    @Test
    void recursiveThatIsStillHeldOnce() {
        mutexType("make-recursive", "hold-twice");
    }

    @Test
    void recursiveOfNobody() {
        mutexTypeOfNobody("make-recursive", "hold-twice");
    }

    @Test
    void checked() {
        mutexType("make-checked", "hold-typed");
    }

    @Test
    void checkedOfNobody() {
        mutexTypeOfNobody("make-checked", "hold-typed");
    }

    @Test
    void robust() {
        mutexType("make-robust", "hold-typed");
    }

    @Test
    void robustOfNobody() {
        mutexTypeOfNobody("make-robust", "hold-typed");
    }

    /**
     * The kernel refuses the wait for a thread of another process, and glibc ends the child (nptl/pthread_mutex_lock.c);
     * for a thread that has ended by then, glibc waits for ever.
     */
    @Test
    void inheritingPriority() {
        script().act("make-inheriting")
                .nativeThread("holder", "hold-typed")
                .fork("want-typed")
                .reap()
                .ends()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE)
                .holds("mutex", TYPED, "holder", "hold-typed")
                .calling("pthread_mutex_lock", "want-typed")
                .child(Outcome.SIGNAL);
    }

    @Test
    void inheritingPriorityOfNobody() {
        mutexTypeOfNobody("make-inheriting", "hold-typed");
    }

    @Test
    void takenWithLimit() {
        mutexType("make-normal", "hold-timed");
    }

    @Test
    void takenWithLimitOfSomeClock() {
        mutexType("make-normal", "hold-clocked");
    }

    @Test
    void takenWithLimitOfNobody() {
        mutexTypeOfNobody("make-normal", "hold-clocked");
    }

    @Test
    void takenByTry() {
        mutexType("make-normal", "hold-tried");
    }

    /** Who failed to take it does not hold it. */
    @Test
    void triedInVain() {
        script().act("make-normal")
                .nativeThread("holder", "hold-typed")
                .nativeThread("loser", "try-in-vain")
                .fork("exec")
                .ends()
                .safe()
                .holds("mutex", TYPED, "holder", "hold-typed")
                .isNoHolder("loser");
    }

    /** A thread that waits for a condition has given the mutex back. */
    @Test
    void givenBackByConditionWait() {
        script().nativeThread("waiter", "wait-in-condition")
                .act("touch-condition")
                .fork("exec")
                .act("meet-condition")
                .ends()
                .safe()
                .nobodyHolds(CONDITION_MUTEX);
    }

    @Test
    void takenAgainByConditionWait() {
        script().nativeThread("holder", "hold-after-wait")
                .fork("exec")
                .ends()
                .safe()
                .holds("mutex", CONDITION_MUTEX, "holder", "hold-after-wait");
    }

    @Test
    void spinLock() {
        Expect fork = script().act("make-spin")
                .nativeThread("holder", "hold-spin")
                .fork("want-spin")
                .hangs();
        hangsOn(fork.waitsAt("want-spin"), "pthread_spin_lock", "spinlock", SPIN, "holder", "hold-spin");
    }

    @Test
    void spinLockOfNobody() {
        script().act("make-spin")
                .nativeThread("holder", "hold-spin")
                .release("holder")
                .fork("want-spin")
                .ends()
                .latent("pthread_spin_lock")
                .nobodyHolds(SPIN);
    }

    @Test
    void semaphoreAsLock() {
        Expect fork = script().act("make-semaphores")
                .nativeThread("holder", "hold-semaphore")
                .fork("want-semaphore")
                .hangs();
        hangsOn(fork.waitsAt("want-semaphore"), "sem_wait", "semaphore", SEMAPHORE, "holder", "hold-semaphore");
    }

    @Test
    void semaphoreOfNobody() {
        script().act("make-semaphores")
                .nativeThread("holder", "hold-semaphore")
                .release("holder")
                .fork("want-semaphore")
                .ends()
                .latent("sem_wait")
                .nobodyHolds(SEMAPHORE);
    }

    /** The holder lives on in the parent, and gives it back: no deadlock. */
    @Test
    void semaphoreOfSeveralProcesses() {
        script().act("make-semaphores")
                .nativeThread("holder", "hold-shared")
                .fork("want-shared")
                .ready(1)
                .release("holder")
                .ends()
                .latent("sem_wait")
                .holdsShared("semaphore", "holder", "hold-shared")
                .child(Outcome.UNDERSCORE_EXIT);
    }

    /** Who waited for a signal that another thread gave holds nothing. */
    @Test
    void semaphoreAsSignal() {
        script().act("make-semaphores")
                .act("post-signal")
                .nativeThread("waiter", "await-signal")
                .fork("exec")
                .ends()
                .safe()
                .nobodyHolds(SIGNAL)
                .isNoHolder("waiter");
    }

    @Test
    void mutexOfC11() {
        Expect fork = script().act("make-c11")
                .nativeThread("holder", "hold-c11")
                .fork("want-c11")
                .hangs();
        hangsOn(fork.waitsAt("want-c11"), "mtx_lock", "mutex", C11, "holder", "hold-c11");
    }

    @Test
    void mutexOfC11OfNobody() {
        script().act("make-c11")
                .nativeThread("holder", "hold-c11")
                .release("holder")
                .fork("want-c11")
                .ends()
                .latent("mtx_lock")
                .nobodyHolds(C11);
    }

    /** fork makes the locks of streams whole again (glibc, posix/fork.c). */
    @Test
    void streamThatIsLocked() {
        Expect fork = script().act("make-file")
                .nativeThread("holder", "hold-file")
                .fork("want-file")
                .ends()
                .latent("flockfile");
        fork.holdsOne("file", "holder", "hold-file");
    }

    @Test
    void streamThatIsLockedAtUnderscoreFork() {
        script().act("make-file")
                .nativeThread("holder", "hold-file")
                .fork("_Fork", "want-file")
                .hangs()
                .blames("by-_Fork")
                .deadlocked(Reason.HELD_LOCK, "flockfile", SeenBy.INSIDE)
                .waitsAt("want-file")
                .holdsOne("file", "holder", "hold-file");
    }

    @Test
    void streamOfNobodyAtUnderscoreFork() {
        script().act("make-file")
                .nativeThread("holder", "hold-file")
                .release("holder")
                .fork("_Fork", "want-file")
                .ends()
                .latent("flockfile");
    }

    @Test
    void lockWithoutName() {
        script().act("make-lock")
                .nativeThread("holder", "hold-made")
                .fork("want-made")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE)
                .waitsAt("want-made")
                .waitsForNameless("mutex", "make-lock", "holder", "hold-made");
    }

    @Test
    void moreThanTheRecordHasRoomFor() {
        script().act("make-many")
                .nativeThread("holder", "hold-many")
                .fork("exec")
                .ends()
                .safe()
                .holdsMany("holder", 16, 4);
    }

    @Test
    void moreThanTheRecordHasRoomForAndGivenBack() {
        script().act("make-many")
                .nativeThread("holder", "hold-many-once")
                .fork("exec")
                .ends()
                .safe()
                .isNoHolder("holder");
    }

    @Test
    void givenBackByAnotherThread() {
        script().nativeThread("taker", "leave-locked")
                .act("unlock-left")
                .fork("want-left")
                .ends()
                .latent("pthread_mutex_lock")
                .nobodyHolds(LEFT)
                .isNoHolder("taker");
    }

    @Test
    void givenBackByAnotherLibrary() {
        script().nativeThread("taker", "unlock-elsewhere")
                .fork("want-left")
                .ends()
                .latent("pthread_mutex_lock")
                .isNoHolder("taker");
    }

    @Test
    void heldBeyondLongjmp() {
        Expect fork = script().nativeThread("holder", "hold-by-jump")
                .fork("want-left")
                .hangs();
        hangsOn(fork.waitsAt("want-left"), "pthread_mutex_lock", "mutex", LEFT, "holder", "lock-and-jump");
    }

    /** Its taker had ended before the fork: the child waits for nobody. */
    @Test
    void heldByThreadThatHasEnded() {
        script().nativeThread("taker", "leave-locked")
                .release("taker")
                .fork("want-left")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE)
                .waitsAt("want-left");
    }

    @Test
    void freedWhileHeld() {
        script().nativeThread("taker", "free-locked").fork("exec").ends().safe().isNoHolder("taker");
    }
}
