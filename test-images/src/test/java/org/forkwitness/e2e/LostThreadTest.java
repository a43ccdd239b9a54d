package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Children that wait for what only a lost thread could do, and children that wait for another process. */
@EveryJdk
class LostThreadTest {
    private static final int SIGTERM = 15;

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory);
    }

    @Test
    void condition() {
        Expect fork = script().nativeThread("signaller", "signal-condition")
                .fork("wait-for-condition")
                .hangs()
                .blames("by-fork")
                .deadlocked(Reason.LOST_THREAD, "pthread_cond_wait", SeenBy.OUTSIDE)
                .waitsAt("wait-for-condition")
                .calling("pthread_cond_wait", "wait-for-condition");
        assertNull(fork.fork().child().blockedOn().lock());
        assertNull(fork.fork().child().blockedOn().holder());
    }

    @Test
    void conditionThatIsTrueAlready() {
        script().nativeThread("signaller", "signal-condition")
                .act("set-condition")
                .fork("wait-for-condition")
                .ends()
                .latent("pthread_mutex_lock");
    }

    @Test
    void semaphore() {
        script().nativeThread("poster", "stay-then-post")
                .fork("wait-for-semaphore")
                .hangs()
                .blames("by-fork")
                .deadlocked(Reason.LOST_THREAD, "sem_wait", SeenBy.OUTSIDE)
                .waitsAt("wait-for-semaphore");
    }

    @Test
    void semaphoreThatIsPostedAlready() {
        script().act("post-semaphore").fork("wait-for-semaphore").ends().latent("sem_wait");
    }

    /** glibc marks the other threads of a forked child as ended (nptl, reclaim_stacks), so that the wait returns. */
    @Test
    void endOfALostThread() {
        script().nativeThread("worker-lost", "stay")
                .fork("join-lost")
                .ends()
                .latent("pthread_join")
                .calling("pthread_join", "join-lost");
    }

    @Test
    void endOfALostThreadThatNothingMarks() {
        script().nativeThread("worker-lost", "stay")
                .fork("SYS_clone", "join-lost")
                .hangs()
                .blames("by-SYS_clone")
                .deadlocked(Reason.LOST_THREAD, "pthread_join", SeenBy.OUTSIDE)
                .waitsForThread("worker-lost")
                .waitsAt("join-lost");
    }

    /** A second child, which was made later and does hang, tells that the first one was looked at long enough. */
    @Test
    void semaphoreThatAnotherProcessPosts() {
        PlayScript script = script().act("make-shared")
                .fork("wait-for-shared")
                .fork("wait-for-semaphore")
                .pause()
                .signal(9)
                .act("post-shared");
        try (RunningScenario running = script.start()) {
            long shared = Long.parseLong(running.awaitOut("child ", 1).substring("child ".length()));
            long hung = Long.parseLong(running.awaitOut("child ", 2).substring("child ".length()));
            Report live = running.reports().awaitDeadlock(hung);
            assertNotEquals(
                    Verdict.DEADLOCKED, Expect.child(live, shared).fork().verdict());
            running.send("seen");
            FinishedScenario run = running.finish().assertExit(0);
            Report report = run.report();
            Expect.complete(report, 2);
            Expect fork = Expect.child(report, shared)
                    .latent("sem_wait")
                    .child(Outcome.UNDERSCORE_EXIT)
                    .status(0);
            assertNull(fork.fork().child().blockedOn());
            Expect.child(report, hung).verdict(Verdict.DEADLOCKED, Reason.LOST_THREAD);
        }
    }

    @Test
    void signalThatOnlyTheJvmsHandlerGets() {
        PlayScript script = script().fork("wait-for-signal")
                .ready(1)
                .signal(SIGTERM)
                .pause()
                .kill();
        try (RunningScenario running = script.start()) {
            long pid = running.awaitNumber("child");
            Report live = running.reports().awaitDeadlock(pid);
            Expect.child(live, pid).child(Outcome.RUNNING);
            running.send("seen");
            FinishedScenario run = running.finish().assertExit(0);
            Expect.onlyFork(run.report()).pid(pid).blames("by-fork").verdict(Verdict.DEADLOCKED, Reason.LOST_SIGNAL);
        }
    }

    @Test
    void signalThatTheChildHasGivenItsUsualMeaning() {
        FinishedScenario run = script().fork("wait-for-default-signal")
                .ready(1)
                .signal(SIGTERM)
                .run();
        assertEquals(SIGTERM, run.number("status"));
        Expect fork = Expect.onlyFork(run.report())
                .verdict(Verdict.UNKNOWN, Reason.KILLED)
                .calls()
                .child(Outcome.SIGNAL)
                .status(SIGTERM);
        assertNull(fork.fork().child().blockedOn());
    }
}
