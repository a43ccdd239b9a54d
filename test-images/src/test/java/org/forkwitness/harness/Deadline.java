package org.forkwitness.harness;

import java.time.Duration;

/** A point in time after which a test gives up waiting: so late that only something broken reaches it. */
final class Deadline {
    /** What a scenario may take on a slow machine. */
    static final Duration PATIENCE = Duration.ofSeconds(120);

    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    static Deadline in(Duration duration) {
        return new Deadline(System.nanoTime() + duration.toNanos());
    }

    /** What is left, at least 0 ms. */
    long leftMillis() {
        return Math.max(0, (end - System.nanoTime()) / 1_000_000);
    }

    /** Waits on a monitor that the caller holds. False once the time is over. */
    boolean waitOn(Object monitor) {
        long left = leftMillis();
        if (left == 0) {
            return false;
        }
        try {
            monitor.wait(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        return true;
    }
}
