package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.ForkMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** The spawn family, which is safe by construction, and vfork. */
@EveryJdk
class SpawnTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @Test
    void spawnFamilyIsSafe() {
        FinishedScenario run = Scenario.of(jdk, ForkMain.class, directory)
                .arguments("posix_spawn", "posix_spawnp", "posix_spawn-nothing", "system", "popen")
                .runWell();
        assertEquals(7, run.number("system"), "status of the shell");
        assertEquals(42, run.number("popen"), "output of the shell");
        assertEquals(2, run.number("posix_spawn-nothing"), "ENOENT");
        Report report = run.report();
        Expect.complete(report, 5);
        Expect.blaming(report, "posix_spawn")
                .call(Call.POSIX_SPAWN)
                .pid(run.number("posix_spawn"))
                .verdict(Verdict.SAFE, Reason.SPAWN);
        Expect.blaming(report, "posix_spawnp")
                .call(Call.POSIX_SPAWN)
                .pid(run.number("posix_spawnp"))
                .verdict(Verdict.SAFE, Reason.SPAWN);
        Expect.blaming(report, "system").call(Call.SYSTEM).verdict(Verdict.SAFE, Reason.SPAWN);
        Expect.blaming(report, "popen").call(Call.POPEN).verdict(Verdict.SAFE, Reason.SPAWN);
        Fork nothing = Expect.blaming(report, "posix_spawn-nothing")
                .verdict(Verdict.SAFE, Reason.FORK_FAILED)
                .fork();
        assertNull(nothing.child());
        assertEquals("ENOENT", nothing.errno());
        assertEquals(5, report.summary().verdicts().safe());
    }

    @Test
    void vfork() {
        FinishedScenario run = Scenario.of(jdk, ForkMain.class, directory)
                .arguments("vfork-exec", "vfork-_exit")
                .runWell();
        Report report = run.report();
        Expect.complete(report, 2);
        Expect.child(report, run.number("vfork-exec"))
                .call(Call.VFORK)
                .blames("vfork-exec")
                .safe()
                .exec("/bin/true");
        Expect.child(report, run.number("vfork-_exit"))
                .call(Call.VFORK)
                .blames("vfork-_exit")
                .safe()
                .child(Outcome.UNDERSCORE_EXIT)
                .status(9);
    }
}
