package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.LaunchUnderLoadMain;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * ProcessBuilder in the mode FORK under each preloaded allocator, beside threads that are inside it: the child calls
 * opendir, which allocates, before its exec.
 */
@EveryJdk
class LaunchUnderLoadTest {
    private static final int FORKS = 40;

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        ",GLIBC,true",
        "libjemalloc.so.2,JEMALLOC,true",
        "libtcmalloc_minimal.so.4,TCMALLOC,true",
        "libmimalloc.so.2,MIMALLOC,false"
    })
    void forkMode(String preloaded, AllocatorName name, boolean mended) {
        Scenario scenario = Scenario.of(jdk, LaunchUnderLoadMain.class, directory)
                .jvm("-Djdk.lang.Process.launchMechanism=FORK")
                .options("hang-after=300ms")
                .arguments(Integer.toString(FORKS));
        FinishedScenario run = (preloaded == null ? scenario : scenario.environment("LD_PRELOAD", preloaded)).runWell();
        Report report = run.report();
        Expect.complete(report, FORKS);
        assertEquals(FORKS, run.values("status").size());
        assertEquals(name, report.environment().allocator().name());
        int met = 0;
        for (Fork fork : report.forks()) {
            Expect expect = Expect.child(report, fork.child().pid()).call(Call.FORK);
            expect.blames("launch-under-load").exec("/bin/true");
            boolean inUse = fork.allocator().threadsInside() > 0;
            met += inUse ? 1 : 0;
            if (mended || !inUse) {
                expect.latent("opendir", "malloc");
            } else {
                expect.verdict(Verdict.UNSAFE, Reason.IN_REGION);
            }
        }
        assertTrue(met > 0, "no fork met a thread inside the allocator");
    }
}
