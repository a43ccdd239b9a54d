package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.Command;
import org.forkwitness.harness.Expect;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.AttachMain;
import org.forkwitness.scenarios.EatMemoryMain;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The collector in a container of its own, behind a named pipe on a volume that both have. */
@InContainers
class SideCarTest {
    private static final String PIPE = App.VOLUME + "/pipe";

    private final Image image = Image.any();

    @TempDir
    Path volume;

    @BeforeEach
    void makePipe() {
        Command.run(List.of("mkfifo", "-m", "666", volume.resolve("pipe").toString()))
                .assertExit(0);
    }

    private RunningApp startApp(String... options) {
        return App.of(image, volume)
                .options("pipe=" + PIPE)
                .options(options)
                .withInput()
                .scenario(AttachMain.class)
                .start();
    }

    private RunningApp startSideCar() {
        return App.of(image, volume)
                .command("/opt/forkwitness/bin/forkwitness", "collect", "--reports", App.VOLUME + "/reports", PIPE)
                .start();
    }

    private static void forksSeen(RunningApp app, RunningApp sideCar, long forks) {
        sideCar.reports().await(r -> r.summary().forks() == forks);
        assertEquals(List.of(), app.agentLines());
    }

    private static Report end(RunningApp app, RunningApp sideCar) {
        app.endInput();
        app.awaitExit(0);
        sideCar.awaitExit(0);
        assertEquals(List.of(), app.agentLines());
        return sideCar.reports().awaitFinal();
    }

    @Test
    void isThereBefore() {
        try (RunningApp sideCar = startSideCar();
                RunningApp app = startApp()) {
            forksSeen(app, sideCar, 2);
            app.ask("fork");
            Report report = end(app, sideCar);
            Expect.complete(report, 3);
            assertEquals(ProcessEnd.EXITED, report.process().end());
            Expect.child(report, app.number("fork")).blames("fork-_exit");
        }
    }

    @Test
    void startsLate() {
        try (RunningApp app = startApp()) {
            app.awaitOut("ready true");
            app.ask("fork");
            try (RunningApp sideCar = startSideCar()) {
                forksSeen(app, sideCar, 3);
                app.ask("prefetched");
                Report report = end(app, sideCar);
                Expect.complete(report, 4);
                Expect.child(report, app.number("fork")).blames("fork-_exit");
            }
        }
    }

    /** The JVM's end waits for somebody who takes what is in the pipe. */
    @Test
    void startsWhenTheJvmHasNothingMoreToDo() {
        try (RunningApp app = startApp("exit-wait=60s")) {
            app.awaitOut("ready true");
            app.endInput();
            try (RunningApp sideCar = startSideCar()) {
                app.awaitExit(0);
                sideCar.awaitExit(0);
                assertEquals(List.of(), app.agentLines());
                Expect.complete(sideCar.reports().awaitFinal(), 2);
            }
        }
    }

    /** The second one knows what was alive, and says that it is not the first. */
    @Test
    void restartsInMidStream() {
        try (RunningApp app = startApp()) {
            app.awaitOut("ready true");
            try (RunningApp first = startSideCar()) {
                forksSeen(app, first, 2);
                first.kill();
            }
            app.ask("fork");
            try (RunningApp second = startSideCar()) {
                second.reports()
                        .await(r -> r.forks().stream()
                                .anyMatch(f -> Long.valueOf(app.number("fork"))
                                        .equals(
                                                f.child() == null
                                                        ? null
                                                        : f.child().pid())));
                app.ask("prefetched");
                Report report = end(app, second);
                assertEquals(ProcessEnd.EXITED, report.process().end());
                assertEquals(1, report.process().pid());
                Expect.child(report, app.number("fork")).blames("fork-_exit");
                Expect.child(report, app.number("prefetched"))
                        .blames("prefetched-fork")
                        .calledFrom("java-prefetched");
                assertTrue(report.summary().lost().records() > 0, report::toString);
                assertTrue(
                        report.notes().stream().anyMatch(n -> n.contains("an earlier collector")),
                        report.notes()::toString);
            }
        }
    }

    @Test
    void isNeverStarted() {
        try (RunningApp app = startApp("exit-wait=100ms")) {
            app.awaitOut("ready true");
            app.ask("fork");
            app.ask("prefetched");
            app.endInput();
            app.awaitExit(0);
            assertEquals(1, app.agentLines().size(), app.err()::toString);
            assertTrue(app.agentLines().get(0).contains("nobody reads the named pipe " + PIPE), app.err()::toString);
        }
    }

    /** It outlives the container that it watches, whose end takes a collector along that is in there. */
    @Test
    void tellsOfAContainerThatWasKilled() {
        try (RunningApp sideCar = startSideCar();
                RunningApp app = App.of(image, volume)
                        .options("pipe=" + PIPE)
                        .jvm("-Xmx4g")
                        .withInput()
                        .scenario(EatMemoryMain.class)
                        .start()) {
            app.awaitOut("forked ");
            sideCar.reports().await(r -> r.summary().forks() == 1);
            app.send("eat");
            app.awaitExit(128 + 9);
            sideCar.awaitExit(0);
            Report report = sideCar.reports().await(r -> r.process().end() == ProcessEnd.LOST);
            assertEquals(1, report.summary().forks());
            Expect.child(report, app.number("forked")).blames("fork-_exit");
        }
    }
}
