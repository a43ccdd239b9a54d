package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.Expect;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.AttachMain;
import org.forkwitness.scenarios.ForkMain;
import org.forkwitness.scenarios.StormMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes that take no report, or not all of it: the application does not notice. */
@InContainers
class VolumeTest {
    private static final String SMALL = "/small";
    private static final int SMALL_KIB = 256;

    @TempDir
    Path volume;

    @TempDir
    Path other;

    private App app() {
        return App.of(Image.any(), volume).tmpfs(SMALL, SMALL_KIB);
    }

    private static void costsOneLine(App app, String message) {
        try (RunningApp running = app.scenario(ForkMain.class, "exec", "_exit").start()) {
            running.awaitExit(0);
            assertEquals(2, running.out().size());
            assertEquals(1, running.agentLines().size(), running.err()::toString);
            assertTrue(running.agentLines().get(0).contains(message), running.err()::toString);
        }
    }

    @Test
    void withoutWritePermission() {
        costsOneLine(
                app().bind(other, "/locked", true).options("reports=/locked"),
                "cannot write reports to /locked: Permission denied");
    }

    @Test
    void readOnly() {
        costsOneLine(
                app().bind(App.openToAll(other), "/locked", false).options("reports=/locked/new"),
                "cannot write reports to /locked/new: Read-only file system");
    }

    /** A user's number without a name, a home and anywhere to write: the default directory cannot be made. */
    @Test
    void noVolumeAtAll() {
        costsOneLine(app().options("reports=forkwitness-reports"), "cannot write reports to forkwitness-reports");
    }

    @Test
    void fullForGood() {
        App app = app().options("reports=" + SMALL, "exit-wait=60s")
                .between("head -c 1m /dev/zero >" + SMALL + "/filler", "echo status $?; ls " + SMALL)
                .scenario(ForkMain.class, "exec", "_exit");
        try (RunningApp running = app.start()) {
            running.awaitExit(0);
            assertEquals(0, running.number("status"));
            assertEquals(List.of(), running.agentLines());
            assertFalse(running.out().contains("latest.json"), running.out()::toString);
        }
    }

    @Test
    void fullForAWhile() throws IOException {
        App app = app().options("reports=" + SMALL, "exit-wait=60s")
                .between(
                        "head -c 1m /dev/zero >" + SMALL + "/filler",
                        "echo status $?; cp -P " + SMALL + "/* " + App.VOLUME + "/reports")
                .withInput()
                .scenario(AttachMain.class);
        try (RunningApp running = app.start()) {
            running.awaitOut("ready true");
            assertEquals(0, running.exec("rm", SMALL + "/filler").getExitCode());
            running.ask("fork");
            running.endInput();
            running.awaitExit(0);
            assertEquals(0, running.number("status"));
            Report report = running.reports().awaitFinal();
            Expect.complete(report, 3);
            assertEquals(3, Files.readAllLines(running.reports().file("ndjson")).size());
        }
    }

    /** Frames that found no room are lost, and counted: by the numbers of those that did. */
    @Test
    void spoolThatFillsItsVolume() {
        App app = app().tmpfs(SMALL, 64)
                .options("reports=" + SMALL, "collector=none")
                .between(
                        "",
                        "echo status $?; /opt/forkwitness/bin/forkwitness collect --reports " + App.VOLUME + "/reports "
                                + SMALL + "/*.spool")
                .scenario(StormMain.class);
        try (RunningApp running = app.start()) {
            running.awaitExit(0);
            assertEquals(0, running.number("status"));
            Report report = running.reports().await(r -> true);
            assertFalse(report.summary().complete());
            assertEquals(ProcessEnd.LOST, report.process().end());
            assertTrue(report.summary().forks() > 0);
        }
    }
}
