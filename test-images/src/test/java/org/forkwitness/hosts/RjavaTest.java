package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Host;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Jdk;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R with rJava, in the JVM that Debian has built it for. Its stacks have no lines of R: R's own library is blamed. */
class RjavaTest {
    @TempDir
    Path directory;

    private Host host(String task) {
        return Host.of(Jdk.all().get(0), directory, "/usr/bin/Rscript")
                .arguments(Installation.hosts().resolve("r/rjava_host.R").toString(), Host.AGENT, task);
    }

    @Test
    void mclapply() {
        RjavaReport.mclapply(host("mclapply").run());
    }

    @Test
    void mcparallel() {
        FinishedScenario run = host("mcparallel").run();
        assertEquals(List.of("9"), run.values("result"));
        RjavaReport.ofPackage(RjavaReport.complete(run, 1), run.number("child"))
                .latent("malloc")
                .child(Outcome.UNDERSCORE_EXIT);
    }

    @Test
    void jobThatCallsJava() {
        FinishedScenario run = host("java").run();
        assertEquals(List.of("7"), run.values("result"));
        Expect fork = RjavaReport.ofPackage(RjavaReport.complete(run, 1), run.number("child"))
                .verdict(Verdict.UNSAFE, Reason.JVM_REENTRY);
        assertTrue(
                fork.fork().reasons().get(0).message().contains("(rJava.so, "),
                fork.fork().reasons()::toString);
    }

    @Test
    void jobThatCollectsGarbage() {
        RjavaReport.jobThatCollectsGarbage(host("gc").hangs());
    }

    @ParameterizedTest
    @ValueSource(strings = {"system", "system2"})
    void commands(String task) {
        RjavaReport.commands(host(task).run());
    }
}
