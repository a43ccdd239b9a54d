package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.forkwitness.harness.Expect;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportSchema;
import org.forkwitness.scenarios.AttachMain;
import org.forkwitness.scenarios.EatMemoryMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Ways in which a container ends, and what of the report is there then. */
@EveryImage
class StopTest {
    private static final int SIGKILL = 128 + 9;
    private static final int SIGTERM = 128 + 15;

    @Parameter
    Image image;

    @TempDir
    Path volume;

    private App app(String... jvm) {
        return App.of(image, volume)
                .options("exit-wait=60s")
                .jvm(jvm)
                .withInput()
                .scenario(AttachMain.class);
    }

    /** What the last version says that the collector had written, which the container's end took along. */
    private Report lastWords(RunningApp app, int forks) {
        ReportSchema.validate(app.reports().file("json"));
        Report report = app.reports().await(r -> true);
        assertEquals(ProcessEnd.RUNNING, report.process().end());
        assertEquals(forks, report.summary().forks());
        return report;
    }

    @Test
    void sigtermIsAnEndAsAnyOther() {
        try (RunningApp app = app().start()) {
            app.awaitOut("ready true");
            app.ask("fork");
            app.stop(ContainerOutput.PATIENCE_S);
            app.awaitExit(SIGTERM);
            Report report = app.reports().awaitFinal();
            assertEquals(ProcessEnd.EXITED, report.process().end());
            Expect.complete(report, 3);
            Expect.child(report, app.number("fork")).blames("fork-_exit");
        }
    }

    /** The first process of a container ignores a signal that it does not handle, so that SIGKILL follows. */
    @Test
    void sigkillAfterSigtermLeavesTheLiveReport() {
        try (RunningApp app = app("-Xrs").start()) {
            app.awaitOut("ready true");
            app.ask("fork");
            app.reports().await(r -> r.summary().forks() == 3);
            app.stop(1);
            app.awaitExit(SIGKILL);
            assertFalse(app.state().getOOMKilled());
            Expect.child(lastWords(app, 3), app.number("fork")).blames("fork-_exit");
        }
    }

    @Test
    void theKernelEndsWhoeverTakesTooMuchMemory() {
        App eater = App.of(image, volume).jvm("-Xmx4g").withInput().scenario(EatMemoryMain.class);
        try (RunningApp app = eater.start()) {
            app.awaitOut("forked ");
            app.reports().await(r -> r.summary().forks() == 1);
            app.send("eat");
            app.awaitExit(SIGKILL);
            assertTrue(app.state().getOOMKilled());
            Expect.child(lastWords(app, 1), app.number("forked")).blames("fork-_exit");
        }
    }
}
