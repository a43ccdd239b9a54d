package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.forkwitness.harness.Command;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedCommand;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.harness.Reports;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Guard;
import org.forkwitness.report.GuardAction;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** {@code guard=}: a fork is held back, refused, or the end of the JVM, while another thread holds something. */
@EveryJdk
class GuardTest {
    private static final int SIGABRT_EXIT = 128 + 6;

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script(String... options) {
        return PlayScript.of(jdk, directory).options(options);
    }

    private static void names(Guard guard, String holder, String takenAt) {
        assertNotNull(guard.waitedFor(), guard::toString);
        assertEquals(holder, guard.waitedFor().name(), guard::toString);
        assertNotNull(guard.waitedFor().lock(), guard::toString);
        SourceLine.marked(takenAt).assertIs(guard.waitedFor().at());
    }

    @Test
    void holdsBackUntilTheLockIsFree() {
        Expect fork = script("guard=wait", "guard-timeout=60s")
                .act("will-fork")
                .nativeThread("holder", "hold-until-held-back")
                .fork("exec")
                .ends()
                .safe()
                .nobodyHolds("g_brief in libscenario.so");
        Guard guard = fork.fork().guard();
        assertNotNull(guard, fork.fork()::toString);
        assertEquals(GuardAction.WAITED, guard.action());
        assertTrue(guard.waitedMs() > 0, guard::toString);
        names(guard, "holder", "hold-until-held-back");
    }

    @Test
    void letsGoWhenTheTimeIsUp() {
        Expect fork = script("guard=wait", "guard-timeout=50ms")
                .nativeThread("holder", "hold-mutex")
                .fork("exec")
                .ends()
                .safe()
                .holds("mutex", "g_lock in libscenario.so", "holder", "hold-mutex");
        Guard guard = fork.fork().guard();
        assertNotNull(guard, fork.fork()::toString);
        assertEquals(GuardAction.TIMED_OUT, guard.action());
        assertTrue(guard.waitedMs() >= 50, guard::toString);
        names(guard, "holder", "hold-mutex");
    }

    @Test
    void refuses() {
        FinishedScenario run = script("guard=deny")
                .nativeThread("holder", "hold-mutex")
                .fork("exec")
                .run();
        assertEquals(List.of(-1L), run.numbers("child"));
        Fork fork = Expect.onlyFork(run.report()).fork();
        assertTrue(fork.failed(), fork::toString);
        assertEquals("EAGAIN", fork.errno());
        assertEquals(GuardAction.DENIED, fork.guard().action());
        names(fork.guard(), "holder", "hold-mutex");
    }

    @Test
    void refusesUnderscoreFork() {
        FinishedScenario run = script("guard=deny")
                .nativeThread("holder", "hold-objects")
                .fork("_Fork", "exec")
                .run();
        assertEquals(List.of(-1L), run.numbers("child"));
        Fork fork = Expect.onlyFork(run.report()).fork();
        assertEquals("EAGAIN", fork.errno());
        assertEquals("dl_iterate_phdr", fork.guard().waitedFor().function());
    }

    private FinishedScenario aborts(String... options) {
        try (RunningScenario running = script(options)
                .jvm("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + directory.resolve("hs_err.log"))
                .nativeThread("holder", "hold-mutex")
                .fork("exec")
                .start()) {
            FinishedScenario run = running.finish();
            assertEquals(SIGABRT_EXIT, run.exitCode(), () -> String.join("\n", run.err()));
            assertTrue(run.agentLines().stream().anyMatch(l -> l.contains("holder")), run.err()::toString);
            return run;
        }
    }

    private static void tellsWhy(Report report) {
        Fork fork = report.forks().get(0);
        assertEquals(GuardAction.ABORTED, fork.guard().action());
        names(fork.guard(), "holder", "hold-mutex");
        assertEquals("guard", fork.reasons().get(0).code(), fork::toString);
        assertFalse(report.process().end() == ProcessEnd.RUNNING);
    }

    @Test
    void endsTheJvm() {
        tellsWhy(aborts("guard=abort").report());
    }

    @Test
    void endsTheJvmBesideACollectorOfTheUsersOwn() throws IOException {
        Path pipe = directory.resolve("pipe");
        Path out = directory.resolve("out");
        Command.run(List.of("mkfifo", pipe.toString())).assertExit(0);
        CompletableFuture<FinishedCommand> collector =
                CompletableFuture.supplyAsync(() -> Command.forkwitness(jdk, "collect", "--reports", out, pipe));
        // Keeps what is in the pipe until the collector has read it, whoever comes first (fifo(7)).
        try (RandomAccessFile held = new RandomAccessFile(pipe.toFile(), "rw")) {
            aborts("guard=abort", "pipe=" + pipe);
            new Reports(out).await(report -> report.summary().forks() == 1);
        }
        collector.join().assertExit(0);
        tellsWhy(new Reports(out).await(report -> report.process().end() != ProcessEnd.RUNNING));
    }

    private void letsPass(String guard) {
        Expect fork = script("guard=" + guard, "guard-timeout=60s")
                .nativeThread("holder", "hold-mutex")
                .release("holder")
                .fork("exec")
                .ends()
                .safe()
                .exec("/bin/true");
        if (fork.fork().guard() != null) {
            // Some thread of the JVM's own may hold something for a moment: only waiting is no harm.
            assertEquals(GuardAction.WAITED, fork.fork().guard().action(), fork.fork()::toString);
        }
    }

    @Test
    void waitsForNobody() {
        letsPass("wait");
    }

    @Test
    void observesOnly() {
        Expect fork = script().nativeThread("holder", "hold-mutex")
                .fork("exec")
                .ends()
                .safe();
        assertNull(fork.fork().guard());
    }
}
