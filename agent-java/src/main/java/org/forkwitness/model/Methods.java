package org.forkwitness.model;

import java.util.HashMap;
import java.util.Map;
import org.forkwitness.stream.StreamRecord;

/** Java methods and the source lines of those of their bytecode indexes that occur in a stack. For one thread. */
public final class Methods {
    /** Line numbers of a class file have 16 bits (JVMS 4.7.12). */
    private static final int MAX_LINE = 0xffff;

    private record Place(long method, long bci) {}

    private final Map<Long, StreamRecord.Method> byId = new HashMap<>();
    private final Map<Place, Integer> lines = new HashMap<>();

    void add(StreamRecord.Method method) {
        byId.put(method.method(), method);
    }

    void add(StreamRecord.Line line) {
        if (line.line() > 0 && line.line() <= MAX_LINE) {
            lines.put(new Place(line.method(), line.bci()), (int) line.line());
        }
    }

    /** The method with this id; null where it has not arrived. */
    public StreamRecord.Method find(long method) {
        return byId.get(method);
    }

    /** The line of a bytecode index, 1 or more; null where it is not known. */
    public Integer line(long method, long bci) {
        return lines.get(new Place(method, bci));
    }
}
