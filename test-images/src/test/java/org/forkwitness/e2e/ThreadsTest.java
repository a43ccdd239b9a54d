package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.Scenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Report;
import org.forkwitness.report.ThreadInfo;
import org.forkwitness.report.ThreadKind;
import org.forkwitness.scenarios.ThreadsMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** The threads that a report lists: who they are and who made them. */
@EveryJdk
class ThreadsTest {
    private static final String LONG_NAME = "a name longer than the kernel keeps";

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private static List<ThreadInfo> named(Report report, String name) {
        return report.threads().stream().filter(t -> t.name().equals(name)).toList();
    }

    private static ThreadInfo onlyOne(Report report, String name) {
        List<ThreadInfo> threads = named(report, name);
        assertEquals(1, threads.size(), () -> name + " among " + report.threads());
        return threads.get(0);
    }

    @Test
    void namesKindsAndOrigins() {
        RunningScenario running = Scenario.of(jdk, ThreadsMain.class, directory).start();
        running.awaitOut("forked", 2);
        running.reports().await(report -> !named(report, LONG_NAME).isEmpty());
        running.send("");
        Report report = running.finish().assertExit(0).report();
        Expect.complete(report, 3);

        ThreadInfo java = onlyOne(report, LONG_NAME);
        assertEquals(ThreadKind.JAVA, java.kind());
        assertEquals("org.forkwitness.scenarios.ThreadsMain$Pool", java.createdFrom());
        SourceLine.marked("java-thread-start").in(java.createdBy());
        assertNotNull(java.startedAt());
        assertNotNull(java.endedAt());
        assertEquals(List.of(), named(report, "first-name"));

        ThreadInfo idle = onlyOne(report, "idle-worker");
        assertEquals(ThreadKind.NATIVE, idle.kind());
        assertEquals("libscenario.so", idle.createdFrom());
        SourceLine.marked("idle-thread-create").in(idle.createdBy());
        SourceLine.marked("java-idle-thread").in(idle.createdBy());

        ThreadInfo virtualMachine = onlyOne(report, "VM Thread");
        assertEquals(ThreadKind.JVM, virtualMachine.kind());
        assertEquals("libjvm.so", virtualMachine.createdFrom());

        for (Fork fork : report.forks()) {
            assertEquals(
                    fork.alive().total(),
                    fork.alive().java() + fork.alive().jvm() + fork.alive().nativeThreads(),
                    fork::toString);
            assertTrue(fork.alive().nativeThreads() >= 1 && fork.alive().jvm() >= 3, fork::toString);
        }
    }
}
