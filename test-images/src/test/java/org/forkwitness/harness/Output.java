package org.forkwitness.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The lines of one of a process's streams, read by a thread of its own. Safe for use by many threads. */
final class Output {
    private final List<String> lines = new ArrayList<>();
    private boolean ended;

    Output(InputStream stream, String name) {
        Thread thread = new Thread(() -> read(stream), name);
        thread.setDaemon(true);
        thread.start();
    }

    private void read(InputStream stream) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            // A process that was killed: ProcessImpl closes the stream under the reader.
            if (!"Stream closed".equals(e.getMessage())) {
                throw new UncheckedIOException(e);
            }
        } finally {
            end();
        }
    }

    private synchronized void add(String line) {
        lines.add(line);
        notifyAll();
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** The lines so far. */
    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /**
     * Waits until this many lines fit.
     *
     * @return the last of them
     * @throws AssertionError where the stream ends before, or the deadline passes
     */
    synchronized String await(Predicate<String> fits, int count, Duration patience) {
        Deadline deadline = Deadline.in(patience);
        while (true) {
            List<String> fitting = lines.stream().filter(fits).toList();
            if (fitting.size() >= count) {
                return fitting.get(count - 1);
            }
            if (ended || !deadline.waitOn(this)) {
                throw new AssertionError((ended ? "stream ended" : "timed out") + " with " + fitting.size() + " of "
                        + count + " lines:\n" + String.join("\n", lines));
            }
        }
    }

    /** Waits for the end of the stream. */
    synchronized List<String> awaitEnd(Duration patience) {
        Deadline deadline = Deadline.in(patience);
        while (!ended) {
            if (!deadline.waitOn(this)) {
                throw new AssertionError("stream still open, after:\n" + String.join("\n", lines));
            }
        }
        return List.copyOf(lines);
    }
}
