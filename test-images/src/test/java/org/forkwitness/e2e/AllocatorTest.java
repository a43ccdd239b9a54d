package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Allocator;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.Fork;
import org.forkwitness.report.ForkProtection;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.LoadMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/**
 * The allocators that people preload: which one it is, how it fares at a fork, and 2,000 forks each beside threads that
 * allocate. The agent makes no child hang, and each that hangs is explained.
 */
@EveryJdk
class AllocatorTest {
    private static final int FORKS = Integer.getInteger("forkwitness.loadForks", 2000);

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    /** What a preloaded library and a fork say of the allocator. */
    private record Kind(String preloaded, AllocatorName name, ForkProtection protection, String version) {
        Scenario in(Scenario scenario) {
            return preloaded == null ? scenario : scenario.environment("LD_PRELOAD", preloaded);
        }
    }

    private static final Kind GLIBC = new Kind(null, AllocatorName.GLIBC, ForkProtection.LIBC, "2\\.\\d+");
    private static final Kind JEMALLOC =
            new Kind("libjemalloc.so.2", AllocatorName.JEMALLOC, ForkProtection.HANDLERS, "5\\..+");
    private static final Kind TCMALLOC =
            new Kind("libtcmalloc_minimal.so.4", AllocatorName.TCMALLOC, ForkProtection.HANDLERS, ".*2\\..+");
    private static final Kind MIMALLOC =
            new Kind("libmimalloc.so.2", AllocatorName.MIMALLOC, ForkProtection.NONE, "2\\..+");

    private void isNamed(Kind kind) {
        Scenario scenario = kind.in(Scenario.of(jdk, LoadMain.class, directory).arguments("3"));
        Report report = scenario.runWell().report();
        Allocator allocator = report.environment().allocator();
        assertEquals(kind.name(), allocator.name(), allocator::toString);
        assertEquals(kind.protection(), allocator.forkProtection(), allocator::toString);
        assertNotNull(allocator.version(), allocator::toString);
        assertTrue(allocator.version().matches(kind.version()), allocator::toString);
        assertTrue(allocator.knownBy() != null && allocator.knownBy().length() > 10, allocator::toString);
        assertNotNull(allocator.figures(), allocator::toString);
        Long bytes = kind == MIMALLOC
                ? allocator.figures().mappedBytes()
                : allocator.figures().allocatedBytes();
        assertTrue(bytes != null && bytes > 0, allocator::toString);
        for (Fork fork : report.forks()) {
            assertTrue(fork.allocator().threadsInside() >= 0, fork::toString);
        }
    }

    /** A child that was killed had been called deadlocked before; all others ended by themselves. */
    private void load(Kind kind) {
        Scenario scenario = kind.in(Scenario.of(jdk, LoadMain.class, directory)
                .options("keep-forks=4000", "hang-after=300ms", "pipe-wait=1000")
                .arguments(Integer.toString(FORKS)));
        FinishedScenario run = scenario.runWell();
        Report report = run.report();
        assertEquals(FORKS, report.summary().forks());
        assertEquals(0, report.summary().lost().records());
        List<Fork> deadlocked = report.forks().stream()
                .filter(f -> f.verdict() == Verdict.DEADLOCKED)
                .toList();
        assertEquals(run.number("hung"), deadlocked.size(), deadlocked::toString);
        if (kind.protection() != ForkProtection.NONE) {
            assertEquals(List.of(), deadlocked);
            assertEquals(FORKS, report.summary().verdicts().latent(), report.summary()::toString);
        }
        for (Fork fork : report.forks()) {
            explained(fork);
        }
    }

    private static void explained(Fork fork) {
        if (fork.verdict() == Verdict.DEADLOCKED) {
            assertTrue(
                    fork.child().blockedOn() != null && fork.child().blockedOn().holder() != null, fork::toString);
            assertNotNull(fork.child().blockedOn().holder().name(), fork::toString);
        } else {
            assertEquals(Outcome.UNDERSCORE_EXIT, fork.child().outcome(), fork::toString);
        }
    }

    @Test
    void glibc() {
        isNamed(GLIBC);
    }

    @Test
    void jemalloc() {
        isNamed(JEMALLOC);
    }

    @Test
    void tcmalloc() {
        isNamed(TCMALLOC);
    }

    @Test
    void mimalloc() {
        isNamed(MIMALLOC);
    }

    @Test
    void glibcUnderLoad() {
        load(GLIBC);
    }

    @Test
    void jemallocUnderLoad() {
        load(JEMALLOC);
    }

    @Test
    void tcmallocUnderLoad() {
        load(TCMALLOC);
    }

    @Test
    void mimallocUnderLoad() {
        load(MIMALLOC);
    }

    private PlayScript deadlockUnder(Kind kind) {
        PlayScript script =
                PlayScript.of(jdk, directory).javaThread("holder", "hold-mutex").fork("want-mutex");
        return script.environment("LD_PRELOAD", kind.preloaded());
    }

    /** The locks are told under every allocator. */
    @Test
    void lockUnderJemalloc() {
        deadlockUnder(JEMALLOC).hangs().waitsFor("mutex", "g_lock in libscenario.so", "holder", "hold-mutex");
    }

    @Test
    void lockUnderTcmalloc() {
        deadlockUnder(TCMALLOC).hangs().waitsFor("mutex", "g_lock in libscenario.so", "holder", "hold-mutex");
    }

    @Test
    void lockUnderMimalloc() {
        deadlockUnder(MIMALLOC).hangs().waitsFor("mutex", "g_lock in libscenario.so", "holder", "hold-mutex");
    }

    private PlayScript noDeadlockUnder(Kind kind) {
        return PlayScript.of(jdk, directory)
                .environment("LD_PRELOAD", kind.preloaded())
                .javaThread("holder", "hold-mutex")
                .release("holder")
                .fork("want-mutex");
    }

    @Test
    void noLockUnderJemalloc() {
        noDeadlockUnder(JEMALLOC).ends().latent("pthread_mutex_lock").nobodyHolds("g_lock in libscenario.so");
    }

    @Test
    void noLockUnderTcmalloc() {
        noDeadlockUnder(TCMALLOC).ends().latent("pthread_mutex_lock").nobodyHolds("g_lock in libscenario.so");
    }

    @Test
    void noLockUnderMimalloc() {
        noDeadlockUnder(MIMALLOC).ends().latent("pthread_mutex_lock").nobodyHolds("g_lock in libscenario.so");
    }

    /** What the allocator has of C++'s operators does not pass through malloc. */
    private void operators(Kind kind) {
        PlayScript.of(jdk, directory)
                .environment("LD_PRELOAD", kind.preloaded())
                .fork("call-new")
                .ends()
                .latentUnlessAllocatorWasInUse("operator new", "operator delete")
                .calling("operator new", "call-new");
    }

    @Test
    void operatorsOfJemalloc() {
        operators(JEMALLOC);
    }

    @Test
    void operatorsOfTcmalloc() {
        operators(TCMALLOC);
    }

    @Test
    void operatorsOfMimalloc() {
        operators(MIMALLOC);
    }
}
