package org.forkwitness.e2e;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.Call;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Locks that were held at the fork, by threads that the child has not, or by the forking thread under its old id. */
@EveryJdk
class HeldLockTest {
    private static final String MUTEX = "g_lock in libscenario.so";
    private static final String SECOND = "g_second in libscenario.so";
    private static final String RECURSIVE = "g_recursive in libscenario.so";
    private static final String CHECKED = "g_checked in libscenario.so";
    private static final String RWLOCK = "g_rwlock in libscenario.so";
    private static final int EPERM = 1;

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory);
    }

    private static Expect blocksIn(String function, Expect fork) {
        return fork.call(Call.FORK)
                .thread("main")
                .blames("by-fork")
                .inFunction("by_fork", "libscenario.so")
                .calledFrom("play-java-fork")
                .deadlocked(Reason.HELD_LOCK, function, SeenBy.INSIDE);
    }

    @Test
    void mutexOfJavaThread() {
        Expect fork = script().javaThread("holder-java", "hold-mutex")
                .fork("want-mutex")
                .hangs();
        blocksIn("pthread_mutex_lock", fork)
                .waitsAt("want-mutex")
                .waitsFor("mutex", MUTEX, "holder-java", "hold-mutex")
                .holds("mutex", MUTEX, "holder-java", "hold-mutex")
                .calling("pthread_mutex_lock", "want-mutex");
    }

    @Test
    void mutexOfNativeThread() {
        Expect fork = script().nativeThread("holder-native", "hold-mutex")
                .fork("want-mutex")
                .hangs();
        blocksIn("pthread_mutex_lock", fork)
                .waitsAt("want-mutex")
                .waitsFor("mutex", MUTEX, "holder-native", "hold-mutex")
                .holds("mutex", MUTEX, "holder-native", "hold-mutex");
    }

    @Test
    void mutexesOfTwoThreads() {
        Expect fork = script().javaThread("holder-java", "hold-mutex")
                .nativeThread("holder-native", "hold-second")
                .fork("want-second")
                .hangs();
        blocksIn("pthread_mutex_lock", fork)
                .waitsAt("want-second")
                .waitsFor("mutex", SECOND, "holder-native", "hold-second")
                .holds("mutex", MUTEX, "holder-java", "hold-mutex")
                .holds("mutex", SECOND, "holder-native", "hold-second");
    }

    @Test
    void mutexThatWasGivenBack() {
        script().javaThread("holder-java", "hold-mutex")
                .release("holder-java")
                .fork("want-mutex")
                .ends()
                .blames("by-fork")
                .latent("pthread_mutex_lock", "pthread_mutex_unlock")
                .calling("pthread_mutex_lock", "want-mutex")
                .nobodyHolds(MUTEX)
                .child(Outcome.UNDERSCORE_EXIT);
    }

    @Test
    void otherMutexThanTheChildWants() {
        script().javaThread("holder-java", "hold-mutex")
                .fork("want-second")
                .ends()
                .latent("pthread_mutex_lock")
                .holds("mutex", MUTEX, "holder-java", "hold-mutex")
                .nobodyHolds(SECOND);
    }

    /** The idiom of pthread_atfork(3). */
    @Test
    void mutexThatForkHandlersTake() {
        script().act("guard-mutex")
                .javaThread("holder-java", "hold-mutex")
                .release("holder-java")
                .fork("want-mutex")
                .ends()
                .latent("pthread_mutex_lock")
                .child(Outcome.UNDERSCORE_EXIT)
                .status(0);
    }

    @Test
    void mutexThatTheChildDoesNotTouch() {
        script().javaThread("holder-java", "hold-mutex")
                .fork("exec")
                .ends()
                .blames("by-fork")
                .safe()
                .exec("/bin/true")
                .holds("mutex", MUTEX, "holder-java", "hold-mutex");
    }

    @Test
    void recursiveMutexOfTheForkingThread() {
        Expect fork = script().act("take-recursive").fork("want-recursive").hangs();
        blocksIn("pthread_mutex_lock", fork)
                .waitsAt("want-recursive")
                .waitsFor("mutex", RECURSIVE, "main", "take-recursive");
    }

    @Test
    void recursiveMutexThatTheForkingThreadGaveBack() {
        script().act("take-recursive")
                .act("give-recursive-back")
                .fork("want-recursive")
                .ends()
                .latent("pthread_mutex_lock");
    }

    @Test
    void checkedMutexOfTheForkingThread() {
        script().act("take-checked")
                .fork("give-checked-back-and-exit")
                .ends()
                .blames("by-fork")
                .verdict(Verdict.UNSAFE, Reason.HELD_LOCK)
                .holds("mutex", CHECKED, "main", "take-checked")
                .calling("pthread_mutex_unlock", "give-checked-back")
                .child(Outcome.UNDERSCORE_EXIT)
                .status(EPERM);
    }

    /** It is nobody's: the same error, and no harm done. */
    @Test
    void checkedMutexThatTheForkingThreadGaveBack() {
        script().act("take-checked")
                .act("give-checked-back")
                .fork("give-checked-back-and-exit")
                .ends()
                .latent("pthread_mutex_unlock")
                .nobodyHolds(CHECKED)
                .status(EPERM);
    }

    @Test
    void normalMutexOfTheForkingThread() {
        script().act("take-mutex")
                .fork("give-mutex-back")
                .ends()
                .latent("pthread_mutex_unlock")
                .status(0);
    }

    @Test
    void rwlockHeldForWriting() {
        Expect fork = script().javaThread("holder-java", "hold-for-writing")
                .fork("want-to-write")
                .hangs();
        blocksIn("pthread_rwlock_wrlock", fork)
                .waitsAt("want-to-write")
                .waitsFor("rwlock", RWLOCK, "holder-java", "hold-for-writing");
    }

    @Test
    void rwlockHeldForReading() {
        Expect fork = script().nativeThread("holder-native", "hold-for-reading")
                .fork("want-to-write")
                .hangs();
        blocksIn("pthread_rwlock_wrlock", fork)
                .waitsAt("want-to-write")
                .waitsFor("rwlock", RWLOCK, "holder-native", "hold-for-reading");
    }

    @Test
    void rwlockHeldForReadingAndReadByTheChild() {
        script().nativeThread("holder-native", "hold-for-reading")
                .fork("want-to-read")
                .ends()
                .latent("pthread_rwlock_rdlock")
                .holds("rwlock", RWLOCK, "holder-native", "hold-for-reading");
    }
}
