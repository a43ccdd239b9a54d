package org.forkwitness.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.forkwitness.stream.StreamRecord;

/** The forks that are kept, in the order of arrival. For one thread. */
public final class Forks {
    private static final int MAX_STACK_BYTES = 2 << 20;

    private final Map<Long, ProcessFork> byId = new LinkedHashMap<>();
    private final NumberSet forgotten = new NumberSet();
    private final Set<ProcessFork> touched = new LinkedHashSet<>();
    private final Set<ProcessFork> withStacks = new LinkedHashSet<>();
    private final Reaping reaping = new Reaping(touched::add);

    void update(long id, StreamRecord record) {
        ProcessFork fork = change(id);
        if (fork != null) {
            fork.update(record);
            reaping.look(fork);
            if (record instanceof StreamRecord.Slice) {
                limitStacks(fork);
            }
        }
    }

    /** Stacks that nobody has looked at wait in no more memory than this: the oldest are given up. */
    private void limitStacks(ProcessFork newest) {
        withStacks.removeIf(fork -> stackBytes(fork) == 0);
        withStacks.add(newest);
        int bytes = withStacks.stream().mapToInt(Forks::stackBytes).sum();
        for (Iterator<ProcessFork> i = withStacks.iterator(); bytes > MAX_STACK_BYTES && i.hasNext(); ) {
            ProcessFork oldest = i.next();
            bytes -= stackBytes(oldest);
            oldest.child().holders().drop();
            i.remove();
        }
    }

    private static int stackBytes(ProcessFork fork) {
        return fork.child().holders() == null ? 0 : fork.child().holders().bytes();
    }

    /** The child did something that is told elsewhere. */
    void progress(long id, StreamRecord.Header header) {
        ProcessFork fork = change(id);
        if (fork != null) {
            fork.progress(header);
        }
    }

    void reaped(StreamRecord.Reaped record) {
        reaping.take(record);
    }

    /** The fork with this id, made where it is new; null where it is forgotten. */
    private ProcessFork change(long id) {
        ProcessFork fork = byId.get(id);
        if (fork == null) {
            if (forgotten.contains(id)) {
                return null;
            }
            fork = new ProcessFork(id);
            byId.put(id, fork);
        }
        touched.add(fork);
        return fork;
    }

    /** Something was learned that may decide about this fork. */
    void touch(long id) {
        ProcessFork fork = byId.get(id);
        if (fork != null) {
            touched.add(fork);
        }
    }

    /** Something was learned that may decide about any fork. */
    void touchAll() {
        touched.addAll(byId.values());
    }

    /** Those that changed since the last call. */
    public List<ProcessFork> takeTouched() {
        List<ProcessFork> list = new ArrayList<>(touched);
        touched.clear();
        return list;
    }

    /** Those that are kept, oldest first. */
    public Collection<ProcessFork> all() {
        return Collections.unmodifiableCollection(byId.values());
    }

    /** The fork with this id; null where it is not kept. */
    public ProcessFork find(long id) {
        return byId.get(id);
    }

    void forget(long id) {
        ProcessFork fork = byId.remove(id);
        if (fork != null) {
            forgotten.add(id);
            touched.remove(fork);
            withStacks.remove(fork);
            reaping.forget(fork);
        }
    }
}
