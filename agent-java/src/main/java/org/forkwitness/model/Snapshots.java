package org.forkwitness.model;

import java.util.Collections;
import java.util.List;
import org.forkwitness.stream.StreamRecord;

/** The last snapshot of the watched process of which all parts have arrived. For one thread. */
public final class Snapshots {
    /**
     * A whole snapshot.
     *
     * @param time CLOCK_MONOTONIC of its first part, ns
     * @param locks those that had been held for long
     */
    public record State(long time, List<InheritedLock> locks) {}

    private long index = -1;
    private long begun;
    private InheritedLocks locks;
    private State last;

    /** Parts come from one thread, but other threads' frames may stand between them. */
    void add(StreamRecord.Snapshot part) {
        if (part.index() != index) {
            index = part.index();
            begun = part.header().time();
            locks = new InheritedLocks();
        }
        locks.add(part.header().seq(), part.locks(), part.epoch());
        if (!part.more()) {
            last = new State(begun, Collections.unmodifiableList(locks));
        }
    }

    /** Null where there is none. */
    public State last() {
        return last;
    }
}
