package org.forkwitness.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.forkwitness.stream.StreamRecord;

/** The forks that are kept, in the order of arrival. For one thread. */
public final class Forks {
    private final Map<Long, ProcessFork> byId = new LinkedHashMap<>();
    private final NumberSet forgotten = new NumberSet();
    private final Set<ProcessFork> touched = new LinkedHashSet<>();

    void update(long id, StreamRecord record) {
        ProcessFork fork = byId.get(id);
        if (fork == null) {
            if (forgotten.contains(id)) {
                return;
            }
            fork = new ProcessFork(id);
            byId.put(id, fork);
        }
        fork.update(record);
        touched.add(fork);
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
        }
    }
}
