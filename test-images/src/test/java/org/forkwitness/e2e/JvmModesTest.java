package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.ForkMain;
import org.forkwitness.scenarios.GarbageMain;
import org.forkwitness.scenarios.HandlersMain;
import org.forkwitness.scenarios.LateMain;
import org.forkwitness.scenarios.ThreadsMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Other garbage collectors, JNI checks, and forks while garbage is collected. */
@EveryJdk
class JvmModesTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseZGC"})
    void garbageCollectors(String option) {
        FinishedScenario run = Scenario.of(jdk, ForkMain.class, directory)
                .jvm(option)
                .arguments("exec")
                .runWell();
        Expect.onlyFork(run.report()).blames("fork-exec").calledFrom("java-exec");
    }

    @ParameterizedTest
    @ValueSource(classes = {ThreadsMain.class, LateMain.class, HandlersMain.class})
    void checkedJniFindsNoFault(Class<?> main) {
        RunningScenario running =
                Scenario.of(jdk, main, directory).jvm("-Xcheck:jni").start();
        running.endInput();
        FinishedScenario run = running.finish().assertExit(0);
        String text = String.join("\n", run.out()) + String.join("\n", run.err());
        assertFalse(text.contains("libforkwitness"), text);
        assertFalse(text.contains("FATAL ERROR in native method"), text);
        assertTrue(run.report().summary().complete());
    }

    @Test
    void javaFramesAreThereWhileGarbageIsCollected() {
        FinishedScenario run =
                Scenario.of(jdk, GarbageMain.class, directory).jvm("-Xmx64m").runWell();
        List<Long> children = run.numbers("forked");
        Report report = run.report();
        Expect.complete(report, children.size());
        for (long child : children) {
            Expect.child(report, child).blames("fork-_exit").calledFrom("java-fork-while-collecting");
        }
    }
}
