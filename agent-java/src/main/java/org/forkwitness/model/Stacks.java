package org.forkwitness.model;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.forkwitness.stream.StreamRecord;

/**
 * The stack dictionary. A child goes on with its parent's dictionary, so an id that its own process did not explain is
 * looked up in the one that forked it, and so on. For one thread.
 */
public final class Stacks {
    /** One process's part of the dictionary. */
    private static final class Dictionary {
        final Map<Long, StackTrace> byId = new HashMap<>(4);
        Map<Long, StreamRecord.PythonFrame> python = Map.of();
        long parent;
        int heirs;
        boolean forgotten;
    }

    private final Map<Long, Dictionary> byProc = new HashMap<>();

    private Dictionary change(long proc) {
        return byProc.computeIfAbsent(proc, p -> new Dictionary());
    }

    void add(StreamRecord.Stack part) {
        change(part.header().proc())
                .byId
                .computeIfAbsent(part.stack(), id -> new StackTrace())
                .add(part);
    }

    void add(StreamRecord.PythonFrame frame) {
        Dictionary dictionary = change(frame.header().proc());
        dictionary.python = dictionary.python.isEmpty() ? new HashMap<>() : dictionary.python;
        dictionary.python.put(frame.pythonFrame(), frame);
    }

    /** Says that {@code parent} forked {@code proc}; needed where it is not process 0. */
    void inherit(long proc, long parent) {
        if (parent != 0 && parent != proc && change(proc).parent == 0) {
            change(proc).parent = parent;
            change(parent).heirs++;
        }
    }

    /** The stack with this id as that process knows it; null where it has not arrived. */
    public StackTrace find(long proc, long stack) {
        return find(proc, dictionary -> dictionary.byId.get(stack));
    }

    /** The Python frame with this id as that process knows it; null where it has not arrived. */
    public StreamRecord.PythonFrame pythonFrame(long proc, long id) {
        return find(proc, dictionary -> dictionary.python.get(id));
    }

    private <T> T find(long proc, Function<Dictionary, T> entry) {
        long at = proc;
        // No chain of forks is so long: the bound is for ids that damage has made up.
        for (int depth = 0; depth < 64; depth++) {
            Dictionary dictionary = byProc.get(at);
            T found = dictionary == null ? null : entry.apply(dictionary);
            if (found != null || at == 0) {
                return found;
            }
            at = dictionary == null ? 0 : dictionary.parent;
        }
        return null;
    }

    /** Forgets what a child has explained, once no process that it forked needs it. */
    void forget(long proc) {
        Dictionary dictionary = byProc.get(proc);
        if (dictionary == null) {
            return;
        }
        dictionary.forgotten = true;
        if (dictionary.heirs == 0) {
            byProc.remove(proc);
            Dictionary parent = byProc.get(dictionary.parent);
            if (dictionary.parent != 0 && parent != null && --parent.heirs == 0 && parent.forgotten) {
                forget(dictionary.parent);
            }
        }
    }
}
