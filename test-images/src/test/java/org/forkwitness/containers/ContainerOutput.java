package org.forkwitness.containers;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.testcontainers.containers.output.OutputFrame;
import org.testcontainers.containers.output.OutputFrame.OutputType;

/** What a container prints. Safe for use by many threads. */
final class ContainerOutput implements Consumer<OutputFrame> {
    /** After so long a wait something is broken, however slow the machine. */
    static final int PATIENCE_S = 120;

    private final Map<OutputType, StringBuilder> text = new EnumMap<>(OutputType.class);
    private boolean ended;

    @Override
    public synchronized void accept(OutputFrame frame) {
        if (frame.getType() == OutputType.END) {
            ended = true;
        } else if (frame.getBytes() != null) {
            of(frame.getType()).append(new String(frame.getBytes(), StandardCharsets.UTF_8));
        }
        notifyAll();
    }

    private StringBuilder of(OutputType type) {
        return text.computeIfAbsent(type, t -> new StringBuilder());
    }

    /** The lines so far; the last one may not be whole. */
    synchronized List<String> lines(OutputType type) {
        return of(type).toString().lines().toList();
    }

    private synchronized List<String> wholeLines(OutputType type) {
        StringBuilder all = of(type);
        return all.substring(0, all.lastIndexOf("\n") + 1).lines().toList();
    }

    /** Waits for a line. */
    synchronized String await(OutputType type, Predicate<String> fits) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (true) {
            for (String line : wholeLines(type)) {
                if (fits.test(line)) {
                    return line;
                }
            }
            if (ended) {
                throw new AssertionError("the container ended before that line:\n" + this);
            }
            pause(deadline);
        }
    }

    /** Waits until all has come. */
    synchronized void awaitEnd() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!ended) {
            pause(deadline);
        }
    }

    private void pause(long deadline) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
            throw new AssertionError("waited too long, for more than this:\n" + this);
        }
        try {
            wait(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public synchronized String toString() {
        return text.toString();
    }
}
