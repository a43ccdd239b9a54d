package org.forkwitness.hosts;

import java.nio.file.Path;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Host;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.RunningScenario;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * uWSGI with its JVM plugin, in the JVM that Debian has built it for. Its workers are forked before each of them makes a
 * JVM: those forks are nobody's concern, and each worker has a report of its own.
 */
class UwsgiTest {
    @TempDir
    Path directory;

    private RunningScenario uwsgi;

    @BeforeEach
    void compile() {
        Uwsgi.compile(directory);
    }

    @AfterEach
    void close() {
        uwsgi.close();
    }

    private void start(String... more) {
        uwsgi = Host.of(Jdk.all().get(0), directory, Uwsgi.command(directory.toString(), more))
                .start();
        Uwsgi.awaitWorkers(uwsgi::awaitErr);
    }

    private FinishedScenario stop() {
        uwsgi.terminate();
        return uwsgi.finish().assertExit(0);
    }

    /** A child of the master is the JVM's own process: nothing is lost in it. */
    @Test
    void garbageCollectionInAPreforkedWorker() {
        start();
        long worker = Uwsgi.ask(directory, "/gc", "collected");
        Uwsgi.collectedGarbage(stop(), worker);
    }

    @Test
    void programOfAWorker() {
        start();
        long worker = Uwsgi.ask(directory, "/run", "ran");
        Uwsgi.startedProgram(stop(), worker);
    }

    @Test
    void programOfAWorkerByFork() {
        start("--jvm-opt", LoadedAllocator.FORK_MODE);
        long worker = Uwsgi.ask(directory, "/run", "ran");
        Uwsgi.startedProgramByFork(stop(), worker);
    }
}
