package org.forkwitness.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs other than scenarios. */
public final class Command {
    private Command() {}

    /** {@code bin/forkwitness ARGUMENTS...}, on this JDK. */
    public static FinishedCommand forkwitness(Jdk jdk, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(Installation.command().toString()));
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("FORKWITNESS_JAVA", jdk.program("java"));
        return run(builder);
    }

    /** Runs a program to its end, with nothing on its standard input. */
    public static FinishedCommand run(List<String> command) {
        return run(new ProcessBuilder(command));
    }

    private static FinishedCommand run(ProcessBuilder builder) {
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            Output out = new Output(process.getInputStream(), "stdout");
            Output err = new Output(process.getErrorStream(), "stderr");
            if (!process.waitFor(Deadline.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(builder.command() + " does not end:\n" + String.join("\n", out.lines()) + "\n"
                        + String.join("\n", err.lines()));
            }
            return new FinishedCommand(
                    process.exitValue(), out.awaitEnd(Deadline.PATIENCE), err.awaitEnd(Deadline.PATIENCE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
