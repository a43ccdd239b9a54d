package org.forkwitness.model;

import java.util.HashMap;
import java.util.Map;
import org.forkwitness.stream.StreamRecord;

/**
 * The stack dictionary. All processes of a stream have one between them, in memory that they share: who meets a stack first
 * explains it, and the others, siblings included, only name its id. So nothing is forgotten with the process that
 * explained it; the agent's own table bounds how many there are. For one thread.
 */
public final class Stacks {
    private final Map<Long, StackTrace> byId = new HashMap<>();
    private final Map<Long, StreamRecord.PythonFrame> python = new HashMap<>();

    void add(StreamRecord.Stack part) {
        byId.computeIfAbsent(part.stack(), id -> new StackTrace()).add(part);
    }

    void add(StreamRecord.PythonFrame frame) {
        python.putIfAbsent(frame.pythonFrame(), frame);
    }

    /** The stack with this id; null where it has not arrived. */
    public StackTrace find(long stack) {
        return byId.get(stack);
    }

    /** The Python frame with this id; null where it has not arrived. */
    public StreamRecord.PythonFrame pythonFrame(long id) {
        return python.get(id);
    }
}
