package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PythonScenario;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.ThreadInfo;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** A JVM that is a guest in a Python program: its forks are blamed on the lines of that. */
@EveryJdk
class PythonTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private static void blamesPython(Expect fork) {
        Frame blame = fork.blames("python-fork").site().blame();
        assertEquals(FrameKind.PYTHON, blame.kind(), blame::toString);
        assertEquals("make_child", blame.function(), blame::toString);
    }

    @Test
    void fork() {
        FinishedScenario run = PythonScenario.run(jdk, directory, "fork");
        Expect fork = Expect.child(run.report(), run.number("child")).call(Call.FORK);
        blamesPython(fork);
        fork.calledFrom("python-caller").silent();
    }

    /** threading.Lock is a private semaphore. */
    @Test
    void lockOfAnotherThread() {
        try (RunningScenario running = PythonScenario.start(jdk, directory, "lock")) {
            long pid = running.awaitNumber("child");
            running.reports().awaitDeadlock(pid);
            running.send("seen");
            Expect fork = Expect.child(running.finish().assertExit(0).report(), pid);
            blamesPython(fork);
            fork.deadlocked(Reason.HELD_LOCK, fork.fork().child().blockedOn().function(), SeenBy.INSIDE)
                    .waitsAt("python-want");
            Fork told = fork.fork();
            assertTrue(told.child().blockedOn().function().startsWith("sem_"), told::toString);
            long holder = told.child().blockedOn().holder().thread();
            ThreadInfo thread = fork.report().thread(holder).orElseThrow();
            SourceLine.marked("python-thread").in(thread.createdBy());
            assertTrue(
                    told.locks().stream()
                            .anyMatch(l ->
                                    l.kind().equals("semaphore") && l.holder().thread() == holder),
                    told::toString);
        }
    }

    @Test
    void lockThatTheChildDoesNotWant() {
        FinishedScenario run = PythonScenario.run(jdk, directory, "no-lock");
        Expect fork = Expect.child(run.report(), run.number("child"));
        blamesPython(fork);
        fork.silent();
    }

    /** subprocess uses vfork, or a fork whose child does nothing but exec. */
    @Test
    void program() {
        List<Fork> forks = PythonScenario.run(jdk, directory, "run").report().forks();
        assertEquals(1, forks.size(), forks::toString);
        assertTrue(forks.get(0).verdict() == Verdict.SAFE, forks::toString);
    }
}
