package org.forkwitness.model;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.forkwitness.stream.StreamRecord;

/** What was told of the allocator in the course of time. For one thread. */
public final class AllocatorHistory {
    /** Beyond so many only those are kept that a fork may need. */
    private static final int MANY = 4096;

    private final TreeMap<Long, StreamRecord.Allocator> byTime = new TreeMap<>();
    private int shortenAt = MANY;

    /** Takes a record; true where the allocator is another one than was said last. {@code forkTimes}: of the kept forks. */
    boolean add(StreamRecord.Allocator record, Supplier<LongStream> forkTimes) {
        StreamRecord.Allocator before = last();
        byTime.put(record.header().time(), record);
        if (byTime.size() > shortenAt) {
            shorten(forkTimes.get());
        }
        return before == null || !same(before, last());
    }

    private void shorten(LongStream forkTimes) {
        Set<Long> needed =
                forkTimes.mapToObj(byTime::floorKey).filter(Objects::nonNull).collect(Collectors.toSet());
        needed.add(byTime.lastKey());
        byTime.keySet().retainAll(needed);
        shortenAt = byTime.size() + MANY;
    }

    private static boolean same(StreamRecord.Allocator a, StreamRecord.Allocator b) {
        return a.name().equals(b.name())
                && Objects.equals(a.versionText(), b.versionText())
                && Objects.equals(a.path(), b.path())
                && Objects.equals(a.isProtected(), b.isProtected())
                && Objects.equals(a.reason(), b.reason());
    }

    /** The newest; null where there is none. */
    public StreamRecord.Allocator last() {
        return byTime.isEmpty() ? null : byTime.lastEntry().getValue();
    }

    /** The newest at that time (CLOCK_MONOTONIC, ns); null where there was none. */
    public StreamRecord.Allocator at(long time) {
        Map.Entry<Long, StreamRecord.Allocator> entry = byTime.floorEntry(time);
        return entry == null ? null : entry.getValue();
    }
}
