package org.forkwitness.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How to run a scenario: immutable; each method gives a changed copy. */
public final class Scenario {
    private final Jdk jdk;
    private final Class<?> main;
    private final Reports reports;
    private final boolean agent;
    private final List<String> options;
    private final List<String> jvm;
    private final List<String> arguments;
    private final Map<String, String> environment;

    private Scenario(
            Jdk jdk,
            Class<?> main,
            Reports reports,
            boolean agent,
            List<String> options,
            List<String> jvm,
            List<String> arguments,
            Map<String, String> environment) {
        this.jdk = jdk;
        this.main = main;
        this.reports = reports;
        this.agent = agent;
        this.options = List.copyOf(options);
        this.jvm = List.copyOf(jvm);
        this.arguments = List.copyOf(arguments);
        this.environment = Map.copyOf(environment);
    }

    /**
     * Runs a class with the agent, which writes to a directory.
     *
     * @param directory what it holds besides is the test's
     */
    public static Scenario of(Jdk jdk, Class<?> main, Path directory) {
        Reports reports = new Reports(directory.resolve("reports"));
        return new Scenario(jdk, main, reports, true, List.of(), List.of(), List.of(), Map.of());
    }

    /** With more agent options, {@code name=value}. */
    public Scenario options(String... more) {
        return new Scenario(jdk, main, reports, agent, plus(options, more), jvm, arguments, environment);
    }

    /** With more options of the JVM. */
    public Scenario jvm(String... more) {
        return new Scenario(jdk, main, reports, agent, options, plus(jvm, more), arguments, environment);
    }

    /** With more arguments for main. */
    public Scenario arguments(String... more) {
        return new Scenario(jdk, main, reports, agent, options, jvm, plus(arguments, more), environment);
    }

    /** With a variable in its environment. */
    public Scenario environment(String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return new Scenario(jdk, main, reports, agent, options, jvm, arguments, more);
    }

    /** Without {@code -agentpath}: to attach later, or to load the agent in another way. */
    public Scenario withoutAgent() {
        return new Scenario(jdk, main, reports, false, options, jvm, arguments, environment);
    }

    private static List<String> plus(List<String> list, String... more) {
        List<String> longer = new ArrayList<>(list);
        longer.addAll(Arrays.asList(more));
        return longer;
    }

    /** The agent's option string. */
    public String optionString() {
        return String.join(",", plus(List.of("reports=" + reports.directory()), options.toArray(String[]::new)));
    }

    /** {@code -agentpath:...=...} */
    public String agentPath() {
        return "-agentpath:" + Installation.agent() + "=" + optionString();
    }

    /** Starts it. */
    public RunningScenario start() {
        List<String> command = new ArrayList<>(List.of(jdk.program("java")));
        if (agent) {
            command.add(agentPath());
        }
        command.addAll(jvm);
        command.add("-Dforkwitness.scenarios=" + Installation.scenarioLibraries());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        builder.environment().putAll(environment);
        try {
            return new RunningScenario(builder.start(), jdk, reports);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it to its end, with nothing on its standard input. */
    public FinishedScenario run() {
        RunningScenario running = start();
        running.endInput();
        return running.finish();
    }

    /** Runs it to its end, which must be that of a program without errors, and waits for the final report. */
    public FinishedScenario runWell() {
        return run().assertExit(0);
    }
}
