package org.forkwitness.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.forkwitness.collect.CollectException;
import org.forkwitness.collect.Collector;
import org.forkwitness.collect.Source;

/**
 * The work of {@code forkwitness collect}.
 *
 * @param stream where the stream comes from, as on the command line
 * @param reports report directory
 * @param jvmPid process to watch
 * @param suppress rule file that holds instead of the one in the agent's options
 */
record Collecting(String stream, Path reports, OptionalInt jvmPid, Optional<Path> suppress) {
    /** How long children may hold the pipe after the end of the watched process. */
    private static final long LINGER_MS = 2000;

    /**
     * What the agent asks for, where these are its very words (agent-c, watch/collector.c): the small collector is spared
     * the library that reads the command lines of people.
     */
    static Optional<Collecting> forAgent(String... args) {
        boolean agent = args.length == 6
                && args[0].equals("collect")
                && args[1].equals("--jvm-pid")
                && args[2].matches("[1-9]\\d{0,8}")
                && args[3].equals("--reports")
                && args[5].equals("-");
        return agent
                ? Optional.of(new Collecting(
                        args[5], Path.of(args[4]), OptionalInt.of(Integer.parseInt(args[2])), Optional.empty()))
                : Optional.empty();
    }

    /** Collects to the end; returns the exit status. */
    int run(PrintWriter out, PrintWriter err) throws InterruptedException {
        try {
            Source source = stream.equals("-") ? Source.standardInput(System.in) : Source.of(Path.of(stream));
            Collector collector = new Collector(source, reports, jvmPid, LINGER_MS);
            suppress.ifPresent(collector::suppress);
            Path report = collector.run();
            if (source.spool()) {
                out.println(report);
                out.flush();
            }
            return ExitStatus.OK;
        } catch (CollectException e) {
            err.println("forkwitness collect: " + e.getMessage());
            err.flush();
            return ExitStatus.UNUSABLE;
        }
    }
}
