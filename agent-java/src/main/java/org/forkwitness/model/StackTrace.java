package org.forkwitness.model;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.forkwitness.stream.StreamRecord;

/** One distinct stack, innermost frame first: the native frames, then the Java frames outside them. */
public final class StackTrace {
    /** The agent records so many native frames, and no more (agent-c, stack/dictionary.h). */
    public static final int NATIVE_DEPTH = 128;

    /** Likewise of Java. */
    public static final int JAVA_DEPTH = 256;

    private static final StackTrace EMPTY = new StackTrace();

    private final TreeMap<Long, StreamRecord.Stack> parts = new TreeMap<>();
    private boolean ended;

    /** A stack that is complete may be sent again, by a process that goes on where another one was killed. */
    void add(StreamRecord.Stack part) {
        if (ended) {
            return;
        }
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

    /** True where some frame of it is a signal handler's. */
    public boolean inSignal() {
        return parts.values().stream().anyMatch(StreamRecord.Stack::inSignal);
    }

    /** Return addresses. */
    public long[] pcs() {
        return joined(StreamRecord.Stack::pcs);
    }

    /** Method, bci, method, bci, ... */
    public long[] javaFrames() {
        return joined(StreamRecord.Stack::frames);
    }

    /** True where frames outside of the last native, or the last Java frame may be missing. */
    public boolean cut() {
        return count(StreamRecord.Stack::pcs) >= NATIVE_DEPTH || count(StreamRecord.Stack::frames) / 2 >= JAVA_DEPTH;
    }

    /** Ids of its Python frames, innermost first. */
    public long[] python() {
        return joined(StreamRecord.Stack::python);
    }

    private int count(Function<StreamRecord.Stack, long[]> numbers) {
        return parts.values().stream()
                .mapToInt(part -> numbers.apply(part).length)
                .sum();
    }

    /** Nearly all stacks have one part. */
    private long[] joined(Function<StreamRecord.Stack, long[]> numbers) {
        return parts.size() == 1
                ? numbers.apply(parts.firstEntry().getValue()).clone()
                : parts.values().stream()
                        .flatMapToLong(part -> LongStream.of(numbers.apply(part)))
                        .toArray();
    }
}
