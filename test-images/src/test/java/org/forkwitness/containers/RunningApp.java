package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Reports;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.output.OutputFrame.OutputType;

/** A container of a test. Closing it removes it. */
final class RunningApp implements AutoCloseable {
    private final GenericContainer<?> container;
    private final RandomAccessFile input;
    private final Reports reports;
    private final ContainerOutput output = new ContainerOutput();

    /** Starts it; {@code lines}: the named pipe that it reads, or null. */
    RunningApp(GenericContainer<?> container, Path lines, Reports reports) {
        this.container = container;
        this.reports = reports;
        // For reading and writing (fifo(7)): it does not wait for a container that may have failed.
        this.input = lines == null ? null : open(lines);
        container.start();
        container.followOutput(output);
    }

    private static RandomAccessFile open(Path fifo) {
        try {
            return new RandomAccessFile(fifo.toFile(), "rw");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Reports reports() {
        return reports;
    }

    private DockerClient client() {
        return container.getDockerClient();
    }

    /** Sends a line to its standard input. */
    void send(String line) {
        try {
            input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a line and waits for the first line of output that starts with it. */
    String ask(String line) {
        send(line);
        return awaitOut(line + " ");
    }

    /** Closes its standard input. */
    void endInput() {
        try {
            input.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a line of its standard output that starts so. */
    String awaitOut(String prefix) {
        return output.await(OutputType.STDOUT, line -> line.startsWith(prefix));
    }

    /** Waits for a line of its standard error that contains this. */
    void awaitErr(String part) {
        output.await(OutputType.STDERR, line -> line.contains(part));
    }

    /** Runs a command in it, as its user. */
    ExecResult exec(String... command) {
        try {
            return container.execInContainer(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** {@code docker stop}: SIGTERM, and SIGKILL after so many seconds. */
    void stop(int seconds) {
        client().stopContainerCmd(container.getContainerId())
                .withTimeout(seconds)
                .exec();
    }

    /** {@code docker kill}: SIGKILL. */
    void kill() {
        client().killContainerCmd(container.getContainerId()).exec();
    }

    /** Waits for its end. */
    RunningApp awaitExit(int expected) {
        int code = client().waitContainerCmd(container.getContainerId())
                .start()
                .awaitStatusCode(ContainerOutput.PATIENCE_S, TimeUnit.SECONDS);
        output.awaitEnd();
        assertEquals(expected, code, output::toString);
        return this;
    }

    /** Waits for its end, which must be that of a program without errors, about which the agent says nothing. */
    FinishedScenario finish() {
        awaitExit(0);
        assertEquals(List.of(), agentLines());
        // The program is the container's first process.
        return new FinishedScenario(1, 0, out(), err(), reports);
    }

    /** How it stands, as the engine says. */
    ContainerState state() {
        return client().inspectContainerCmd(container.getContainerId()).exec().getState();
    }

    /** Lines of its standard output. */
    List<String> out() {
        return output.lines(OutputType.STDOUT);
    }

    /** Lines of its standard error. */
    List<String> err() {
        return output.lines(OutputType.STDERR);
    }

    /** Lines of the agent's own on its standard error. */
    List<String> agentLines() {
        return err().stream().filter(line -> line.startsWith("forkwitness: ")).toList();
    }

    /** The number that follows this word in the only line that starts with it. */
    long number(String word) {
        List<String> lines =
                out().stream().filter(line -> line.startsWith(word + " ")).toList();
        assertEquals(1, lines.size(), output::toString);
        return Long.parseLong(lines.get(0).substring(word.length() + 1));
    }

    @Override
    public void close() {
        container.stop();
        if (input != null) {
            endInput();
        }
    }
}
