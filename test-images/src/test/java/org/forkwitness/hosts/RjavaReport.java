package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.SeenBy;
import org.forkwitness.report.Site;
import org.forkwitness.report.UnsafeCall;
import org.forkwitness.report.Verdict;

/** What the report of the program {@code rjava_host.R} must say, wherever it ran. */
public final class RjavaReport {
    private RjavaReport() {}

    /** At its end R removes its temporary directory by a command: each report has that fork as well. */
    static Report complete(FinishedScenario run, int forks) {
        Report report = run.report();
        Expect.complete(report, forks + 1);
        assertEquals(ProcessEnd.EXITED, report.process().end(), "R ends without destroying the JVM");
        Fork last = report.forks().get(forks);
        assertEquals(Call.SYSTEM, last.call());
        assertEquals(Verdict.SAFE, last.verdict());
        return report;
    }

    static Expect ofPackage(Report report, long pid) {
        Expect fork = Expect.child(report, pid).call(Call.FORK).thread("main");
        assertEquals("parallel.so", fork.site().blame().module());
        assertTrue(
                fork.site().advice().contains("makePSOCKcluster"), fork.site().advice());
        return fork;
    }

    /** The task "mclapply". */
    public static void mclapply(FinishedScenario run) {
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

    /** The task "gc". */
    public static void jobThatCollectsGarbage(FinishedScenario run) {
        ofPackage(complete(run, 1), run.number("child"))
                .deadlocked(Reason.LOST_THREAD, "pthread_cond_wait", SeenBy.OUTSIDE)
                .waitsForThread("VM Thread");
    }

    /** The tasks "system" and "system2". */
    public static void commands(FinishedScenario run) {
        Fork fork = complete(run, 1).forks().get(0);
        assertEquals(Call.SYSTEM, fork.call());
        assertEquals(Verdict.SAFE, fork.verdict());
    }
}
