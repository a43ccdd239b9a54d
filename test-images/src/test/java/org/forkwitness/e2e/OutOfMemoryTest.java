package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.OutOfMemoryMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** The JVM's own way to start a program, from its VM Thread where that runs out of memory. */
@EveryJdk
class OutOfMemoryTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @Test
    void programForOutOfMemory() {
        Report report = Scenario.of(jdk, OutOfMemoryMain.class, directory)
                .jvm("-Xmx32m", "-XX:OnOutOfMemoryError=/bin/true")
                .run()
                .assertExit(1)
                .report();
        assertEquals(1, report.summary().forks());
        assertTrue(report.summary().complete(), report.notes()::toString);
        Fork fork = report.forks().get(0);
        assertEquals(Verdict.SAFE, fork.verdict(), fork::toString);
    }
}
