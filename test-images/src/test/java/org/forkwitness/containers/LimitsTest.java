package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.Expect;
import org.forkwitness.report.Call;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.ForkMain;
import org.forkwitness.scenarios.PlayMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** A JVM under a container's limits is watched as any other. */
@EveryImage
class LimitsTest {
    @Parameter
    Image image;

    @TempDir
    Path volume;

    private App forks() {
        return App.of(image, volume)
                .options("exit-wait=60s")
                .scenario(ForkMain.class, "exec", "_exit", "exit", "posix_spawn");
    }

    /** All there is to see, by a collector that has nowhere to write but the volume. */
    private Report whole(RunningApp app) {
        app.awaitExit(0);
        assertEquals(List.of(), app.agentLines());
        Report report = app.reports().awaitFinal();
        assertEquals(ProcessEnd.EXITED, report.process().end());
        assertEquals(List.of(), report.notes());
        Expect.complete(report, 4);
        Expect.child(report, app.number("exec")).blames("fork-exec").safe().exec("/bin/true");
        Expect.child(report, app.number("_exit"))
                .blames("fork-_exit")
                .safe()
                .child(Outcome.UNDERSCORE_EXIT)
                .status(3);
        Expect.child(report, app.number("exit"))
                .blames("fork-exit")
                .latent("exit")
                .status(4);
        assertEquals(
                1,
                report.forks().stream()
                        .filter(f -> f.call() == Call.POSIX_SPAWN && f.verdict() == Verdict.SAFE)
                        .count());
        return report;
    }

    @Test
    void jvmIsTheFirstProcess() {
        try (RunningApp app = forks().start()) {
            assertEquals(1, whole(app).process().pid());
        }
    }

    @Test
    void anInitIsTheFirstProcess() {
        try (RunningApp app = forks().withInit().start()) {
            assertNotEquals(1, whole(app).process().pid());
        }
    }

    /** What tells of a hang from outside reads another process's /proc: the default profile and user allow it. */
    @Test
    void hangsAreSeenFromInsideAndOutside() {
        App play = App.of(image, volume)
                .options("hang-after=300ms", "exit-wait=60s")
                .withInput()
                .scenario(
                        PlayMain.class,
                        "java:holder:hold-mutex",
                        "native:signaller:signal-condition",
                        "fork:fork:want-mutex",
                        "line",
                        "signal:9",
                        "reap",
                        "fork:fork:wait-for-condition",
                        "line",
                        "signal:9",
                        "reap");
        try (RunningApp app = play.start()) {
            assertTrue(app.exec("cat", "/proc/1/status").getStdout().contains("Seccomp:\t2"));
            app.reports().await(r -> r.summary().verdicts().deadlocked() == 1);
            app.send("seen");
            app.reports().await(r -> r.summary().verdicts().deadlocked() == 2);
            app.send("seen");
            app.awaitExit(0);
            Report report = app.reports().awaitFinal();
            Expect.complete(report, 2);
            List<Long> children = app.out().stream()
                    .filter(line -> line.startsWith("child "))
                    .map(line -> Long.valueOf(line.substring("child ".length())))
                    .toList();
            Expect.child(report, children.get(0))
                    .deadlocked(Reason.HELD_LOCK, "pthread_mutex_lock", SeenBy.INSIDE)
                    .waitsFor("mutex", "g_lock in libscenario.so", "holder", "hold-mutex");
            Expect.child(report, children.get(1))
                    .deadlocked(Reason.LOST_THREAD, "pthread_cond_wait", SeenBy.OUTSIDE)
                    .waitsAt("wait-for-condition");
        }
    }
}
