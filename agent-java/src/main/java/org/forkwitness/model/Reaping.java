package org.forkwitness.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.forkwitness.stream.StreamRecord;

/**
 * Which child a wait call returned: the kernel gives a process id again once its process is reaped, so it is the newest
 * fork with that id that had begun by then. For one thread.
 */
final class Reaping {
    /** Processes that were made in ways that nobody saw are reaped, too: so many records may wait for their forks. */
    private static final int MAX_WAITING = 4096;

    private static final Comparator<StreamRecord> BY_TIME =
            Comparator.comparingLong(record -> record.header().time());

    /** All that had one process id. */
    private static final class Pid {
        final List<ProcessFork> forks = new ArrayList<>(1);
        final List<StreamRecord.Reaped> records = new ArrayList<>(1);
    }

    private final Map<Long, Pid> byPid = new LinkedHashMap<>();
    private final Map<Long, Pid> waiting = new LinkedHashMap<>();
    private final Consumer<ProcessFork> changed;

    /** {@code changed} is told of each fork for which a record was found. */
    Reaping(Consumer<ProcessFork> changed) {
        this.changed = changed;
    }

    /** A fork has changed: its child's id or the time of the call may be known now. */
    void look(ProcessFork fork) {
        if (fork.childPid() == null) {
            return;
        }
        Pid pid = byPid.computeIfAbsent(fork.childPid(), p -> new Pid());
        if (!pid.forks.contains(fork)) {
            pid.forks.add(fork);
        }
        if (!pid.records.isEmpty()) {
            waiting.remove(fork.childPid());
            assign(pid);
        }
    }

    void take(StreamRecord.Reaped record) {
        Pid pid = byPid.computeIfAbsent(record.pid(), p -> new Pid());
        pid.records.add(record);
        pid.records.sort(BY_TIME);
        if (pid.forks.isEmpty()) {
            wait(record.pid(), pid);
        } else {
            assign(pid);
        }
    }

    private void wait(long number, Pid pid) {
        waiting.put(number, pid);
        if (waiting.size() > MAX_WAITING) {
            Long eldest = waiting.keySet().iterator().next();
            waiting.remove(eldest);
            byPid.remove(eldest);
        }
    }

    private void assign(Pid pid) {
        for (ProcessFork fork : pid.forks) {
            StreamRecord.Reaped record = pid.records.stream()
                    .filter(r -> newestAt(pid, r.header().time()) == fork)
                    .findFirst()
                    .orElse(null);
            if (fork.watch().reaped() != record) {
                fork.reaped(record);
                changed.accept(fork);
            }
        }
    }

    private static ProcessFork newestAt(Pid pid, long time) {
        return pid.forks.stream()
                .filter(fork -> fork.time() <= time)
                .max(Comparator.comparingLong(ProcessFork::time))
                .orElse(null);
    }

    void forget(ProcessFork fork) {
        Pid pid = fork.childPid() == null ? null : byPid.get(fork.childPid());
        if (pid == null) {
            return;
        }
        pid.forks.remove(fork);
        pid.records.remove(fork.watch().reaped());
        if (pid.forks.isEmpty()) {
            byPid.remove(fork.childPid());
            waiting.remove(fork.childPid());
        }
    }
}
