package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.Call;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;

/**
 * An allocator under the load of {@code LaunchUnderLoadMain}, with ProcessBuilder in the mode FORK: the child calls
 * opendir, which allocates, before its exec.
 */
public enum LoadedAllocator {
    GLIBC("", true),
    JEMALLOC("libjemalloc.so.2", true),
    TCMALLOC("libtcmalloc_minimal.so.4", true),
    MIMALLOC("libmimalloc.so.2", false);

    /** The option of the JVM for that mode. */
    public static final String FORK_MODE = "-Djdk.lang.Process.launchMechanism=FORK";

    /** The program's argument. */
    public static final int FORKS = 40;

    private final String library;
    private final boolean mended;

    /** Mended: it is whole in a child. */
    LoadedAllocator(String library, boolean mended) {
        this.library = library;
        this.mended = mended;
    }

    /** What LD_PRELOAD is for it; empty for the C library's own. */
    public String library() {
        return library;
    }

    /** Fails where the report of the program says something else. */
    public void check(FinishedScenario run) {
        Report report = run.report();
        Expect.complete(report, FORKS);
        assertEquals(FORKS, run.values("status").size());
        assertEquals(
                AllocatorName.valueOf(name()), report.environment().allocator().name());
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
