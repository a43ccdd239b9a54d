package org.forkwitness.model;

import java.util.Map;
import java.util.TreeMap;

/**
 * A set of numbers from 0 that are nearly all there and arrive nearly in order: kept as intervals, so that its size
 * depends on the gaps alone. For one thread.
 */
final class NumberSet {
    /** Above this many gaps the lowest are taken as lasting, so that memory stays bounded. */
    private static final int MAX_INTERVALS = 1024;

    private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();
    private long count;

    /** Adds a number and says whether it is new. */
    boolean add(long number) {
        Map.Entry<Long, Long> below = lastByFirst.floorEntry(number);
        if (below != null && below.getValue() >= number) {
            return false;
        }
        count++;
        long first = number;
        long last = number;
        if (below != null && below.getValue() == number - 1) {
            first = below.getKey();
        }
        Long next = lastByFirst.remove(number + 1);
        if (next != null) {
            last = next;
        }
        lastByFirst.put(first, last);
        if (lastByFirst.size() > MAX_INTERVALS) {
            joinLowest();
        }
        return true;
    }

    boolean contains(long number) {
        Map.Entry<Long, Long> below = lastByFirst.floorEntry(number);
        return below != null && below.getValue() >= number;
    }

    /** How many numbers were added. */
    long count() {
        return count;
    }

    /** The greatest number, or -1. */
    long greatest() {
        return lastByFirst.isEmpty() ? -1 : lastByFirst.lastEntry().getValue();
    }

    /** Closes the lowest gap; its numbers stay uncounted, a late one of them would be taken for a double. */
    private void joinLowest() {
        Map.Entry<Long, Long> lowest = lastByFirst.pollFirstEntry();
        Map.Entry<Long, Long> next = lastByFirst.pollFirstEntry();
        lastByFirst.put(lowest.getKey(), next.getValue());
    }
}
