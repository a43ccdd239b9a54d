package org.forkwitness.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.forkwitness.report.Outcome;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.PlayMain;

/**
 * What happens in a play, step by step: which threads hold what, and which children are forked meanwhile. Immutable;
 * each method gives a longer one. Roles and ways to fork are those of the native files of the scenarios.
 */
public final class PlayScript {
    private static final int SIGKILL = 9;

    private final Scenario scenario;
    private final List<String> steps;

    private PlayScript(Scenario scenario, List<String> steps) {
        this.scenario = scenario;
        this.steps = List.copyOf(steps);
    }

    /** Children that hang are found soon. */
    public static PlayScript of(Jdk jdk, Path directory) {
        Scenario scenario = Scenario.of(jdk, PlayMain.class, directory)
                .options("hang-after=300ms")
                .environment("SCENARIO_DIRECTORY", directory.toString());
        return new PlayScript(scenario, List.of());
    }

    private PlayScript then(String... more) {
        List<String> longer = new ArrayList<>(steps);
        longer.addAll(Arrays.asList(more));
        return new PlayScript(scenario, longer);
    }

    /** With more options of the JVM. */
    public PlayScript jvm(String... more) {
        return new PlayScript(scenario.jvm(more), steps);
    }

    /** With more agent options. */
    public PlayScript options(String... more) {
        return new PlayScript(scenario.options(more), steps);
    }

    /** Without the agent: there will be no report. */
    public PlayScript withoutAgent() {
        return new PlayScript(scenario.withoutAgent(), steps);
    }

    /** With a variable in the environment. */
    public PlayScript environment(String name, String value) {
        return new PlayScript(scenario.environment(name, value), steps);
    }

    /** With a library of the scenarios preloaded. */
    public PlayScript preload(String name) {
        Path library = Installation.scenarioLibraries().resolve("lib" + name + ".so");
        return environment("LD_PRELOAD", library.toString());
    }

    /** A Java thread takes or enters something, and stays there. */
    public PlayScript javaThread(String name, String role) {
        return then("java:" + name + ":" + role);
    }

    /** A thread that the JVM does not know takes or enters something, and stays there. */
    public PlayScript nativeThread(String name, String role) {
        return then("native:" + name + ":" + role);
    }

    /** A Java thread enters a monitor, and stays in it. */
    public PlayScript monitor(String name) {
        return then("monitor:" + name);
    }

    /** A thread gives back what it has, and ends. */
    public PlayScript release(String name) {
        return then("release:" + name);
    }

    /** The forking thread itself acts. */
    public PlayScript act(String role) {
        return then("act:" + role);
    }

    /** fork(2), and what the child does. */
    public PlayScript fork(String role) {
        return fork("fork", role);
    }

    /** Another way to fork, and what the child does. */
    public PlayScript fork(String way, String role) {
        return then("fork:" + way + ":" + role);
    }

    /** Several children that do the same. */
    public PlayScript forks(int count, String role) {
        return then(Collections.nCopies(count, "fork:fork:" + role).toArray(String[]::new));
    }

    /** The child returns into Java, and leaves from there with status 7. */
    public PlayScript forkAndReturn() {
        return then("return");
    }

    /** Waits until so many children have said that they are ready. */
    public PlayScript ready(int children) {
        return then(Collections.nCopies(children, "ready").toArray(String[]::new));
    }

    /** Lets so many children go on that wait for it. */
    public PlayScript go(int children) {
        return then(Collections.nCopies(children, "go").toArray(String[]::new));
    }

    /** Waits until the test says so: {@link RunningScenario#send} of any line. */
    public PlayScript pause() {
        return then("line");
    }

    /** Sends a signal to the last child. */
    public PlayScript signal(int number) {
        return then("signal:" + number);
    }

    /** SIGKILL for the last child, whose end is waited for. */
    public PlayScript kill() {
        return signal(SIGKILL).reap();
    }

    /** Waits for the ends of all children. */
    public PlayScript reap() {
        return then("reap");
    }

    /** Starts it. */
    public RunningScenario start() {
        return scenario.arguments(steps.toArray(String[]::new)).start();
    }

    /** Runs it to its end: all children end by themselves. */
    public FinishedScenario run() {
        return scenario.arguments(steps.toArray(String[]::new)).runWell();
    }

    /** Runs it to its end: what the report says of its only fork, the child of which has ended by itself. */
    public Expect ends() {
        FinishedScenario run = run();
        return Expect.onlyFork(run.report()).pid(run.number("child")).inProcess(run.pid());
    }

    /** Runs it to its end, which must be that of a program without errors. */
    public void runWithoutReport() {
        run();
    }

    /** The agent refuses its options, and one line of it names this option. */
    public void failsToStart(String option) {
        FinishedScenario run = scenario.arguments(steps.toArray(String[]::new)).run();
        assertNotEquals(0, run.exitCode());
        assertTrue(run.agentLines().stream().anyMatch(line -> line.contains("'" + option + "'")), run.err()::toString);
    }

    /**
     * Runs it until the report says that the child, the only one, is deadlocked; then the child is killed, and the main
     * thread acts some more roles before the threads are released.
     *
     * @return what the report says at the end, which is what it said while the child hung
     */
    public Expect hangs(String... after) {
        PlayScript script = pause().kill();
        for (String role : after) {
            script = script.act(role);
        }
        try (RunningScenario running = script.start()) {
            long pid = running.awaitNumber("child");
            Report live = running.reports().awaitDeadlock(pid);
            running.send("seen");
            FinishedScenario run = running.finish().assertExit(0);
            assertEquals(SIGKILL, run.number("status"), "the child was there until it was killed");
            Expect hung = Expect.child(live, pid).child(Outcome.DEADLOCKED);
            Expect told = Expect.onlyFork(run.report()).pid(pid).inProcess(run.pid());
            assertEquals(hung.fork().verdict(), told.fork().verdict());
            assertEquals(hung.fork().child().blockedOn(), told.fork().child().blockedOn());
            return told;
        }
    }
}
