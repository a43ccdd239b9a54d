package org.forkwitness.collect;

import java.time.Instant;
import org.forkwitness.report.ProcessEnd;

/**
 * How things stand with the watched process.
 *
 * @param end how it ended, or that it runs
 * @param at its end; null where it runs or that was not seen
 * @param drained true where the stream was read to its end
 */
record EndState(ProcessEnd end, Instant at, boolean drained) {
    /** It runs. */
    static final EndState RUNNING = new EndState(ProcessEnd.RUNNING, null, false);
}
