package org.forkwitness.hosts;

import java.nio.file.Path;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.Host;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Jdk;

/** The program {@code jpype_host.py}: how to run it. */
final class Jpype {
    private final Jdk jdk;
    private final Path directory;

    Jpype(Jdk jdk, Path directory) {
        this.jdk = jdk;
        this.directory = directory;
    }

    Host host(String task) {
        // Debian's: other Pythons on this machine lack its packages.
        return Host.of(jdk, directory, "/usr/bin/python3")
                .arguments(Installation.hosts().resolve("python/jpype_host.py").toString(), Host.AGENT, task);
    }

    /** The child of a task that ends by itself. */
    Expect ended(String task, String mark) {
        return JpypeReport.ended(host(task).run(), mark);
    }

    /** The child of a task that has to be killed. */
    Expect hung(String task, String mark) {
        return JpypeReport.hung(host(task).hangs(), mark);
    }
}
