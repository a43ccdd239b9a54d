package org.forkwitness.hosts;

import java.nio.file.Path;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.scenarios.PtyMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** pty4j: its native library forks a program for a pseudo-terminal. */
@EveryJdk
class PtyTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @Test
    void programInATerminal() {
        PtyReport.check(Scenario.of(jdk, PtyMain.class, directory).runWell());
    }
}
