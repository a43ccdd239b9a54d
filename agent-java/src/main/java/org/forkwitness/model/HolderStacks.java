package org.forkwitness.model;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.forkwitness.stream.StreamRecord;

/**
 * Where the vanished threads of a child stood, with their stacks until those are unwound: they are large, so that what
 * came of them is all that is kept. For one thread.
 */
public final class HolderStacks {
    /** No more of the stacks of one child: many times what the agent sends of a thread. */
    private static final int MAX_BYTES = 1 << 19;

    /** One thread: its slices by address, as they may arrive in any order. */
    private static final class Holder {
        private StreamRecord.Holder record;
        private Map<Long, StackSlice> slices = new TreeMap<>(Long::compareUnsigned);
    }

    private final Map<Long, Holder> byThread = new LinkedHashMap<>();
    private int bytes;
    private long lastSeq = -1;
    private boolean dropped;

    void add(StreamRecord.Holder record) {
        lastSeq = Math.max(lastSeq, record.header().seq());
        if (!dropped) {
            byThread.computeIfAbsent(record.thread(), t -> new Holder()).record = record;
        }
    }

    void add(StreamRecord.Slice slice) {
        lastSeq = Math.max(lastSeq, slice.header().seq());
        if (!dropped && slice.data().length > 0 && bytes + slice.data().length <= MAX_BYTES) {
            bytes += slice.data().length;
            byThread.computeIfAbsent(slice.thread(), t -> new Holder())
                    .slices
                    .put(slice.address(), new StackSlice(slice.address(), slice.data()));
        }
    }

    /** The threads whose HOLDER record has arrived, in that order; none once they were dropped. */
    public Collection<HolderStack> all() {
        return byThread.values().stream()
                .filter(holder -> holder.record != null)
                .sorted(Comparator.comparingLong(
                        holder -> holder.record.header().seq()))
                .map(HolderStacks::stack)
                .toList();
    }

    private static HolderStack stack(Holder holder) {
        StreamRecord.Holder r = holder.record;
        return new HolderStack(
                r.thread(),
                r.site(),
                r.stackPointer(),
                r.framePointer() == null ? 0 : r.framePointer(),
                r.address() == null ? 0 : r.address(),
                r.epoch(),
                holder.slices.values().stream().toList(),
                r.frames(),
                r.python());
    }

    /** Grows with each record: what was made of the same number of them is up to date. */
    public long lastSeq() {
        return lastSeq;
    }

    /** Bytes of stacks that are kept. */
    int bytes() {
        return bytes;
    }

    /** Forgets the stacks, for good: they are unwound, or there is no room for them. */
    public void drop() {
        dropped = true;
        bytes = 0;
        byThread.clear();
    }
}
