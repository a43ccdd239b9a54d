package org.forkwitness.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.forkwitness.stream.StreamRecord;

/** What libraries have said of their locks. An address may be another lock's later. For one thread. */
public final class LockNames {
    /** Addresses with a name: those that were not spoken of for the longest time are forgotten first. */
    private static final int MAX = 1 << 14;

    /** A lock that is named over and over is not worth more memory than this. */
    private static final int MAX_TIMES = 8;

    private final Map<Long, TreeMap<Long, StreamRecord.LockName>> byAddress = new LinkedHashMap<>(16, 0.75f, true);

    void add(StreamRecord.LockName record) {
        TreeMap<Long, StreamRecord.LockName> times = byAddress.computeIfAbsent(record.address(), a -> new TreeMap<>());
        times.put(record.header().time(), record);
        if (times.size() > MAX_TIMES) {
            times.pollFirstEntry();
        }
        if (byAddress.size() > MAX) {
            byAddress.remove(byAddress.keySet().iterator().next());
        }
    }

    private StreamRecord.LockName at(long address, long time) {
        TreeMap<Long, StreamRecord.LockName> times = byAddress.get(address);
        Map.Entry<Long, StreamRecord.LockName> entry = times == null ? null : times.floorEntry(time);
        return entry == null ? null : entry.getValue();
    }

    /** What the lock at an address was called at that time (CLOCK_MONOTONIC, ns); null where it had no name. */
    public String nameAt(long address, long time) {
        StreamRecord.LockName said = at(address, time);
        return said == null || said.name() == null || said.name().isEmpty() ? null : said.name();
    }

    /** Why forks need not fear it; null where nobody said so. */
    public String forkAwareAt(long address, long time) {
        StreamRecord.LockName said = at(address, time);
        return said == null || said.reason() == null || said.reason().isEmpty() ? null : said.reason();
    }
}
