package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Host;
import org.forkwitness.harness.Installation;
import org.forkwitness.report.Call;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;

/**
 * uWSGI with the application {@code Answer}, wherever it runs: its command, its answers, and what its reports must say.
 * It listens on a socket in the directory that has the application's class.
 */
public final class Uwsgi {
    private static final int WORKERS = 2;
    private static final Pattern WORKER = Pattern.compile("initialized at .* pid: (\\d+)\\)");
    private static final String SOCKET = "http.socket";

    private Uwsgi() {}

    /** Compiles the application. */
    public static void compile(Path directory) {
        String source = Installation.hosts().resolve("uwsgi/Answer.java").toString();
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "--release", "17", "-d", directory.toString(), source);
        assertEquals(0, failed);
    }

    /** The program and its arguments, for this directory as the process sees it. */
    public static String[] command(String directory, String... more) {
        List<String> words = new ArrayList<>(List.of("/usr/bin/uwsgi-core", "--plugins-dir", "/usr/lib/uwsgi/plugins"));
        words.addAll(List.of("--plugin", "jvm_openjdk17,jwsgi_openjdk17"));
        words.addAll(List.of("--master", "--die-on-term", "--workers", Integer.toString(WORKERS)));
        words.addAll(List.of("--http-socket", directory + "/" + SOCKET, "--chmod-socket=666"));
        words.addAll(List.of("--http-socket-modifier1", "8", "--jwsgi", "Answer:application"));
        words.addAll(List.of("--jvm-classpath", directory, "--jvm-classpath", "/usr/share/java/uwsgi.jar"));
        words.addAll(List.of("--jvm-opt", Host.AGENT));
        words.addAll(Arrays.asList(more));
        return words.toArray(String[]::new);
    }

    /** Waits until each worker has its JVM; {@code awaitErr} waits for a line of the standard error with its argument. */
    public static void awaitWorkers(Consumer<String> awaitErr) {
        for (int worker = 1; worker <= WORKERS; worker++) {
            awaitErr.accept("(worker: " + worker + " pid: ");
        }
    }

    /** Asks for a path: the process that gave the answer, which is this one. */
    public static long ask(Path directory, String path, String expected) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve(SOCKET)))) {
            String request = "GET " + path + " HTTP/1.0\r\n\r\n";
            Channels.newOutputStream(channel).write(request.getBytes(StandardCharsets.UTF_8));
            String answer = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
            Matcher body = Pattern.compile("\r\n\r\n(\\S+) (\\d+)\\s*$").matcher(answer);
            assertTrue(body.find(), answer);
            assertEquals(expected, body.group(1));
            return Long.parseLong(body.group(2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Report of(FinishedScenario run, long worker) {
        Set<Long> workers = run.err().stream()
                .map(WORKER::matcher)
                .filter(Matcher::find)
                .map(matcher -> Long.valueOf(matcher.group(1)))
                .collect(Collectors.toSet());
        assertTrue(workers.contains(worker), workers::toString);
        for (long pid : workers) {
            assertEquals(
                    ProcessEnd.EXITED, run.reports().awaitFinalOf(pid).process().end());
        }
        assertEquals(WORKERS, run.reports().files("json").size(), "one for each worker, none for the master");
        return run.reports().awaitFinalOf(worker);
    }

    /** The worker was asked for "/gc". */
    public static void collectedGarbage(FinishedScenario run, long worker) {
        Expect.complete(of(run, worker), 0);
    }

    /** The worker was asked for "/run". */
    public static void startedProgram(FinishedScenario run, long worker) {
        Expect fork = Expect.onlyFork(of(run, worker)).call(Call.POSIX_SPAWN);
        assertEquals(Verdict.SAFE, fork.fork().verdict());
        fork.blames("uwsgi-run");
    }

    /** The worker was asked for "/run", in the mode FORK. */
    public static void startedProgramByFork(FinishedScenario run, long worker) {
        Expect fork = Expect.onlyFork(of(run, worker)).call(Call.FORK);
        fork.latent("opendir").blames("uwsgi-run");
        assertTrue(fork.site().advice().contains("POSIX_SPAWN"), fork.site().advice());
    }
}
