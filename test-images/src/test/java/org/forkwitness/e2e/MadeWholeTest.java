package org.forkwitness.e2e;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Locks that say nothing of their holder: what a child does to them tells whether a vanished thread still has them. */
@EveryJdk
class MadeWholeTest {
    private static final String READ = "g_read in libscenario.so";
    private static final String WHOLE = "g_whole in libscenario.so";

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory).act("make-whole");
    }

    @Test
    void readLock() {
        script().nativeThread("holder", "hold-read")
                .fork("try-to-write")
                .ends()
                .verdict(Verdict.UNSAFE, Reason.HELD_LOCK)
                .calling("pthread_rwlock_timedwrlock", "try-to-write")
                .holds("rwlock", READ, "holder", "hold-read");
    }

    /** What holds the child up then is a thread of its own. */
    @Test
    void readLockThatTheChildRenews() {
        script().nativeThread("holder", "hold-read")
                .fork("renew-read")
                .ends()
                .verdict(Verdict.LATENT, Reason.NOT_ASYNC_SIGNAL_SAFE)
                .holds("rwlock", READ, "holder", "hold-read");
    }

    @Test
    void readLockThatTheChildAssigns() {
        script().nativeThread("holder", "hold-read")
                .fork("assign-read")
                .ends()
                .verdict(Verdict.LATENT, Reason.NOT_ASYNC_SIGNAL_SAFE);
    }

    @Test
    void spinLockThatTheChildGivesBack() {
        script().nativeThread("holder", "hold-whole")
                .fork("give-back-whole")
                .ends()
                .verdict(Verdict.LATENT, Reason.NOT_ASYNC_SIGNAL_SAFE);
    }

    /** Not taken, and yet it is one that the child can never have. */
    @Test
    void triedInVain() {
        script().nativeThread("holder", "hold-whole")
                .fork("try-whole")
                .ends()
                .blames("by-fork")
                .verdict(Verdict.UNSAFE, Reason.HELD_LOCK)
                .calling("pthread_spin_trylock", "try-whole")
                .holds("spinlock", WHOLE, "holder", "hold-whole");
    }

    @Test
    void spinLockOfOtherProcesses() {
        script().nativeThread("holder", "hold-everybodys")
                .fork("try-everybodys")
                .ends()
                .latent("pthread_spin_trylock");
    }

    /** Its parent's thread could not take it either. */
    @Test
    void triedInVainWhatIsItsOwn() {
        script().act("take-whole").fork("try-whole").ends().latent("pthread_spin_trylock");
    }

    @Test
    void spinLockOfItsOwn() {
        script().act("take-whole")
                .fork("want-whole")
                .hangs()
                .deadlocked(Reason.HELD_LOCK, "pthread_spin_lock", SeenBy.INSIDE)
                .waitsAt("want-whole");
    }
}
