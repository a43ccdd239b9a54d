package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Host;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Jdk;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Site;
import org.forkwitness.report.UnsafeCall;
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

    /** At its end R removes its temporary directory by a command: each report has that fork as well. */
    private static Report complete(FinishedScenario run, int forks) {
        Report report = run.report();
        Expect.complete(report, forks + 1);
        assertEquals(ProcessEnd.EXITED, report.process().end(), "R ends without destroying the JVM");
        Fork last = report.forks().get(forks);
        assertEquals(Call.SYSTEM, last.call());
        assertEquals(Verdict.SAFE, last.verdict());
        return report;
    }

    private static Expect ofPackage(Report report, long pid) {
        Expect fork = Expect.child(report, pid).call(Call.FORK).thread("main");
        assertEquals("parallel.so", fork.site().blame().module());
        assertTrue(
                fork.site().advice().contains("makePSOCKcluster"), fork.site().advice());
        return fork;
    }

    @Test
    void mclapply() {
        FinishedScenario run = host("mclapply").run();
        assertEquals(List.of("30"), run.values("sum"));
        Report report = complete(run, 2);
        Site site = report.site(report.forks().get(0).site()).orElseThrow();
        assertEquals(2, site.count(), "both children are of one site");
        assertEquals(Verdict.LATENT, site.verdict());
        for (Fork fork : report.forks().subList(0, 2)) {
            ofPackage(report, fork.child().pid()).latent("malloc", "free");
            for (UnsafeCall call : fork.child().calls()) {
                assertFalse(call.stack().isEmpty(), () -> "fork " + fork.id() + " " + call);
            }
        }
    }

    @Test
    void mcparallel() {
        FinishedScenario run = host("mcparallel").run();
        assertEquals(List.of("9"), run.values("result"));
        ofPackage(complete(run, 1), run.number("child")).latent("malloc").child(Outcome.UNDERSCORE_EXIT);
    }

    @Test
    void jobThatCallsJava() {
        FinishedScenario run = host("java").run();
        assertEquals(List.of("7"), run.values("result"));
        Expect fork = ofPackage(complete(run, 1), run.number("child")).verdict(Verdict.UNSAFE, Reason.JVM_REENTRY);
        assertTrue(
                fork.fork().reasons().get(0).message().contains("(rJava.so, "),
                fork.fork().reasons()::toString);
    }

    @Test
    void jobThatCollectsGarbage() {
        FinishedScenario run = host("gc").hangs();
        ofPackage(complete(run, 1), run.number("child"))
                .deadlocked(Reason.LOST_THREAD, "pthread_cond_wait", SeenBy.OUTSIDE)
                .waitsForThread("VM Thread");
    }

    @ParameterizedTest
    @ValueSource(strings = {"system", "system2"})
    void commands(String task) {
        Report report = complete(host(task).run(), 1);
        Fork fork = report.forks().get(0);
        assertEquals(Call.SYSTEM, fork.call());
        assertEquals(Verdict.SAFE, fork.verdict());
    }
}
