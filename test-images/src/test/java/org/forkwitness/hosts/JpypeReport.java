package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.SeenBy;

/** What the report of the program {@code jpype_host.py} must say, wherever it ran. */
public final class JpypeReport {
    private JpypeReport() {}

    /** The child of a task that ended by itself. */
    public static Expect ended(FinishedScenario run, String mark) {
        return onPythonLine(Expect.child(run.report(), run.number("child")), mark);
    }

    /** The child of a task that had to be killed. */
    public static Expect hung(FinishedScenario run, String mark) {
        assertEquals(-9, run.number("status"), "the child was there until it was killed");
        return ended(run, mark);
    }

    static Expect onPythonLine(Expect fork, String mark) {
        Frame blame = fork.blames(mark).site().blame();
        assertEquals(FrameKind.PYTHON, blame.kind(), blame::toString);
        assertEquals(0, fork.report().summary().lost().records());
        return fork;
    }

    static void says(Expect fork, String... parts) {
        String sentence = fork.fork().reasons().get(0).message();
        for (String part : parts) {
            assertTrue(sentence.contains(part), () -> part + " in: " + sentence);
        }
    }

    static String place(String mark) {
        SourceLine line = SourceLine.marked(mark);
        return line.file() + ":" + line.line();
    }

    static void waitsForTheSemaphore(Expect fork, String want, String made, String standing) {
        String function = fork.fork().child().blockedOn().function();
        fork.deadlocked(Reason.HELD_LOCK, function, SeenBy.INSIDE).waitsAt(want);
        assertTrue(function.startsWith("sem_"), function);
        says(fork, place(want), place(made), "on its way to " + standing);
        long holder = fork.fork().child().blockedOn().holder().thread();
        assertTrue(
                fork.fork().locks().stream()
                        .anyMatch(lock ->
                                lock.kind().equals("semaphore") && lock.holder().thread() == holder),
                () -> fork.fork().locks().toString());
    }

    static List<Frame> holderStack(Expect fork) {
        long holder = fork.fork().child().blockedOn().holder().thread();
        return fork.fork().holders().stream()
                .filter(h -> h.thread() == holder)
                .findFirst()
                .orElseThrow()
                .stack();
    }

    /** The task "lock". */
    public static void lock(FinishedScenario run) {
        Expect fork = hung(run, "jpype-fork-lock");
        waitsForTheSemaphore(fork, "jpype-want-lock", "jpype-lock", "stay (" + place("jpype-stay"));
        SourceLine.marked("jpype-stay").in(holderStack(fork));
        long holder = fork.fork().child().blockedOn().holder().thread();
        SourceLine.marked("jpype-thread")
                .in(fork.report().thread(holder).orElseThrow().createdBy());
    }

    /** The task "lock-unwanted". */
    public static void lockThatTheChildDoesNotWant(FinishedScenario run) {
        ended(run, "jpype-fork-lock").latent("sem_init");
    }

    /** The task "process". */
    public static void processOfMultiprocessing(FinishedScenario run) {
        ended(run, "jpype-process").call(Call.FORK).latent("sem_init").child(Outcome.UNDERSCORE_EXIT);
    }

    /** The task "run". */
    public static void programs(FinishedScenario run) {
        onPythonLine(Expect.onlyFork(run.report()), "jpype-run").safe().exec("/bin/true");
    }
}
