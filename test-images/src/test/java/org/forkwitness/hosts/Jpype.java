package org.forkwitness.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Host;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;

/** The program {@code jpype_host.py}: how to run it, and what its forks have in common. */
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
        FinishedScenario run = host(task).run();
        return onPythonLine(Expect.child(run.report(), run.number("child")), mark);
    }

    /** The child of a task that has to be killed. */
    Expect hung(String task, String mark) {
        FinishedScenario run = host(task).hangs();
        assertEquals(-9, run.number("status"), "the child was there until it was killed");
        return onPythonLine(Expect.child(run.report(), run.number("child")), mark);
    }

    static Expect onPythonLine(Expect fork, String mark) {
        Frame blame = fork.blames(mark).site().blame();
        assertEquals(FrameKind.PYTHON, blame.kind(), blame::toString);
        assertEquals(0, fork.report().summary().lost().records());
        return fork;
    }

    static void says(Expect fork, String... parts) {
        String sentence = fork.fork().reasons().get(0).message();
        for (String part : parts) {
            assertTrue(sentence.contains(part), () -> part + " in: " + sentence);
        }
    }

    static String place(String mark) {
        SourceLine line = SourceLine.marked(mark);
        return line.file() + ":" + line.line();
    }
}
