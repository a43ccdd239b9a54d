package org.forkwitness.harness;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A scenario's JVM while it runs. Closing it kills what still runs. */
public final class RunningScenario implements AutoCloseable {
    private final Process process;
    private final Jdk jdk;
    private final Reports reports;
    private final Output out;
    private final Output err;

    RunningScenario(Process process, Jdk jdk, Reports reports) {
        this.process = process;
        this.jdk = jdk;
        this.reports = reports;
        this.out = new Output(process.getInputStream(), "stdout");
        this.err = new Output(process.getErrorStream(), "stderr");
    }

    public long pid() {
        return process.pid();
    }

    public Reports reports() {
        return reports;
    }

    /** Waits for the count-th line of its standard output that starts so. */
    public String awaitOut(String prefix, int count) {
        return out.await(line -> line.startsWith(prefix), count, Deadline.PATIENCE);
    }

    /** Waits for the first line of its standard output that starts with this word: the number that follows it. */
    public long awaitNumber(String word) {
        return Long.parseLong(awaitOut(word + " ", 1).substring(word.length() + 1));
    }

    /** Waits for a line of its standard error that contains this. */
    public String awaitErr(String part) {
        return err.await(line -> line.contains(part), 1, Deadline.PATIENCE);
    }

    /** Sends a line to its standard input. */
    public void send(String line) {
        try {
            OutputStream in = process.getOutputStream();
            in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a line and waits for the first line of output that starts with it. */
    public String ask(String line) {
        send(line);
        return awaitOut(line + " ", 1);
    }

    /** Closes its standard input. */
    public void endInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** SIGKILL. */
    public void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() {
        kill();
    }

    /** {@code jcmd PID JVMTI.agent_load AGENT "OPTIONS"}: what jcmd printed. */
    public FinishedCommand attach(String options) {
        return Command.run(List.of(
                jdk.program("jcmd"),
                Long.toString(pid()),
                "JVMTI.agent_load",
                Installation.agent().toString(),
                '"' + options + '"'));
    }

    /** The collector of this JVM: no child of it, but a process that has its pid among its arguments. */
    public ProcessHandle awaitCollector() {
        // The first report comes from it, so that it runs by then.
        reports.await(report -> report.process().pid() == pid());
        return Collectors.of(pid()).get(0);
    }

    /** Waits for its end. */
    public FinishedScenario finish() {
        try {
            if (!process.waitFor(Deadline.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the JVM does not end:\n" + String.join("\n", out.lines()) + "\n"
                        + String.join("\n", err.lines()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        return new FinishedScenario(
                process.pid(),
                process.exitValue(),
                out.awaitEnd(Deadline.PATIENCE),
                err.awaitEnd(Deadline.PATIENCE),
                reports);
    }
}
