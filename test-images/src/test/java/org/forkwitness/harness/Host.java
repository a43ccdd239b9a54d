package org.forkwitness.harness;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A program that was not written for the JVM, with one in its process: how to run it. Children that hang are found soon.
 * Immutable; each method gives a changed copy.
 */
public final class Host {
    /** In an argument or a variable's value: the agent, as an option of the JVM. */
    public static final String AGENT = "{agent}";

    private final Jdk jdk;
    private final Reports reports;
    private final List<String> command;
    private final Map<String, String> environment;

    private Host(Jdk jdk, Reports reports, List<String> command, Map<String, String> environment) {
        this.jdk = jdk;
        this.reports = reports;
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
    }

    /**
     * Runs a program with this JVM.
     *
     * @param directory what it holds besides the reports is the test's
     * @param program its absolute path, and arguments
     */
    public static Host of(Jdk jdk, Path directory, String... program) {
        assertTrue(Files.isExecutable(Path.of(program[0])), () -> program[0] + " is missing: bin/test installs it");
        return new Host(jdk, new Reports(directory.resolve("reports")), List.of(program), Map.of());
    }

    /** With more arguments. */
    public Host arguments(String... more) {
        List<String> longer = new ArrayList<>(command);
        longer.addAll(Arrays.asList(more));
        return new Host(jdk, reports, longer, environment);
    }

    /** With a variable in its environment. */
    public Host environment(String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return new Host(jdk, reports, command, more);
    }

    private String filled(String text) {
        return text.replace(
                AGENT, "-agentpath:" + Installation.agent() + "=hang-after=300ms,reports=" + reports.directory());
    }

    /** Starts it. */
    public RunningScenario start() {
        ProcessBuilder builder =
                new ProcessBuilder(command.stream().map(this::filled).toList());
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        builder.environment().put("JAVA_HOME", jdk.home().toString());
        environment.forEach((name, value) -> builder.environment().put(name, filled(value)));
        try {
            return new RunningScenario(builder.start(), jdk, reports);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it to its end, which must be that of a program without errors, with nothing on its standard input. */
    public FinishedScenario run() {
        RunningScenario running = start();
        running.endInput();
        return running.finish().assertExit(0);
    }

    /**
     * Runs it until the report says that the child, which it names on its standard output, is deadlocked; then a line on
     * its standard input tells it so.
     */
    public FinishedScenario hangs() {
        try (RunningScenario running = start()) {
            running.reports().awaitDeadlock(running.awaitNumber("child"));
            running.send("seen");
            return running.finish().assertExit(0);
        }
    }
}
