package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Reports;
import org.forkwitness.harness.Scenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Site;
import org.forkwitness.scenarios.ForkMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** The option string: what is refused, and how. */
@EveryJdk
class OptionsTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private FinishedScenario start(String options) {
        return Scenario.of(jdk, ForkMain.class, directory)
                .withoutAgent()
                .jvm("-agentpath:" + Installation.agent() + "=" + options)
                .arguments("_exit")
                .run();
    }

    private void refused(String options, String... parts) {
        FinishedScenario run = start(options).assertExit(1);
        assertEquals(List.of(), run.values("_exit"), "main must not run");
        assertEquals(1, run.agentLines().size(), () -> run.err().toString());
        for (String part : parts) {
            assertTrue(run.agentLines().get(0).contains(part), run.agentLines()::toString);
        }
    }

    @Test
    void unknownOption() {
        refused("reprots=here", "'reprots'", "help");
    }

    @Test
    void valueOfTheWrongKind() {
        refused("keep-forks=many", "'keep-forks'", "number", "'many'");
    }

    @Test
    void valueOutOfRange() {
        refused("keep-forks=0", "'keep-forks'", "1 to 1000000", "'0'");
    }

    @Test
    void choiceThatIsNone() {
        refused("guard=never", "'guard'", "observe", "'never'");
    }

    @Test
    void missingValue() {
        refused("reports", "'reports'", "a directory");
    }

    @Test
    void badOptionInTheEnvironment() {
        FinishedScenario run = Scenario.of(jdk, ForkMain.class, directory)
                .environment("FORKWITNESS_OPTIONS", "no-such-thing=1")
                .arguments("_exit")
                .run()
                .assertExit(1);
        assertTrue(run.agentLines().get(0).contains("'no-such-thing'"), run.agentLines()::toString);
    }

    @Test
    void helpNamesEveryOptionAndEndsWell() {
        FinishedScenario run = start("help").assertExit(0);
        String text = String.join("\n", run.out());
        for (String option : List.of("reports", "collector", "java", "pipe", "guard", "keep-forks", "blame-skip")) {
            assertTrue(text.contains("\n  " + option + " "), text);
        }
        assertEquals(List.of(), run.values("_exit"), "main must not run");
    }

    @Test
    void patternsInThePath() {
        FinishedScenario run = Scenario.of(jdk, ForkMain.class, directory)
                .withoutAgent()
                .environment("SCENARIO", "named")
                .jvm("-agentpath:" + Installation.agent() + "=reports=" + directory + "/%{SCENARIO}-%p")
                .arguments("_exit")
                .runWell();
        Expect.onlyFork(new Reports(directory.resolve("named-" + run.pid())).awaitFinal());
    }

    @Test
    void blameSkipPassesTheFrameOn() {
        FinishedScenario run = Scenario.of(jdk, ForkMain.class, directory)
                .options("blame-skip=libscenario.so:org.forkwitness.scenarios.Forks")
                .arguments("exec")
                .runWell();
        Site site = Expect.onlyFork(run.report()).site();
        SourceLine.marked("java-exec").assertIs(site.blame());
    }

    @Test
    void impossibleReportDirectoryDoesNotStopTheJvm() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        FinishedScenario run = start("reports=" + file.resolve("below")).assertExit(0);
        assertEquals(1, run.agentLines().size(), () -> run.err().toString());
        assertTrue(run.agentLines().get(0).contains(file.toString()), run.agentLines()::toString);
        assertTrue(run.number("_exit") > 0);
    }
}
