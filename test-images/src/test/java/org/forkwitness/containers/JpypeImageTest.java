package org.forkwitness.containers;

import java.nio.file.Path;
import org.forkwitness.harness.Host;
import org.forkwitness.hosts.JpypeReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CPython with JPype as the first process of a container, and the agent in the image's environment. */
@InContainers
class JpypeImageTest {
    @TempDir
    Path volume;

    private App app(String task) {
        return App.of(new Image("jpype"), volume)
                .options("hang-after=300ms", "exit-wait=60s")
                .environment("JAVA_TOOL_OPTIONS", Host.AGENT)
                .command("/usr/bin/python3", "/app/hosts/python/jpype_host.py", "-Xint", task);
    }

    @Test
    void lockOfAnotherThread() {
        JpypeReport.lock(app("lock").hangs());
    }

    @Test
    void lockThatTheChildDoesNotWant() {
        JpypeReport.lockThatTheChildDoesNotWant(app("lock-unwanted").run());
    }

    @Test
    void processOfMultiprocessing() {
        JpypeReport.processOfMultiprocessing(app("process").run());
    }

    @Test
    void subprocess() {
        JpypeReport.programs(app("run").run());
    }
}
