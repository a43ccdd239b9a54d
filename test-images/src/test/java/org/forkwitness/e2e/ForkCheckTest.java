package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Reports;
import org.forkwitness.junit.ForkCheck;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.ForkMain;
import org.forkwitness.scenarios.PlayMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JUnit extension, called as JUnit calls it. */
class ForkCheckTest {
    private static final List<String> DEADLOCK =
            List.of("java:holder:hold-mutex", "fork:fork:want-mutex", "line", "signal:9", "reap");

    @TempDir
    Path directory;

    private ForkCheck check(Verdict limit) throws Exception {
        ForkCheck check = ForkCheck.failOn(limit)
                .agent(Installation.agent())
                .under(directory)
                .patience(Duration.ofMinutes(2));
        check.beforeEach(null);
        return check;
    }

    /** What a test would do. */
    private void run(ForkCheck check, Class<?> main, List<String> arguments) throws Exception {
        assertEquals(
                0,
                start(check, main, arguments).waitFor(),
                () -> directory.resolve("out").toString());
    }

    private Process start(ForkCheck check, Class<?> main, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(Jdk.all().get(0).program("java")));
        command.add("-Dforkwitness.scenarios=" + Installation.scenarioLibraries());
        command.addAll(List.of("-cp", Installation.scenarioClasses().toString(), main.getName()));
        command.addAll(arguments);
        ProcessBuilder builder = check.watch(new ProcessBuilder(command));
        builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve("out").toFile());
        return builder.start();
    }

    @Test
    void aSafeForkPassesAndNothingIsLeft() throws Exception {
        ForkCheck check = check(Verdict.LATENT);
        run(check, ForkMain.class, List.of("exec", "_exit"));
        check.afterEach(null);
        assertFalse(Files.exists(check.reports()));
    }

    @Test
    void aLatentForkFailsWhereItMayNotBe() throws Exception {
        ForkCheck lenient = check(Verdict.UNSAFE);
        run(lenient, ForkMain.class, List.of("exit"));
        lenient.afterEach(null);
        ForkCheck strict = check(Verdict.LATENT);
        run(strict, ForkMain.class, List.of("exit"));
        AssertionError error = assertThrows(AssertionError.class, () -> strict.afterEach(null));
        assertTrue(error.getMessage().startsWith("latent: child "), error::getMessage);
    }

    @Test
    void aDeadlockFailsWithTheSentenceOfTheReport() throws Exception {
        ForkCheck check = check(Verdict.DEADLOCKED);
        Process play = start(check, PlayMain.class, DEADLOCK);
        new Reports(check.reports()).await(r -> r.summary().verdicts().deadlocked() == 1);
        play.outputWriter().append("seen\n").flush();
        assertEquals(0, play.waitFor());
        AssertionError error = assertThrows(AssertionError.class, () -> check.afterEach(null));
        assertTrue(error.getMessage().startsWith("deadlocked: child "), error::getMessage);
        assertTrue(error.getMessage().contains("g_lock in libscenario.so"), error::getMessage);
        assertTrue(error.getMessage().contains("'holder'"), error::getMessage);
    }

    @Test
    void aTestThatWatchesNothingFails() throws Exception {
        ForkCheck check = check(Verdict.UNSAFE);
        AssertionError error = assertThrows(AssertionError.class, () -> check.afterEach(null));
        assertTrue(error.getMessage().contains("jvmOption()"), error::getMessage);
    }

    @Test
    void aLimitIsAFinding() {
        assertThrows(IllegalArgumentException.class, () -> ForkCheck.failOn(Verdict.SAFE));
    }
}
