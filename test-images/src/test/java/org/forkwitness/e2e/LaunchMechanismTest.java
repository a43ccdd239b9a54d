package org.forkwitness.e2e;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Call;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.LaunchMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** ProcessBuilder in its three launch mechanisms. */
@EveryJdk
class LaunchMechanismTest {
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
        fork(run).call(Call.FORK).verdict(Verdict.UNKNOWN, Reason.UNOBSERVED).exec("/bin/true");
    }

    @Test
    void vforkReachesExec() {
        FinishedScenario run = launch("VFORK");
        fork(run).call(Call.VFORK).verdict(Verdict.UNKNOWN, Reason.UNOBSERVED).exec("/bin/true");
    }
}
