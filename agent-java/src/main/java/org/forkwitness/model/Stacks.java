package org.forkwitness.model;

import java.util.HashMap;
import java.util.Map;
import org.forkwitness.stream.StreamRecord;

/**
 * The stack dictionary. A child goes on with its parent's dictionary, so an id that its own process did not explain is
 * looked up in process 0. For one thread.
 */
public final class Stacks {
    private record Id(long proc, long stack) {}

    private final Map<Id, StackTrace> byId = new HashMap<>();

    void add(StreamRecord.Stack part) {
        byId.computeIfAbsent(new Id(part.header().proc(), part.stack()), id -> new StackTrace())
                .add(part);
    }

    /** The stack with this id as that process knows it; null where it has not arrived. */
    public StackTrace find(long proc, long stack) {
        StackTrace own = byId.get(new Id(proc, stack));
        return own != null ? own : byId.get(new Id(0, stack));
    }
}
