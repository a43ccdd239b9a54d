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
import org.forkwitness.report.Frame;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.SeenBy;
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
        Jpype.says(fork, "malloc", " in Python (" + Jpype.place("jpype-fork"));
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

    private static void waitsForTheSemaphore(Expect fork, String want, String made, String standing) {
        String function = fork.fork().child().blockedOn().function();
        fork.deadlocked(Reason.HELD_LOCK, function, SeenBy.INSIDE).waitsAt(want);
        assertTrue(function.startsWith("sem_"), function);
        Jpype.says(fork, Jpype.place(want), Jpype.place(made), "on its way to " + standing);
        long holder = fork.fork().child().blockedOn().holder().thread();
        assertTrue(
                fork.fork().locks().stream()
                        .anyMatch(lock ->
                                lock.kind().equals("semaphore") && lock.holder().thread() == holder),
                () -> fork.fork().locks().toString());
    }

    @Test
    void lock() {
        Expect fork = jpype().hung("lock", "jpype-fork-lock");
        waitsForTheSemaphore(fork, "jpype-want-lock", "jpype-lock", "stay (" + Jpype.place("jpype-stay"));
        SourceLine.marked("jpype-stay").in(holderStack(fork));
        long holder = fork.fork().child().blockedOn().holder().thread();
        SourceLine.marked("jpype-thread")
                .in(fork.report().thread(holder).orElseThrow().createdBy());
    }

    private static List<Frame> holderStack(Expect fork) {
        long holder = fork.fork().child().blockedOn().holder().thread();
        return fork.fork().holders().stream()
                .filter(h -> h.thread() == holder)
                .findFirst()
                .orElseThrow()
                .stack();
    }

    @Test
    void lockThatTheChildDoesNotWant() {
        jpype().ended("lock-unwanted", "jpype-fork-lock").latent("sem_init");
    }

    @Test
    void bufferedWriter() {
        Expect fork = jpype().hung("writer", "jpype-fork-writer");
        waitsForTheSemaphore(fork, "jpype-want-writer", "jpype-writer", "write (" + Jpype.place("jpype-device"));
        SourceLine.marked("jpype-write").in(holderStack(fork));
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
        Jpype.onPythonLine(Expect.child(run.report(), run.number("child")), "jpype-fork-beside")
                .verdict(Verdict.DEADLOCKED, Reason.HELD_LOCK);
        Expect patient = Jpype.onPythonLine(Expect.child(run.report(), run.number("patient")), "jpype-fork-shared");
        patient.latent("sem_wait").child(Outcome.UNDERSCORE_EXIT).status(0);
        // The two met the same stacks: neither goes without.
        for (UnsafeCall call : run.report().forks().get(1).child().calls()) {
            assertFalse(call.stack().isEmpty(), call::toString);
        }
    }

    @Test
    void forkHookOfTheProgram() {
        Expect fork = jpype().hung("hook", "jpype-fork-hook");
        waitsForTheSemaphore(fork, "jpype-hook", "jpype-hook-lock", "stay (" + Jpype.place("jpype-stay"));
    }

    @Test
    void forkHookThatMakesTheLockAnew() {
        jpype().ended("hook-mended", "jpype-fork-hook").latent("sem_init");
    }

    // --- Python's library

    @Test
    void processOfMultiprocessing() {
        jpype().ended("process", "jpype-process")
                .call(Call.FORK)
                .latent("sem_init")
                .child(Outcome.UNDERSCORE_EXIT);
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
        Jpype.onPythonLine(Expect.onlyFork(run.report()), "jpype-server").latent("sem_init");
    }

    @ParameterizedTest
    @CsvSource({"pty-fork", "forkpty"})
    void pseudoTerminal(String task) {
        Expect fork = jpype().ended(task, "jpype-terminal").call(Call.FORKPTY).latent("sem_init");
        assertTrue(fork.site().advice().contains("os.openpty"), fork.site().advice());
    }

    @Test
    void programs() {
        Expect run =
                Jpype.onPythonLine(Expect.onlyFork(jpype().host("run").run().report()), "jpype-run");
        run.safe().exec("/bin/true");
    }

    @Test
    void programWithPreexecFunction() {
        Expect fork =
                Jpype.onPythonLine(Expect.onlyFork(jpype().host("preexec").run().report()), "jpype-preexec");
        fork.latent("setenv").exec("/bin/true");
        Jpype.says(fork, "called setenv", Jpype.place("jpype-preexec"));
    }

    @Test
    void shell() {
        Fork fork = Jpype.onPythonLine(
                        Expect.onlyFork(jpype().host("system").run().report()), "jpype-system")
                .verdict(Verdict.SAFE, Reason.SPAWN)
                .fork();
        assertEquals(Call.SYSTEM, fork.call());
        assertNotNull(fork.reasons());
    }
}
