package org.forkwitness.verdict;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.Snapshots;
import org.forkwitness.report.Alive;
import org.forkwitness.report.AllocatorFigures;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.LastState;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.stream.ThreadKind;
import org.forkwitness.symbols.StackResolver;

/** Makes the report's records of the whole process at a time. For one thread. */
public final class LastStates {
    /** Of a process that holds more locks for long, so many tell enough. */
    private static final int MAX_LOCKS = 256;

    private final LiveModel model;
    private final StackResolver resolver;
    private final Marks marks;

    /** States of this model. */
    public LastStates(LiveModel model, StackResolver resolver, Marks marks) {
        this.model = model;
        this.resolver = resolver;
        this.marks = marks;
    }

    /** The last whole snapshot; null where there is none. */
    public LastState last() {
        Snapshots.State state = model.snapshots().last();
        if (state == null) {
            return null;
        }
        LockRecords records = new LockRecords(model, resolver, marks, 0, state.time());
        List<HeldLock> locks = new ArrayList<>();
        for (int i = 0; i < Math.min(MAX_LOCKS, state.locks().size()); i++) {
            locks.add(records.of(i + 1L, state.locks().get(i)));
        }
        Instant at = model.clock().instant(state.time());
        return new LastState(
                at,
                alive(model, 0, state.time()),
                locks,
                figures(model, model.allocator().last()));
    }

    /** Threads of a process at a time. Whoever told of that time was there, whatever is known of the others. */
    static Alive alive(LiveModel model, long proc, long time) {
        int java = model.threads().alive(proc, ThreadKind.JAVA, time);
        int jvm = model.threads().alive(proc, ThreadKind.JVM, time);
        int nativeThreads = model.threads().alive(proc, ThreadKind.NATIVE, time);
        int total = java + jvm + nativeThreads;
        return total == 0 ? new Alive(1, 0, 0, 1) : new Alive(total, java, jvm, nativeThreads);
    }

    /** What an allocator tells of itself; null where it tells nothing. */
    static AllocatorFigures figures(LiveModel model, StreamRecord.Allocator said) {
        boolean none = said == null || said.arenas() == null && said.allocated() == null && said.mapped() == null;
        return none
                ? null
                : new AllocatorFigures(
                        model.clock().instant(said.header().time()), said.arenas(), said.allocated(), said.mapped());
    }
}
