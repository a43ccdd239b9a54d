package org.forkwitness.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** A Python program with a JVM in its process: {@code app.py}. */
public final class PythonScenario {
    private PythonScenario() {}

    /**
     * Starts it.
     *
     * @param task what it does: fork, lock, no-lock or run
     */
    public static RunningScenario start(Jdk jdk, Path directory, String task) {
        Reports reports = new Reports(directory.resolve("reports"));
        String option = "-agentpath:" + Installation.agent() + "=hang-after=300ms,reports=" + reports.directory();
        ProcessBuilder builder = new ProcessBuilder(List.of(
                "python3",
                Installation.scenarioSources().resolve("python/app.py").toString(),
                jdk.home().resolve("lib/server/libjvm.so").toString(),
                option,
                task));
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        try {
            return new RunningScenario(builder.start(), jdk, reports);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it to its end. */
    public static FinishedScenario run(Jdk jdk, Path directory, String task) {
        RunningScenario running = start(jdk, directory, task);
        running.endInput();
        return running.finish().assertExit(0);
    }
}
