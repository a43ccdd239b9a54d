package org.forkwitness.cli;

import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code forkwitness}: dispatches to the subcommands. */
@Command(
        name = "forkwitness",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Tells which fork() in a JVM process is unsafe, why, and whose code did it.",
        subcommands = {CollectCommand.class, ReportCommand.class, CheckCommand.class, AgentCommand.class},
        footer = {
            "",
            "Example: forkwitness agent",
            "  prints the -agentpath option with which a JVM is started to be watched",
            "",
            "Exit status: 0 done, 1 check found something, 2 the command line or the input is not usable"
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Runs one command and ends the JVM with its exit status. */
    public static void main(String[] args) {
        Optional<Collecting> forAgent = Collecting.forAgent(args);
        PrintWriter err = new PrintWriter(System.err);
        System.exit(status(
                () -> forAgent.isPresent()
                        ? forAgent.get().run(new PrintWriter(System.out), err)
                        : commandLine().execute(args),
                err));
    }

    /** A JVM that ends by an error ends with 1, which is what a check says where it has found something. */
    static int status(Callable<Integer> work, PrintWriter err) {
        try {
            return work.call();
        } catch (OutOfMemoryError e) {
            long heap = Runtime.getRuntime().maxMemory() >> 20;
            err.println("forkwitness: out of memory (" + e.getMessage() + "), with a heap of " + heap
                    + " MiB: run java -Xmx" + 4 * heap + "m -jar lib/forkwitness.jar, with the same arguments");
        } catch (Exception | Error e) {
            e.printStackTrace(err);
        }
        err.flush();
        return ExitStatus.UNUSABLE;
    }

    /** The command line, for tests too: the output goes to its writers. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            PrintWriter err = command.getErr();
            err.println("forkwitness: " + e);
            if (e instanceof RuntimeException) {
                e.printStackTrace(err);
            }
            err.flush();
            return ExitStatus.UNUSABLE;
        });
        return line;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: collect, report, check or agent");
    }
}
