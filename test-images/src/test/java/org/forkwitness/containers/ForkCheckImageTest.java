package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.forkwitness.junit.ForkCheck;
import org.forkwitness.report.Verdict;
import org.forkwitness.scenarios.ForkMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JUnit extension, called as JUnit calls it, about a JVM in a container. */
@InContainers
class ForkCheckImageTest {
    private static final String REPORTS = "/reports";

    @TempDir
    Path directory;

    private ForkCheck watched(String child) throws Exception {
        ForkCheck check = ForkCheck.failOn(Verdict.LATENT)
                .options("exit-wait=60s")
                .under(directory)
                .patience(Duration.ofMinutes(2));
        check.beforeEach(null);
        List<String> java = new ArrayList<>(List.of("java", check.jvmOption(App.AGENT, REPORTS)));
        java.addAll(App.classPath());
        java.addAll(List.of(ForkMain.class.getName(), child));
        try (RunningApp app = App.of(Image.any(), directory)
                .bind(check.reports(), REPORTS, true)
                .command(java.toArray(String[]::new))
                .start()) {
            app.awaitExit(0);
        }
        return check;
    }

    @Test
    void aSafeForkPassesAndNothingIsLeft() throws Exception {
        ForkCheck check = watched("exec");
        check.afterEach(null);
        assertFalse(Files.exists(check.reports()));
    }

    @Test
    void aLatentForkFailsWithTheSentenceOfTheReport() throws Exception {
        ForkCheck check = watched("exit");
        AssertionError error = assertThrows(AssertionError.class, () -> check.afterEach(null));
        assertTrue(error.getMessage().startsWith("latent: child "), error::getMessage);
    }
}
