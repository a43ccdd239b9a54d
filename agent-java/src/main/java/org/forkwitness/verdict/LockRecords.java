package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.model.InheritedLock;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.report.Frame;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.LockHolder;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.JavaNames;
import org.forkwitness.symbols.StackResolver;

/** Makes the report's records of locks that were held in a process at some time. For one thread. */
final class LockRecords {
    private final LiveModel model;
    private final StackResolver resolver;
    private final Marks marks;
    private final long proc;
    private final long time;

    /** For locks held in process {@code proc} at {@code time}, CLOCK_MONOTONIC, ns. */
    LockRecords(LiveModel model, StackResolver resolver, Marks marks, long proc, long time) {
        this.model = model;
        this.resolver = resolver;
        this.marks = marks;
        this.proc = proc;
        this.time = time;
    }

    /** A lock that was recorded. */
    HeldLock of(long id, InheritedLock lock) {
        HeldLock record = new HeldLock(
                id,
                kind(lock.kind()),
                Parties.hex(lock.address()),
                name(lock.address(), lock.epoch()),
                holder(lock.thread()),
                resolver.caller(lock.site(), lock.epoch()),
                Durations.sinceUs(lock.takenUs(), time),
                lock.shared(),
                initializedBy(lock.origin()),
                null);
        return marks.marked(record, lock.address(), time);
    }

    /** A lock of which the child told only when it came to it. */
    HeldLock of(long id, Finding.LockWait wait) {
        HeldLock record = new HeldLock(
                id,
                kind(wait.kind()),
                Parties.hex(wait.address()),
                name(wait.address(), wait.epoch()),
                holder(wait.thread()),
                resolver.caller(wait.site(), wait.epoch()),
                null,
                null,
                null,
                null);
        return marks.marked(record, wait.address(), time);
    }

    /** A Java monitor. */
    HeldLock of(long id, StreamRecord.Monitor monitor) {
        return new HeldLock(
                id,
                LockKind.MONITOR.text(),
                Parties.hex(monitor.address()),
                JavaNames.className(monitor.descriptor()) + "@" + Long.toHexString(monitor.address()),
                holder(monitor.thread()),
                entered(monitor),
                null,
                false,
                null,
                null);
    }

    private Frame entered(StreamRecord.Monitor monitor) {
        boolean known = monitor.method() != null && monitor.bci() != null;
        return known ? resolver.javaFrame(monitor.method(), monitor.bci()) : null;
    }

    private static String kind(LockKind kind) {
        return kind == null ? "lock" : kind.text();
    }

    /** What a library calls the lock, or else its variable; null where it has neither. */
    String name(long address, long epoch) {
        String said = model.lockNames().nameAt(address, time);
        return said != null ? said : resolver.variable(address, epoch);
    }

    /** The stack with this id; null for 0 and where it is not known. */
    List<Frame> initializedBy(long origin) {
        List<Frame> frames = origin == 0 ? List.of() : resolver.resolve(origin).frames();
        return frames.isEmpty() ? null : frames;
    }

    /** A thread by its id; null where it is not known. */
    LockHolder holder(Long id) {
        ProcessThread thread = id == null ? null : model.thread(proc, id);
        return thread == null || !thread.known() ? null : new LockHolder(id, thread.tid(), thread.nameAt(time, ""));
    }
}
