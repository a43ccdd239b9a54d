package org.forkwitness.model;

import org.forkwitness.stream.StreamRecord;

/** What is known of one fork and its child. The child's frames may arrive before the fork's. */
public final class ProcessFork {
    private final long id;
    private StreamRecord.Fork record;
    private StreamRecord.ForkResult result;
    private StreamRecord.Child child;
    private StreamRecord.Exec exec;
    private StreamRecord.ExecFailed execFailed;
    private StreamRecord.Exit exit;
    private long firstTime = Long.MAX_VALUE;

    ProcessFork(long id) {
        this.id = id;
    }

    void update(StreamRecord next) {
        if (next instanceof StreamRecord.Fork fork) {
            record = fork;
        } else if (next instanceof StreamRecord.ForkResult forkResult) {
            result = forkResult;
            return;
        } else if (next instanceof StreamRecord.Child first) {
            child = first;
        } else if (next instanceof StreamRecord.Exec next2) {
            exec = exec == null || exec.header().seq() < next2.header().seq() ? next2 : exec;
        } else if (next instanceof StreamRecord.ExecFailed failed) {
            execFailed = execFailed == null
                            || execFailed.header().seq() < failed.header().seq()
                    ? failed
                    : execFailed;
        } else if (next instanceof StreamRecord.Exit end) {
            exit = end;
        }
        firstTime = Math.min(firstTime, next.header().time());
    }

    /** Number of the fork. */
    public long id() {
        return id;
    }

    /** Its FORK record; null where that has not arrived. */
    public StreamRecord.Fork record() {
        return record;
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

    /** The error of a call that failed; null where it did not, or is not known yet. */
    public Long errno() {
        return result == null ? null : result.errno();
    }

    /** The child's process id; null where it is not known. */
    public Long childPid() {
        if (child != null) {
            return child.pid();
        }
        return result == null || result.pid() == null || result.pid() <= 0 ? null : result.pid();
    }

    /** True where the parent got its result. */
    public boolean returned() {
        return result != null;
    }

    /** The exec that the child reached and that is not known to have failed; else null. */
    public StreamRecord.Exec exec() {
        boolean failed = exec != null
                && execFailed != null
                && execFailed.header().seq() > exec.header().seq();
        return failed ? null : exec;
    }

    /** The end that the child reached; else null. */
    public StreamRecord.Exit exit() {
        return exit;
    }

    /** True where the child reached exec or its end. */
    public boolean childDone() {
        return exit != null || exec() != null;
    }
}
