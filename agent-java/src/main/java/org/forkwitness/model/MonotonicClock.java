package org.forkwitness.model;

import java.time.Instant;

/**
 * Turns the stream's CLOCK_MONOTONIC into wall time, by the pair that HELLO gives. Immutable.
 *
 * @param monotonic CLOCK_MONOTONIC at some instant, ns
 * @param wall CLOCK_REALTIME at the same instant, ns since 1970
 */
public record MonotonicClock(long monotonic, long wall) {
    private static final long NANOS = 1_000_000_000L;

    /** Without HELLO: counts from the machine's start, shown as if that had been 1970. */
    static final MonotonicClock UNKNOWN = new MonotonicClock(0, 0);

    /** The wall time of a record's time. */
    public Instant instant(long time) {
        long nanos = wall + (time - monotonic);
        return Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS));
    }
}
