package org.forkwitness.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.forkwitness.stream.StreamRecord;

/** All ELF objects that were ever seen. For one thread. */
public final class Modules {
    private final Map<Long, LoadedModule> byId = new HashMap<>();
    private final Map<Long, Long> goneEpochById = new HashMap<>();
    private final List<LoadedModule> inOrder = new ArrayList<>();
    private long changes;

    void add(StreamRecord.Module record) {
        changes++;
        if (byId.containsKey(record.module())) {
            return;
        }
        LoadedModule module = new LoadedModule(record);
        byId.put(record.module(), module);
        inOrder.add(module);
        Long gone = goneEpochById.remove(record.module());
        if (gone != null) {
            module.gone(gone);
        }
    }

    void gone(StreamRecord.ModuleGone record) {
        changes++;
        LoadedModule module = byId.get(record.module());
        if (module == null) {
            goneEpochById.put(record.module(), record.epoch());
        } else {
            module.gone(record.epoch());
        }
    }

    /** Grows with each object that comes or goes. */
    public long changes() {
        return changes;
    }

    /** What stood at this address in this epoch; the last that was loaded where several claim it. */
    public Optional<LoadedModule> find(long address, long epoch) {
        for (int i = inOrder.size() - 1; i >= 0; i--) {
            if (inOrder.get(i).holds(address, epoch)) {
                return Optional.of(inOrder.get(i));
            }
        }
        return Optional.empty();
    }

    /** What stood at this address first: for what was known before any object was unloaded. */
    public Optional<LoadedModule> findFirst(long address) {
        return inOrder.stream().filter(module -> module.covers(address)).findFirst();
    }

    /** What stands at this address now. */
    public Optional<LoadedModule> findNow(long address) {
        return find(address, Long.MAX_VALUE - 1);
    }
}
