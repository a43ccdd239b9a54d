package org.forkwitness.model;

import org.forkwitness.stream.StreamRecord;
import org.forkwitness.stream.ThreadKind;

/** What is known of one thread. An end or a name may be known before the thread itself. */
public final class ProcessThread {
    private final long proc;
    private final long id;
    private StreamRecord.Thread record;
    private boolean seen;
    private long start;
    private final NameHistory names = new NameHistory();
    private ThreadKind kind;
    private Long stack;
    private Long creator;
    private Long startRoutine;
    private long end = Long.MAX_VALUE;
    private NameHistory forkAware;

    ProcessThread(long proc, long id) {
        this.proc = proc;
        this.id = id;
    }

    /** Sent again when more is known: what was known stays where the new one says nothing. */
    void update(StreamRecord.Thread next) {
        if (record == null || next.seen() && !seen) {
            start = next.header().time();
            seen = next.seen();
        }
        record = next;
        names.add(next.name(), next.header().time());
        promote(next.kind());
        stack = next.stack() == null ? stack : next.stack();
        creator = next.creator() == null ? creator : next.creator();
        startRoutine = next.startRoutine() == null ? startRoutine : next.startRoutine();
    }

    void update(StreamRecord.ThreadName change) {
        names.add(change.name(), change.header().time());
        promote(change.kind());
    }

    void update(StreamRecord.ThreadAware said) {
        forkAware = forkAware == null ? new NameHistory() : forkAware;
        forkAware.add(said.reason(), said.header().time());
    }

    void end(StreamRecord.ThreadEnd record) {
        end = record.header().time();
        names.add(record.name(), end);
    }

    /** Each thread starts as a native one and may turn out to be the JVM's or Java's; never back. */
    private void promote(ThreadKind newKind) {
        if (newKind != null && newKind != ThreadKind.NATIVE || kind == null) {
            kind = newKind;
        }
    }

    /** True where its THREAD record has arrived. */
    public boolean known() {
        return record != null;
    }

    /** The process that it belongs to: 0 or a fork's id. */
    public long proc() {
        return proc;
    }

    /** Number of the thread in the stream. */
    public long id() {
        return id;
    }

    /** The kernel's id of it. */
    public long tid() {
        return record.tid();
    }

    /** Its last known name. */
    public String name() {
        return names.last();
    }

    /**
     * Its name at a time.
     *
     * @param kernelName the name that the kernel had for it then, empty where that is not known
     */
    public String nameAt(long time, String kernelName) {
        if (kind() != ThreadKind.JAVA) {
            return kernelName.isEmpty() ? names.atWithoutKernelName(time) : kernelName;
        }
        return names.at(time, kernelName);
    }

    /** Why forks need not fear it at that time; null where nobody has said so. */
    public String forkAwareAt(long time) {
        String reason = forkAware == null ? null : forkAware.before(time);
        return reason == null || reason.isEmpty() ? null : reason;
    }

    /** What it is. */
    public ThreadKind kind() {
        return kind == null ? ThreadKind.NATIVE : kind;
    }

    /** True where the agent saw its creation: else it is older than {@link #start()}. */
    public boolean seen() {
        return seen;
    }

    /** CLOCK_MONOTONIC of its start, or of its finding where that was not seen, ns. */
    public long start() {
        return start;
    }

    /** CLOCK_MONOTONIC of its end, ns; {@link Long#MAX_VALUE} while it lives. */
    public long end() {
        return end;
    }

    /** The stack of its creation, or null. */
    public Long stack() {
        return stack;
    }

    /** The thread that created it, or null. */
    public Long creator() {
        return creator;
    }

    /** Address of the function that it began with, or null. */
    public Long startRoutine() {
        return startRoutine;
    }

    /** True where it lived then. One whose creation was not seen lived before it was found. */
    public boolean aliveAt(long time) {
        return known() && (!seen || start <= time) && time < end;
    }
}
