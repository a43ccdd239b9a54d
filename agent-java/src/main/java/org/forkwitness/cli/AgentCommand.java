package org.forkwitness.cli;

import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code forkwitness agent}: prints where the agent is and how a JVM loads it. */
@Command(
        name = "agent",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Print the path of the agent library and a ready -agentpath option.",
        footer = {
            "",
            "Example: java $(forkwitness agent | tail -n 1) -jar app.jar",
            "",
            "Exit status: 0 printed, 2 the library is not beside the jar"
        })
final class AgentCommand implements Callable<Integer> {
    /** The name of the library, beside forkwitness.jar in lib. */
    static final String LIBRARY = "libforkwitness.so";

    @Spec
    private CommandSpec spec;

    private final Path directory;

    /** Looks for the library beside the jar that this class is from. */
    AgentCommand() throws URISyntaxException {
        this(Path.of(AgentCommand.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toAbsolutePath()
                .getParent());
    }

    AgentCommand(Path directory) {
        this.directory = directory;
    }

    @Override
    public Integer call() {
        Path library = directory.resolve(LIBRARY);
        if (!Files.isRegularFile(library)) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("forkwitness agent: " + library + " is missing: keep " + LIBRARY
                    + " and forkwitness.jar in one directory");
            err.flush();
            return ExitStatus.UNUSABLE;
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(library);
        out.println("-agentpath:" + library);
        out.flush();
        return ExitStatus.OK;
    }
}
