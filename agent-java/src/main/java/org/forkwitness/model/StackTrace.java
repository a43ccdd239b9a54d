package org.forkwitness.model;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.forkwitness.stream.StreamRecord;

/** One distinct stack, innermost frame first: the native frames, then the Java frames outside them. */
public final class StackTrace {
    private static final StackTrace EMPTY = new StackTrace();

    private final TreeMap<Long, StreamRecord.Stack> parts = new TreeMap<>();
    private boolean ended;

    void add(StreamRecord.Stack part) {
        parts.put(part.header().seq(), part);
        ended |= !part.more();
    }

    /** A stack without frames. */
    public static StackTrace empty() {
        return EMPTY;
    }

    /** True where its last part has arrived. */
    public boolean complete() {
        return ended;
    }

    /** The epoch in which its addresses hold. */
    public long epoch() {
        Map.Entry<Long, StreamRecord.Stack> first = parts.firstEntry();
        return first == null ? 0 : first.getValue().epoch();
    }

    /** Return addresses. */
    public long[] pcs() {
        return parts.values().stream()
                .flatMapToLong(part -> LongStream.of(part.pcs()))
                .toArray();
    }

    /** Method, bci, method, bci, ... */
    public long[] javaFrames() {
        return parts.values().stream()
                .flatMapToLong(part -> LongStream.of(part.frames()))
                .toArray();
    }
}
