package org.forkwitness.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.forkwitness.stream.StreamRecord;

/** What is known of one fork and its child. The child's frames may arrive before the fork's. */
public final class ProcessFork {
    /** More than this many are not worth their memory: no verdict depends on them. */
    private static final int MAX_MONITORS = 256;

    private final long id;
    private final ChildRecords child = new ChildRecords();
    private final WatchRecords watch = new WatchRecords();
    private StreamRecord.Fork record;
    private StreamRecord.ForkResult result;
    private long firstTime = Long.MAX_VALUE;
    private List<StreamRecord.Monitor> monitors = List.of();
    private StreamRecord.Guard guard;

    ProcessFork(long id) {
        this.id = id;
    }

    void update(StreamRecord next) {
        if (next instanceof StreamRecord.Fork fork) {
            record = fork;
        } else if (next instanceof StreamRecord.ForkResult forkResult) {
            result = forkResult;
            return;
        } else if (next instanceof StreamRecord.Monitor monitor) {
            add(monitor);
            return;
        } else if (next instanceof StreamRecord.Guard said) {
            guard = said;
            return;
        } else if (next.header().proc() == id) {
            child.update(next);
        } else {
            watch.update(next);
        }
        firstTime = Math.min(firstTime, next.header().time());
    }

    private void add(StreamRecord.Monitor monitor) {
        if (monitors.size() < MAX_MONITORS) {
            monitors = monitors.isEmpty() ? new ArrayList<>(1) : monitors;
            monitors.add(monitor);
        }
    }

    /** Notes that the child did something which is not told of this fork. */
    void progress(StreamRecord.Header header) {
        child.progress(header);
    }

    /** Notes that the child was waited for; null where that turned out to be another one. */
    void reaped(StreamRecord.Reaped record) {
        watch.reaped(record);
    }

    /** Number of the fork. */
    public long id() {
        return id;
    }

    /** Its FORK record; null where that has not arrived. */
    public StreamRecord.Fork record() {
        return record;
    }

    /** Java monitors that threads owned at the fork. */
    public List<StreamRecord.Monitor> monitors() {
        return Collections.unmodifiableList(monitors);
    }

    /** What the guard did; null where it did nothing. */
    public StreamRecord.Guard guard() {
        return guard;
    }

    /** What the child said. */
    public ChildRecords child() {
        return child;
    }

    /** What others said of the child. */
    public WatchRecords watch() {
        return watch;
    }

    /** True where its FORK record has arrived. */
    public boolean known() {
        return record != null;
    }

    /** CLOCK_MONOTONIC of the call, or of the child's first frame where the call was not seen, ns. */
    public long time() {
        return record != null ? record.header().time() : firstTime;
    }

    /** The process that called: 0 or the id of the fork whose child it is. */
    public long proc() {
        return record == null ? 0 : record.header().proc();
    }

    /**
     * The error of a call that failed; null where it did not, or is not known yet. Where only fork handlers saw the call,
     * the error is what another library's handler may have left behind: a child proves it wrong.
     */
    public Long errno() {
        return result == null || child.first() != null ? null : result.errno();
    }

    /** The child's process id; null where it is not known. */
    public Long childPid() {
        if (child.first() != null) {
            return child.first().pid();
        }
        return result == null || result.pid() == null || result.pid() <= 0 ? null : result.pid();
    }

    /** True where the parent got its result. */
    public boolean returned() {
        return result != null;
    }

    /** The exec that the child reached and that is not known to have failed; else null. */
    public StreamRecord.Exec exec() {
        return child.exec();
    }

    /** The end that the child reached; else null. */
    public StreamRecord.Exit exit() {
        return child.exit();
    }

    /** True where the child reached exec or its end. */
    public boolean childDone() {
        return exit() != null || exec() != null || watch.execed() || watch.ended();
    }
}
