package org.forkwitness.junit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportException;
import org.forkwitness.report.ReportReader;
import org.forkwitness.report.Site;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCheck;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test when a JVM that it started forks worse than it may, with the report's sentence as the message.
 *
 * <pre>{@code
 * @RegisterExtension
 * ForkCheck forks = ForkCheck.failOn(Verdict.UNSAFE).agent(Path.of("/opt/forkwitness/lib/libforkwitness.so"));
 *
 * @Test
 * void rendersAPage() throws Exception {
 *     Process server = forks.watch(new ProcessBuilder("java", "-jar", "server.jar")).start();
 *     ...
 * }
 * }</pre>
 *
 * <p>The JVMs must have ended when the test does: their last reports are waited for. A field of the test class that is not
 * static: each test has a directory of its own.
 */
public final class ForkCheck implements BeforeEachCallback, AfterEachCallback {
    private static final Pattern FILE = Pattern.compile("(forkwitness-\\d+-\\d+)\\.(json|log|spool)");
    private static final long LOOK_EVERY_MS = 50;
    /** A collector that is killed leaves its log behind. */
    private static final Duration REST = Duration.ofSeconds(5);

    private final Verdict limit;
    private Path agent;
    private String options = "";
    private Duration patience = Duration.ofSeconds(30);
    private Path parent;
    private Path directory;

    private ForkCheck(Verdict limit) {
        this.limit = limit;
    }

    /** A check that fails at this verdict and those that are worse: {@code LATENT}, {@code UNSAFE} or {@code DEADLOCKED}. */
    public static ForkCheck failOn(Verdict verdict) {
        if (!VerdictCheck.FINDINGS.contains(verdict)) {
            throw new IllegalArgumentException(verdict.text() + " is no limit");
        }
        return new ForkCheck(verdict);
    }

    /** Where the agent is, {@code libforkwitness.so} with {@code forkwitness.jar} beside it. */
    public ForkCheck agent(Path library) {
        agent = library;
        return this;
    }

    /** More options of the agent, {@code name=value,...}: {@code suppress=} for what is known, say. */
    public ForkCheck options(String more) {
        options = more;
        return this;
    }

    /** Where each test's report directory is made, and stays where the test fails; for temporary files if nothing is said. */
    public ForkCheck under(Path existing) {
        parent = existing;
        return this;
    }

    /** How long the last reports are waited for after the test; 30 s where nothing is said. */
    public ForkCheck patience(Duration longest) {
        patience = longest;
        return this;
    }

    /** The running test's report directory. Any user may write there, also one of a container. */
    public Path reports() {
        return directory;
    }

    /** The option by which a JVM on this machine loads the agent. */
    public String jvmOption() {
        if (agent == null) {
            throw new IllegalStateException("agent(...) says where libforkwitness.so is");
        }
        return jvmOption(agent.toAbsolutePath().toString(), directory.toString());
    }

    /** The same for a JVM in a container, which has the agent and {@link #reports()} at these paths. */
    public String jvmOption(String library, String reports) {
        return "-agentpath:" + library + "=reports=" + reports + (options.isEmpty() ? "" : "," + options);
    }

    /** Has the JVMs that a command starts watched, by JAVA_TOOL_OPTIONS, beside what that says already. */
    public ProcessBuilder watch(ProcessBuilder builder) {
        builder.environment().merge("JAVA_TOOL_OPTIONS", jvmOption(), (before, option) -> before + " " + option);
        return builder;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        directory = parent == null
                ? Files.createTempDirectory("forkwitness")
                : Files.createTempDirectory(parent, "forkwitness");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException, InterruptedException, ReportException {
        awaitReports();
        awaitCollectors();
        List<String> findings = new ArrayList<>();
        List<Path> reports = files("json");
        if (reports.isEmpty()) {
            throw new AssertionError("no report came to " + directory
                    + (files("spool").isEmpty()
                            ? ": was the JVM started with jvmOption()?"
                            : ": no collector could run"));
        }
        for (Path file : reports) {
            Report report = ReportReader.read(file);
            VerdictCheck.of(report, limit).sites().forEach(match -> findings.add(finding(match)));
        }
        if (!findings.isEmpty()) {
            throw new AssertionError(String.join("\n", findings) + "\nall of it: forkwitness report " + directory);
        }
        remove();
    }

    private static String finding(VerdictCheck.Match match) {
        Site site = match.site();
        String times = match.count() == 1 ? "" : " (" + match.count() + " times)";
        return match.verdict().text() + times + ": " + site.reason()
                + (site.advice() == null ? "" : "\n  instead: " + site.advice());
    }

    /** The agent makes a log at its start, and the collector the report, which says at last that the JVM has ended. */
    private void awaitReports() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        List<String> missing = unfinished();
        while (!missing.isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(LOOK_EVERY_MS);
            missing = unfinished();
        }
        if (!missing.isEmpty()) {
            throw new AssertionError("no last report of " + missing + " in " + directory + " after "
                    + patience.toSeconds() + " s: has the JVM ended?");
        }
    }

    /** The last that a collector does in the directory is to remove its log, unless somebody is to read that. */
    private void awaitCollectors() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + REST.toNanos();
        while (hasEmptyLog() && System.nanoTime() < deadline) {
            Thread.sleep(LOOK_EVERY_MS);
        }
    }

    private boolean hasEmptyLog() throws IOException {
        boolean empty = false;
        for (Path log : files("log")) {
            try {
                empty |= Files.size(log) == 0;
            } catch (NoSuchFileException removedJustNow) {
                // It is not there any more.
            }
        }
        return empty;
    }

    private List<String> unfinished() throws IOException {
        List<String> missing = new ArrayList<>();
        for (String stem : stems()) {
            Path json = directory.resolve(stem + ".json");
            if (!Files.exists(directory.resolve(stem + ".spool")) && !finished(json)) {
                missing.add(stem);
            }
        }
        return missing;
    }

    private static boolean finished(Path json) {
        try {
            return Files.exists(json) && ReportReader.read(json).process().end() != ProcessEnd.RUNNING;
        } catch (ReportException e) {
            throw new IllegalStateException("reports are replaced as a whole", e);
        }
    }

    private TreeSet<String> stems() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> FILE.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .map(name -> name.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private List<Path> files(String ending) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String stem : stems()) {
            Path file = directory.resolve(stem + "." + ending);
            if (Files.exists(file)) {
                found.add(file);
            }
        }
        return found;
    }

    private void remove() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory);
    }
}
