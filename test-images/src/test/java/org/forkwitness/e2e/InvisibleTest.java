package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.Collectors;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Reports;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.Scenario;
import org.forkwitness.scenarios.AttachMain;
import org.forkwitness.scenarios.ForkMain;
import org.forkwitness.scenarios.SpectatorMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** The application cannot see that there is a collector, and the collector does not see the agent. */
@EveryJdk
class InvisibleTest {
    private static final int ECHILD = 10;

    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @Test
    void noSignalNoChildNoDescriptor() {
        RunningScenario running =
                Scenario.of(jdk, SpectatorMain.class, directory).start();
        running.awaitOut("wait", 1);
        Collectors.kill(running.awaitCollector());
        running.awaitErr("forkwitness collect ");
        running.send("");
        FinishedScenario with = running.finish().assertExit(0);
        assertEquals(List.of(Integer.toString(ECHILD), Integer.toString(ECHILD)), with.values("wait"));
        assertEquals(List.of("0", "1"), with.values("signals"), "SIGCHLD before and after its own fork");

        RunningScenario plain =
                Scenario.of(jdk, SpectatorMain.class, directory).withoutAgent().start();
        plain.send("");
        FinishedScenario without = plain.finish().assertExit(0);
        assertEquals(lowDescriptors(without), lowDescriptors(with), "the application's own descriptors");
        assertEquals(inherited(without), inherited(with), "descriptors of an exec'd child");
    }

    /** Number and target of those below 48, where the agent's begin, without the numbers of pipes and sockets. */
    private static List<String> lowDescriptors(FinishedScenario run) {
        return run.values("descriptor").stream()
                .filter(text -> Integer.parseInt(text.substring(0, text.indexOf(' '))) < 48)
                .map(text -> text.replaceAll("(pipe|socket):\\[\\d+]", "$1").replaceAll("/proc/\\d+/", "/proc/PID/"))
                .sorted()
                .toList();
    }

    private static List<String> inherited(FinishedScenario run) {
        return run.out().stream()
                .filter(line -> line.contains(" -> "))
                .map(line -> line.replaceFirst(".* (\\d+ -> )", "$1"))
                .map(line -> line.replaceAll("(pipe|socket):\\[\\d+]", "$1").replaceAll("/proc/\\d+/", "/proc/PID/"))
                .sorted()
                .toList();
    }

    @Test
    void agentInJavaToolOptionsIsNotLoadedIntoTheCollector() throws IOException {
        Scenario scenario = Scenario.of(jdk, AttachMain.class, directory).withoutAgent();
        RunningScenario running =
                scenario.environment("JAVA_TOOL_OPTIONS", scenario.agentPath()).start();
        running.awaitOut("ready true", 1);
        ProcessHandle collector = running.awaitCollector();
        String maps = Files.readString(Path.of("/proc", Long.toString(collector.pid()), "maps"));
        assertTrue(maps.contains("libjvm.so"));
        assertFalse(maps.contains("libforkwitness.so"));
        running.endInput();
        FinishedScenario run = running.finish().assertExit(0);
        Expect.complete(run.report(), 2);
        assertEquals(1, run.reports().files("json").size(), "no report of the collector itself");
    }

    @Test
    void optionsFromTheEnvironment() {
        Path elsewhere = directory.resolve("elsewhere");
        FinishedScenario run = Scenario.of(jdk, ForkMain.class, directory)
                .withoutAgent()
                .jvm("-agentpath:" + Installation.agent())
                .environment("FORKWITNESS_OPTIONS", "reports=" + elsewhere)
                .arguments("_exit")
                .runWell();
        Expect.onlyFork(new Reports(elsewhere).awaitFinal()).pid(run.number("_exit"));
    }
}
