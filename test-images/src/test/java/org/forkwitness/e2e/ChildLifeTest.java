package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** How a child goes on, and how it ends. */
@EveryJdk
class ChildLifeTest {
    private static final int SIGKILL = 9;

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory).act("warm-allocator");
    }

    @Test
    void execAtOnce() {
        script().fork("exec").ends().blames("by-fork").safe().exec("/bin/true");
    }

    @Test
    void endAtOnce() {
        script().fork("nothing").ends().safe().child(Outcome.UNDERSCORE_EXIT).status(0);
    }

    @Test
    void allocationThenExec() {
        script().fork("allocate-then-exec")
                .ends()
                .latent("malloc", "free")
                .calling("malloc", "allocate-small")
                .exec("/bin/true");
    }

    @Test
    void failedExecThenAllocation() {
        Expect fork = script().fork("fail-exec-then-allocate")
                .ends()
                .latent("malloc")
                .child(Outcome.UNDERSCORE_EXIT)
                .status(127);
        assertNull(fork.fork().child().exec());
    }

    @Test
    void exitWithHandlers() {
        script().act("prepare-exit")
                .fork("leave-by-exit")
                .ends()
                .silent()
                .calling("exit", "leave-by-exit")
                .child(Outcome.EXIT)
                .status(4);
    }

    @Test
    void statusThatTheApplicationReaps() {
        script().fork("exec-with-status").ends().safe().exec("/bin/sh").status(7);
    }

    @Test
    void endBySignal() {
        script().fork("die")
                .ends()
                .verdict(Verdict.UNKNOWN, Reason.KILLED)
                .calls()
                .child(Outcome.SIGNAL)
                .status(SIGKILL);
    }

    @Test
    void childThatStartsAThread() {
        script().fork("start-thread")
                .ends()
                .latent("pthread_create", "pthread_join")
                .calling("pthread_create", "start-thread")
                .createdThreads(1)
                .child(Outcome.UNDERSCORE_EXIT);
    }

    @Test
    void childThatStartsNoThread() {
        script().fork("nothing").ends().createdThreads(0);
    }

    @Test
    void childThatForks() {
        FinishedScenario run = script().fork("fork-and-reap").run();
        Report report = run.report();
        Expect.complete(report, 2);
        Expect outer = Expect.child(report, run.number("child"))
                .blames("by-fork")
                .safe()
                .child(Outcome.UNDERSCORE_EXIT)
                .status(5);
        Expect inner = Expect.blaming(report, "fork-and-reap")
                .latent("malloc", "free")
                .inProcess(run.number("child"))
                .child(Outcome.UNDERSCORE_EXIT)
                .status(6);
        assertEquals(outer.fork().id(), inner.fork().parentFork());
    }

    @Test
    void daemonByTwoForks() {
        FinishedScenario run = script().fork("fork-again").ready(1).run();
        Report report = run.report();
        Expect.complete(report, 2);
        Expect outer = Expect.child(report, run.number("child")).safe().status(5);
        Expect inner = Expect.blaming(report, "fork-again")
                .safe()
                .child(Outcome.UNDERSCORE_EXIT)
                .status(6);
        assertEquals(outer.fork().id(), inner.fork().parentFork());
    }

    @Test
    void forkInSignalHandler() {
        script().fork("signal-handler", "exec")
                .ends()
                .blames("by-signal-handler")
                .inSignalHandler(true)
                .safe()
                .exec("/bin/true");
    }

    @Test
    void forkOutsideOfSignalHandlers() {
        script().fork("exec").ends().inSignalHandler(false).safe();
    }
}
