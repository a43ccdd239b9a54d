package org.forkwitness.containers;

import java.nio.file.Path;
import org.forkwitness.harness.Host;
import org.forkwitness.hosts.RjavaReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R with rJava as the first process of a container. */
@InContainers
class RjavaImageTest {
    @TempDir
    Path volume;

    /** R makes a temporary directory. */
    private App app(String task) {
        return App.of(new Image("r"), volume)
                .options("hang-after=300ms", "exit-wait=60s")
                .environment("TMPDIR", App.VOLUME)
                .command("/usr/bin/Rscript", "/app/hosts/r/rjava_host.R", Host.AGENT, task);
    }

    @Test
    void mclapply() {
        RjavaReport.mclapply(app("mclapply").run());
    }

    @Test
    void jobThatCollectsGarbage() {
        RjavaReport.jobThatCollectsGarbage(app("gc").hangs());
    }

    @Test
    void command() {
        RjavaReport.commands(app("system").run());
    }
}
