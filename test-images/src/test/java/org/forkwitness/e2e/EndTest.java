package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.Scenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;
import org.forkwitness.scenarios.EndMain;
import org.forkwitness.scenarios.EndlessMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** How a JVM ends, and what of its report is there then. */
@EveryJdk
class EndTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private void endsAs(String how, int exitCode) {
        FinishedScenario run =
                Scenario.of(jdk, EndMain.class, directory).arguments(how).run().assertExit(exitCode);
        Report report = run.report();
        assertEquals(ProcessEnd.EXITED, report.process().end());
        assertFalse(report.process().endedAt().isBefore(report.process().startedAt()));
        assertEquals(run.pid(), report.process().pid());
        Expect.onlyFork(report).pid(run.number("forked"));
    }

    @Test
    void systemExit() {
        endsAs("exit", 5);
    }

    @Test
    void halt() {
        endsAs("halt", 6);
    }

    @Test
    void uncaughtException() {
        endsAs("uncaught", 1);
    }

    @Test
    void lastThreadReturns() {
        endsAs("return", 0);
    }

    @Test
    void sigkillLeavesAReportWithEveryForkThatWasConfirmed() throws IOException {
        RunningScenario running = Scenario.of(jdk, EndlessMain.class, directory).start();
        running.awaitOut("forked", 200);
        running.kill();
        FinishedScenario run = running.finish().assertExit(128 + 9);
        Report report = run.report();
        assertEquals(ProcessEnd.KILLED, report.process().end());
        assertFalse(report.summary().complete());
        assertEquals(0, report.summary().lost().records());
        Set<Long> seen = new HashSet<>();
        report.forks()
                .forEach(f -> seen.add(f.child() == null ? null : f.child().pid()));
        if (report.summary().forks() == report.forks().size()) {
            for (long pid : run.numbers("forked")) {
                assertTrue(seen.contains(pid), "child " + pid + " was confirmed");
            }
        }
        assertTrue(report.summary().forks() >= run.numbers("forked").size());
        for (Site site : report.sites()) {
            SourceLine.marked("fork-_exit").assertIs(site.blame());
        }
    }
}
