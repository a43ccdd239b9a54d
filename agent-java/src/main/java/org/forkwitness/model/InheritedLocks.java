package org.forkwitness.model;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.RandomAccess;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.forkwitness.stream.StreamRecord;

/** The locks of a HELD record's parts, in the form in which they came: there may be thousands. For one thread. */
final class InheritedLocks extends AbstractList<InheritedLock> implements RandomAccess {
    private static final int GROUP = StreamRecord.Held.GROUP;

    private record Part(long seq, long[] locks, long epoch) {}

    private final List<Part> parts = new ArrayList<>(1);
    private int size;

    void add(long seq, long[] locks, long epoch) {
        parts.add(new Part(seq, locks, epoch));
        parts.sort(Comparator.comparingLong(Part::seq));
        size += locks.length / GROUP;
    }

    @Override
    public InheritedLock get(int index) {
        int at = index * GROUP;
        for (Part part : parts) {
            if (at < part.locks.length) {
                return InheritedLock.of(part.locks, at, part.epoch);
            }
            at -= part.locks.length;
        }
        throw new IndexOutOfBoundsException(index);
    }

    @Override
    public int size() {
        return size;
    }

    /** Keeps the first so many and those that fit; of each of the others {@code dropped} is given the thread. */
    void shorten(int keep, Predicate<InheritedLock> fits, LongConsumer dropped) {
        if (size <= keep) {
            return;
        }
        int seen = 0;
        List<Part> shorter = new ArrayList<>(1);
        size = 0;
        for (Part part : parts) {
            long[] kept = new long[part.locks.length];
            int length = 0;
            for (int at = 0; at < part.locks.length; at += GROUP) {
                if (seen++ < keep || fits.test(InheritedLock.of(part.locks, at, part.epoch))) {
                    System.arraycopy(part.locks, at, kept, length, GROUP);
                    length += GROUP;
                } else {
                    dropped.accept(part.locks[at]);
                }
            }
            if (length > 0) {
                shorter.add(new Part(part.seq, Arrays.copyOf(kept, length), part.epoch));
                size += length / GROUP;
            }
        }
        parts.clear();
        parts.addAll(shorter);
    }
}
