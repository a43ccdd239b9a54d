package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Report;
import org.forkwitness.report.Site;
import org.forkwitness.scenarios.StormMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** 1,000 forks by 8 threads at once. */
@EveryJdk
class ForkStormTest {
    private static final int THREADS = 8;
    private static final int FORKS = 1000;

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @Test
    void noneIsLostNorDoubled() {
        FinishedScenario run = Scenario.of(jdk, StormMain.class, directory).runWell();
        Report report = run.report();
        Expect.complete(report, FORKS);
        assertEquals(FORKS, report.summary().verdicts().safe());
        assertEquals(THREADS, report.sites().size());
        for (int i = 0; i < THREADS; i++) {
            checkThread(report, "storm" + i, "storm-" + i, run.numbers("storm" + i));
        }
        assertEquals(FORKS, report.forks().stream().map(Fork::id).distinct().count(), "ids");
    }

    private static void checkThread(Report report, String function, String thread, List<Long> children) {
        SourceLine line = SourceLine.marked(function);
        Site site = report.sites().stream()
                .filter(s -> line.is(s.blame()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no site in " + function));
        assertEquals(function, site.blame().function());
        assertEquals(FORKS / THREADS, site.count());
        List<Fork> forks =
                report.forks().stream().filter(f -> f.site() == site.id()).toList();
        assertEquals(
                children.stream().sorted().toList(),
                forks.stream().map(f -> f.child().pid()).sorted().toList(),
                "children of " + function);
        for (Fork fork : forks) {
            assertEquals(thread, fork.parent().thread());
            assertEquals(Outcome.UNDERSCORE_EXIT, fork.child().outcome(), fork::toString);
            assertEquals(0, fork.child().status());
        }
    }

    @Test
    void eachIsALineOfTheJournal() throws IOException {
        FinishedScenario run = Scenario.of(jdk, StormMain.class, directory).runWell();
        run.report();
        long ids = Files.readAllLines(run.reports().file("ndjson")).stream()
                .filter(line -> !line.contains("\"revised\":true"))
                .map(line -> line.replaceFirst(".*?\"id\":(\\d+).*", "$1"))
                .distinct()
                .count();
        assertEquals(FORKS, ids);
    }

    @Test
    void keepForksBoundsTheReportAndCountsThemAll() {
        Report report = Scenario.of(jdk, StormMain.class, directory)
                .options("keep-forks=16")
                .runWell()
                .report();
        assertEquals(FORKS, report.summary().forks());
        assertTrue(
                report.forks().size() <= 16 + THREADS, "kept " + report.forks().size());
        assertEquals(FORKS, report.sites().stream().mapToLong(Site::count).sum());
    }
}
