package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.LateMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Libraries that come after the agent, and go. */
@EveryJdk
class LateLibraryTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @Test
    void eachForkIsBlamedOnItsLibrary() {
        FinishedScenario run = Scenario.of(jdk, LateMain.class, directory).runWell();
        assertEquals(List.of("true", "true"), run.values("gone"), "the plug-ins are really unloaded");
        Report report = run.report();
        Expect.complete(report, 3);
        Expect.child(report, run.number("late"))
                .blames("late-fork")
                .inFunction("Java_org_forkwitness_scenarios_Late_fork", "liblate.so");
        Expect.child(report, run.number("plugin-a"))
                .blames("plugin-a-fork")
                .inFunction("first_plugin_forks", "libplugin-a.so");
        Expect.child(report, run.number("plugin-b"))
                .blames("plugin-b-fork")
                .inFunction("second_plugin_forks", "libplugin-b.so");
    }
}
