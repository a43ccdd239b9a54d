package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.LaunchMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** ProcessBuilder in its three launch mechanisms. */
@EveryJdk
class LaunchMechanismTest {
    private static final int MANY = 1000;

    /** JVMs, one after the other, that fork so often: {@code -Dforkwitness.rounds=10} for ten thousand forks. */
    private static final int ROUNDS = Integer.getInteger("forkwitness.rounds", 1);

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private FinishedScenario launch(String mechanism) {
        return Scenario.of(jdk, LaunchMain.class, directory)
                .jvm("-Djdk.lang.Process.launchMechanism=" + mechanism)
                .runWell();
    }

    private static Expect fork(FinishedScenario run) {
        return Expect.onlyFork(run.report())
                .pid(run.number("forked"))
                .inProcess(run.pid())
                .thread("main")
                .blames("process-builder");
    }

    @Test
    void posixSpawnIsSafe() {
        FinishedScenario run = launch("POSIX_SPAWN");
        fork(run).call(Call.POSIX_SPAWN).verdict(Verdict.SAFE, Reason.SPAWN);
    }

    @Test
    void forkReachesExec() {
        FinishedScenario run = launch("FORK");
        fork(run).call(Call.FORK).latent("opendir", "closedir", "malloc").exec("/bin/true");
    }

    @Test
    void vforkReachesExec() {
        FinishedScenario run = launch("VFORK");
        fork(run).call(Call.VFORK).latent("opendir", "malloc").exec("/bin/true");
    }

    @Test
    void manyForksHaveNoOtherVerdict() {
        for (int i = 0; i < ROUNDS; i++) {
            manyForks(directory.resolve("round" + i));
        }
    }

    private void manyForks(Path reports) {
        FinishedScenario run = Scenario.of(jdk, LaunchMain.class, reports)
                .jvm("-Djdk.lang.Process.launchMechanism=FORK")
                .arguments(Integer.toString(MANY))
                .runWell();
        Report report = run.report();
        assertEquals(MANY, run.numbers("forked").size());
        assertEquals(MANY, report.summary().forks());
        assertEquals(MANY, report.summary().verdicts().latent());
        assertEquals(0, report.summary().lost().records());
        assertTrue(report.summary().complete(), report.notes()::toString);
        for (Fork fork : report.forks()) {
            Expect.child(report, fork.child().pid())
                    .blames("process-builder")
                    .latent("opendir", "malloc")
                    .exec("/bin/true");
        }
    }
}
