package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ForkProtection;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;
import org.forkwitness.report.UnsafeCall;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CPython with JPype: forks of all kinds are blamed on the line of the Python program. */
class JpypeTest {
    @TempDir
    Path directory;

    private Jpype jpype() {
        return new Jpype(Jdk.all().get(0), directory);
    }

    // --- os.fork

    @Test
    void fork() {
        Expect fork = jpype().ended("fork", "jpype-fork").call(Call.FORK).child(Outcome.UNDERSCORE_EXIT);
        fork.latent("malloc", "sem_init", "pthread_mutex_lock");
        JpypeReport.says(fork, "malloc", " in Python (" + JpypeReport.place("jpype-fork"));
        assertTrue(fork.site().advice().contains("'spawn'"), fork.site().advice());
    }

    /** The program lends its own PLT entries as the addresses of malloc and free. */
    @Test
    void theAllocatorIsThatOfTheCLibrary() {
        Report report = jpype().ended("fork", "jpype-fork").report();
        assertEquals(AllocatorName.GLIBC, report.environment().allocator().name());
        assertEquals(ForkProtection.LIBC, report.environment().allocator().forkProtection());
    }

    @Test
    void forkAndExec() {
        jpype().ended("fork-exec", "jpype-fork-exec").latent("sem_init").exec("/bin/true");
    }

    // --- locks of another thread

    @Test
    void lock() {
        JpypeReport.lock(jpype().host("lock").hangs());
    }

    @Test
    void lockThatTheChildDoesNotWant() {
        JpypeReport.lockThatTheChildDoesNotWant(jpype().host("lock-unwanted").run());
    }

    @Test
    void bufferedWriter() {
        Expect fork = jpype().hung("writer", "jpype-fork-writer");
        JpypeReport.waitsForTheSemaphore(
                fork, "jpype-want-writer", "jpype-writer", "write (" + JpypeReport.place("jpype-device"));
        SourceLine.marked("jpype-write").in(JpypeReport.holderStack(fork));
    }

    @Test
    void bufferedWriterThatTheChildDoesNotWant() {
        jpype().ended("writer-unwanted", "jpype-fork-writer").latent("sem_init");
    }

    /** A child that slept for as long as its sibling, which was found to hang meanwhile. */
    @Test
    void lockOfMultiprocessingIsNoDeadlock() {
        FinishedScenario run = jpype().host("shared-lock").hangs();
        Expect.complete(run.report(), 2);
        JpypeReport.onPythonLine(Expect.child(run.report(), run.number("child")), "jpype-fork-beside")
                .verdict(Verdict.DEADLOCKED, Reason.HELD_LOCK);
        Expect patient =
                JpypeReport.onPythonLine(Expect.child(run.report(), run.number("patient")), "jpype-fork-shared");
        patient.latent("sem_wait").child(Outcome.UNDERSCORE_EXIT).status(0);
        // The two met the same stacks: neither goes without.
        for (UnsafeCall call : run.report().forks().get(1).child().calls()) {
            assertFalse(call.stack().isEmpty(), call::toString);
        }
    }

    @Test
    void forkHookOfTheProgram() {
        Expect fork = jpype().hung("hook", "jpype-fork-hook");
        JpypeReport.waitsForTheSemaphore(
                fork, "jpype-hook", "jpype-hook-lock", "stay (" + JpypeReport.place("jpype-stay"));
    }

    @Test
    void forkHookThatMakesTheLockAnew() {
        jpype().ended("hook-mended", "jpype-fork-hook").latent("sem_init");
    }

    // --- Python's library

    @Test
    void processOfMultiprocessing() {
        JpypeReport.processOfMultiprocessing(jpype().host("process").run());
    }

    /** The child makes a feeder thread of its own. */
    @Test
    void queueOfMultiprocessing() {
        jpype().ended("queue", "jpype-queue").latent("pthread_create").createdThreads(1);
    }

    @Test
    void pool() {
        FinishedScenario run = jpype().host("pool").run();
        assertEquals(14, run.number("sum"));
        Report report = run.report();
        assertFalse(report.forks().isEmpty());
        for (Site site : report.sites()) {
            SourceLine.marked("jpype-pool").assertIs(site.blame());
            assertEquals(Verdict.LATENT, site.verdict(), site::toString);
        }
        for (Fork fork : report.forks()) {
            for (UnsafeCall call : fork.child().calls()) {
                assertFalse(call.stack().isEmpty(), () -> "fork " + fork.id() + " " + call);
            }
        }
    }

    @Test
    void forkingServer() {
        FinishedScenario run = jpype().host("server").run();
        assertEquals(List.of("hello"), run.values("answer"));
        JpypeReport.onPythonLine(Expect.onlyFork(run.report()), "jpype-server").latent("sem_init");
    }

    @ParameterizedTest
    @CsvSource({"pty-fork", "forkpty"})
    void pseudoTerminal(String task) {
        Expect fork = jpype().ended(task, "jpype-terminal").call(Call.FORKPTY).latent("sem_init");
        assertTrue(fork.site().advice().contains("os.openpty"), fork.site().advice());
    }

    @Test
    void programs() {
        JpypeReport.programs(jpype().host("run").run());
    }

    @Test
    void programWithPreexecFunction() {
        Expect fork = JpypeReport.onPythonLine(
                Expect.onlyFork(jpype().host("preexec").run().report()), "jpype-preexec");
        fork.latent("setenv").exec("/bin/true");
        JpypeReport.says(fork, "called setenv", JpypeReport.place("jpype-preexec"));
    }

    @Test
    void shell() {
        Fork fork = JpypeReport.onPythonLine(
                        Expect.onlyFork(jpype().host("system").run().report()), "jpype-system")
                .verdict(Verdict.SAFE, Reason.SPAWN)
                .fork();
        assertEquals(Call.SYSTEM, fork.call());
        assertNotNull(fork.reasons());
    }
}
