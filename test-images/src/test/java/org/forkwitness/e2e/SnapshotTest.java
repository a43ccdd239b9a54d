package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.PlayScript;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.LastState;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** What a report of a JVM that was killed says it was doing last. */
@EveryJdk
class SnapshotTest {
    private static final String MUTEX = "g_lock in libscenario.so";

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private PlayScript script() {
        return PlayScript.of(jdk, directory).options("snapshot=100ms");
    }

    private static List<HeldLock> mutexes(LastState state) {
        return state.locks().stream().filter(l -> MUTEX.equals(l.name())).toList();
    }

    @Test
    void lockThatIsHeldForLong() {
        try (RunningScenario running =
                script().javaThread("holder", "hold-mutex").pause().start()) {
            running.awaitNumber("begins");
            running.reports()
                    .await(report -> report.lastState() != null
                            && !mutexes(report.lastState()).isEmpty());
            running.kill();
            Report report = running.reports().awaitFinal();
            assertEquals(ProcessEnd.KILLED, report.process().end());
            HeldLock lock = mutexes(report.lastState()).get(0);
            assertEquals("holder", lock.holder().name());
            SourceLine.marked("hold-mutex").assertIs(lock.acquiredAt());
            assertTrue(lock.heldMs() >= 100, lock::toString);
            assertTrue(report.lastState().threads().java() > 1, report.lastState()::toString);
            assertNotNull(report.lastState().allocator(), report.lastState()::toString);
        }
    }

    @Test
    void lockThatIsHeldNoLonger() {
        try (RunningScenario running = script().javaThread("holder", "hold-mutex")
                .release("holder")
                .pause()
                .start()) {
            running.awaitNumber("begins");
            running.reports().await(report -> report.lastState() != null);
            running.kill();
            Report report = running.reports().awaitFinal();
            assertEquals(List.of(), mutexes(report.lastState()));
        }
    }

    @Test
    void noneIfNotWanted() {
        Report report = PlayScript.of(jdk, directory)
                .options("snapshot=0")
                .fork("exec")
                .run()
                .report();
        assertEquals(null, report.lastState());
    }
}
