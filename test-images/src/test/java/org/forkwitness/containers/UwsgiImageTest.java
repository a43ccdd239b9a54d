package org.forkwitness.containers;

import java.nio.file.Path;
import java.util.function.ObjLongConsumer;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.hosts.LoadedAllocator;
import org.forkwitness.hosts.Uwsgi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** uWSGI with its JVM plugin: the master is the container's first process, and its preforked workers have JVMs. */
@InContainers
class UwsgiImageTest {
    @TempDir
    Path volume;

    private void asks(String path, String expected, ObjLongConsumer<FinishedScenario> check, String... more) {
        Uwsgi.compile(volume);
        App app = App.of(new Image("uwsgi"), volume).options("exit-wait=60s").command(Uwsgi.command(App.VOLUME, more));
        try (RunningApp uwsgi = app.start()) {
            Uwsgi.awaitWorkers(uwsgi::awaitErr);
            long worker = Uwsgi.ask(volume, path, expected);
            uwsgi.stop(ContainerOutput.PATIENCE_S);
            check.accept(uwsgi.finish(), worker);
        }
    }

    @Test
    void garbageCollectionInAPreforkedWorker() {
        asks("/gc", "collected", Uwsgi::collectedGarbage);
    }

    @Test
    void programOfAWorker() {
        asks("/run", "ran", Uwsgi::startedProgram);
    }

    @Test
    void programOfAWorkerByFork() {
        asks("/run", "ran", Uwsgi::startedProgramByFork, "--jvm-opt", LoadedAllocator.FORK_MODE);
    }
}
