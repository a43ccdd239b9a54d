package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Host;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.RunningScenario;
import org.forkwitness.report.Call;
import org.forkwitness.report.ProcessEnd;
import org.forkwitness.report.Report;
import org.forkwitness.report.Verdict;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * uWSGI with its JVM plugin, in the JVM that Debian has built it for. Its workers are forked before each of them makes a
 * JVM: those forks are nobody's concern, and each worker has a report of its own.
 */
class UwsgiTest {
    private static final int WORKERS = 2;
    private static final Pattern WORKER = Pattern.compile("initialized at .* pid: (\\d+)\\)");
    private static final Pattern ADDRESS = Pattern.compile("bound to TCP address (\\S+)");

    @TempDir
    Path directory;

    private RunningScenario uwsgi;
    private String address;

    @BeforeEach
    void compile() {
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "--release",
                        "17",
                        "-d",
                        directory.toString(),
                        Installation.hosts().resolve("uwsgi/Answer.java").toString());
        assertEquals(0, failed);
    }

    @AfterEach
    void close() {
        uwsgi.close();
    }

    private void start(String... more) {
        Host host = Host.of(Jdk.all().get(0), directory, "/usr/bin/uwsgi-core")
                .arguments("--plugins-dir", "/usr/lib/uwsgi/plugins", "--plugin", "jvm_openjdk17,jwsgi_openjdk17")
                .arguments("--master", "--die-on-term", "--workers", Integer.toString(WORKERS))
                .arguments("--http-socket", "127.0.0.1:0", "--http-socket-modifier1", "8")
                .arguments("--jvm-classpath", directory.toString(), "--jvm-classpath", "/usr/share/java/uwsgi.jar")
                .arguments("--jwsgi", "Answer:application", "--jvm-opt", Host.AGENT)
                .arguments(more);
        uwsgi = host.start();
        Matcher bound = ADDRESS.matcher(uwsgi.awaitErr("bound to TCP address"));
        assertTrue(bound.find());
        address = bound.group(1);
        for (int worker = 1; worker <= WORKERS; worker++) {
            uwsgi.awaitErr("initialized at", worker);
        }
    }

    /** Asks for a path: the process that gave the answer, which is this one. */
    private long ask(String path, String expected) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://" + address + path)).build();
        String[] answer = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body()
                .strip()
                .split(" ");
        assertEquals(List.of(expected), List.of(answer).subList(0, 1));
        return Long.parseLong(answer[1]);
    }

    private Report stop(long worker) {
        uwsgi.terminate();
        FinishedScenario run = uwsgi.finish().assertExit(0);
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

    /** A child of the master is the JVM's own process: nothing is lost in it. */
    @Test
    void garbageCollectionInAPreforkedWorker() throws Exception {
        start();
        Expect.complete(stop(ask("/gc", "collected")), 0);
    }

    @Test
    void programOfAWorker() throws Exception {
        start();
        Expect fork = Expect.onlyFork(stop(ask("/run", "ran"))).call(Call.POSIX_SPAWN);
        assertEquals(Verdict.SAFE, fork.fork().verdict());
        fork.blames("uwsgi-run");
    }

    @Test
    void programOfAWorkerByFork() throws Exception {
        start("--jvm-opt", "-Djdk.lang.Process.launchMechanism=FORK");
        Expect fork = Expect.onlyFork(stop(ask("/run", "ran"))).call(Call.FORK);
        fork.latent("opendir").blames("uwsgi-run");
        assertTrue(fork.site().advice().contains("POSIX_SPAWN"), fork.site().advice());
    }
}
