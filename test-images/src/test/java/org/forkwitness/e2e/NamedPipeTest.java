package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.forkwitness.harness.Command;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedCommand;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Reports;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.AttachMain;
import org.forkwitness.scenarios.ForkMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** A collector of the user's own behind a named pipe, as in another container. */
@EveryJdk
class NamedPipeTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    @Test
    void collectorOnANamedPipe() {
        Path pipe = directory.resolve("pipe");
        Path out = directory.resolve("out");
        Command.run(List.of("mkfifo", pipe.toString())).assertExit(0);
        RunningScenario running = Scenario.of(jdk, AttachMain.class, directory)
                .options("pipe=" + pipe)
                .start();
        running.awaitOut("ready true", 1);
        // What is in a pipe dies with its last holder: the collector must come while the JVM runs.
        CompletableFuture<FinishedCommand> collector =
                CompletableFuture.supplyAsync(() -> Command.forkwitness(jdk, "collect", "--reports", out, pipe));
        Reports reports = new Reports(out);
        assertTrue(out.toFile().mkdir());
        reports.await(report -> report.summary().forks() == 2);
        running.ask("fork");
        running.endInput();
        FinishedScenario run = running.finish().assertExit(0);
        assertEquals(List.of(), run.agentLines());
        collector.join().assertExit(0);
        Report report = reports.awaitFinal();
        Expect.complete(report, 3);
        Expect.child(report, run.number("fork")).blames("fork-_exit");
    }

    @Test
    void pipeThatIsNoneCostsTheReportOnly() {
        FinishedScenario run = Scenario.of(jdk, ForkMain.class, directory)
                .options("pipe=" + directory.resolve("no-pipe"))
                .arguments("_exit")
                .runWell();
        assertEquals(1, run.agentLines().size(), () -> run.err().toString());
    }
}
