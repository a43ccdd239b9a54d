package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.Collectors;
import org.forkwitness.harness.Command;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Reports;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.harness.Scenario;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Report;
import org.forkwitness.report.ThreadKind;
import org.forkwitness.scenarios.AttachMain;
import org.forkwitness.scenarios.ForkMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** The collector is missing, not wanted, or dies. */
@EveryJdk
class CollectorTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private Scenario scenario() {
        return Scenario.of(jdk, ForkMain.class, directory).arguments("exec", "_exit", "nested", "posix_spawn");
    }

    private static final int FORKS = 5;

    private Report collect(FinishedScenario run) {
        Path to = directory.resolve("collected");
        Command.forkwitness(jdk, "collect", "--reports", to, run.reports().spool())
                .assertExit(0);
        return new Reports(to).awaitFinal();
    }

    /** What must not depend on the way that the stream took. */
    private static String essence(Report report) {
        StringBuilder text = new StringBuilder();
        report.sites()
                .forEach(s -> text.append(s.call() + " " + s.verdict() + " " + s.count() + " " + s.blame() + "\n"));
        report.sites().forEach(s -> text.append(withoutAddresses(s.stack()) + "\n"));
        for (Fork f : report.forks()) {
            text.append(f.id() + " " + f.site() + " " + f.call() + " " + f.verdict() + " " + f.parentFork());
            text.append(" " + f.reasons().stream().map(Reason::code).toList());
            text.append(
                    f.child() == null
                            ? "\n"
                            : " " + f.child().outcome() + f.child().exec()
                                    + f.child().status() + "\n");
        }
        return text.toString();
    }

    private static String withoutAddresses(List<Frame> stack) {
        return stack.stream()
                .filter(f -> f.module() != null || f.className() != null)
                .toList()
                .toString();
    }

    @Test
    void noneGivesASpoolWithTheSameReport() {
        FinishedScenario run = scenario().options("collector=none").runWell();
        assertEquals(List.of(), run.agentLines());
        assertEquals(List.of(), run.reports().files("json"));
        Report collected = collect(run);
        Expect.complete(collected, FORKS);
        assertEquals(ProcessEnd.EXITED, collected.process().end());
        assertEquals(run.pid(), collected.process().pid());
        Report piped = Scenario.of(jdk, ForkMain.class, directory.resolve("piped"))
                .arguments("exec", "_exit", "nested", "posix_spawn")
                .runWell()
                .report();
        assertEquals(essence(piped), essence(collected));
        assertEquals(names(piped), names(collected));
    }

    private static List<String> names(Report report) {
        return report.threads().stream()
                .filter(t -> t.kind() == ThreadKind.JAVA && t.createdBy() != null)
                .map(t -> t.name() + " " + t.createdFrom())
                .sorted()
                .toList();
    }

    @Test
    void missingJarIsOneLineAndASpool() {
        Path nowhere = directory.resolve("nowhere.jar");
        FinishedScenario run = scenario().options("collector=" + nowhere).runWell();
        assertEquals(1, run.agentLines().size(), () -> run.err().toString());
        String line = run.agentLines().get(0);
        assertTrue(line.contains(run.reports().spool().toString()), line);
        assertTrue(line.contains("collector"), line);
        Expect.complete(collect(run), FORKS);
    }

    @Test
    void missingJavaIsOneLineAndASpool() {
        FinishedScenario run =
                scenario().options("java=" + directory.resolve("no-java")).runWell();
        assertEquals(1, run.agentLines().size(), () -> run.err().toString());
        Expect.complete(collect(run), FORKS);
    }

    @Test
    void deathOfTheCollectorLeavesTheJvmUnharmed() {
        RunningScenario running = Scenario.of(jdk, AttachMain.class, directory).start();
        running.awaitOut("ready true", 1);
        Collectors.kill(running.awaitCollector());
        running.awaitErr("forkwitness collect ");
        running.ask("fork");
        running.ask("prefetched");
        running.endInput();
        FinishedScenario run = running.finish().assertExit(0);
        assertEquals(1, run.agentLines().size(), () -> run.err().toString());
        Report collected = collect(run);
        Expect.child(collected, run.number("fork")).blames("fork-_exit");
        Expect.child(collected, run.number("prefetched"))
                .blames("prefetched-fork")
                .calledFrom("java-prefetched");
    }

    @Test
    void liveReportIsThereWhileTheJvmRuns() {
        RunningScenario running = Scenario.of(jdk, AttachMain.class, directory).start();
        running.awaitOut("ready true", 1);
        Path latest = running.reports().directory().resolve("latest.json");
        Report live = running.reports().await(report -> report.summary().forks() == 2 && Files.isSymbolicLink(latest));
        assertEquals(ProcessEnd.RUNNING, live.process().end());
        assertNull(live.process().endedAt());
        running.endInput();
        assertEquals(
                ProcessEnd.EXITED,
                running.finish().assertExit(0).report().process().end());
    }

    /** In the locale of most containers. A shell names the directory, as the tests' own Java may not be able to. */
    @Test
    void reportsInADirectoryThatIsNotAscii() {
        String script = """
                export LC_ALL=C
                directory="$1/$(printf 'r\\303\\274')"
                "$2" "-agentpath:$3=reports=$directory" -Dforkwitness.scenarios="$4" -cp "$5" "$6" exec || exit 3
                tries=600
                until grep -q '"end" *: *"exited"' "$directory/latest.json"; do
                    tries=$((tries - 1))
                    [ $tries -gt 0 ] || exit 5
                    sleep 0.1
                done
                "$7" check --fail-on unsafe "$directory" || exit 4
                mv "$directory" "$1/reports"
                """;
        Command.run(List.of(
                        "sh",
                        "-c",
                        script,
                        "sh",
                        directory.toString(),
                        jdk.program("java"),
                        Installation.agent().toString(),
                        Installation.scenarioLibraries().toString(),
                        System.getProperty("java.class.path"),
                        ForkMain.class.getName(),
                        Installation.command().toString()))
                .assertExit(0);
        assertEquals(
                1,
                new Reports(directory.resolve("reports")).awaitFinal().summary().forks());
    }
}
