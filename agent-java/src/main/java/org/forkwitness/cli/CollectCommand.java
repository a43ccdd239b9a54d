package org.forkwitness.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.forkwitness.report.ReportFiles;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code forkwitness collect}: makes reports from a stream. */
@Command(
        name = "collect",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Make reports from the agent's stream: a named pipe, a spool file, or - for standard input.",
            "A damaged or cut off stream gives a report of what could be read; its notes say so, and its"
                    + " summary.complete is false."
        },
        footer = {
            "",
            "Example: forkwitness collect --reports reports forkwitness-4711-1767225600000.spool",
            "",
            "Exit status: 0 report written (a damaged stream included), 2 nothing could be read, or not written"
        })
final class CollectCommand implements Callable<Integer> {
    @Option(
            names = "--reports",
            paramLabel = "DIR",
            defaultValue = ReportFiles.DEFAULT_DIRECTORY,
            description = "report directory, made where it is missing (default: ${DEFAULT-VALUE})")
    private Path reports;

    @Option(
            names = "--jvm-pid",
            paramLabel = "PID",
            description = "process to watch: its end is seen also where its children keep the pipe open")
    private Integer jvmPid;

    @Option(
            names = "--suppress",
            paramLabel = "FILE",
            description = "rule file of what is known and accepted; holds instead of the one that the agent was given")
    private Path suppress;

    @Option(names = "--verbose", description = "log progress to standard error")
    private boolean verbose;

    @Parameters(paramLabel = "FIFO|SPOOL|-", description = "where the stream comes from")
    private String stream;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (jvmPid != null && jvmPid < 1) {
            throw new ParameterException(spec.commandLine(), "--jvm-pid takes a process id, 1 or more");
        }
        if (verbose) {
            ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
        }
        OptionalInt pid = jvmPid == null ? OptionalInt.empty() : OptionalInt.of(jvmPid);
        return new Collecting(stream, reports, pid, Optional.ofNullable(suppress))
                .run(spec.commandLine().getOut(), spec.commandLine().getErr());
    }
}
