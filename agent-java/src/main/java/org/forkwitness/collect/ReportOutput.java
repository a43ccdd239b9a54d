package org.forkwitness.collect;

import java.io.IOException;
import java.util.concurrent.Executor;
import org.forkwitness.report.Report;

/**
 * Writes reports on another thread, one at a time. At most one waits: a newer report takes its place, since each says all
 * that the one before said. Safe for use by many threads.
 */
final class ReportOutput {
    /** Writes a report to its file. */
    interface Target {
        /** Writes the whole report, or leaves the one before it as it was. */
        void write(Report report) throws IOException;
    }

    private final Target target;
    private final Executor executor;
    private Report waiting;
    private boolean busy;
    private long tookNs;
    private IOException failure;
    private RuntimeException fault;

    /** An output that writes to {@code target} by means of an executor of one thread. */
    ReportOutput(Target target, Executor executor) {
        this.target = target;
        this.executor = executor;
    }

    /** Has a report written, soon, unless a newer one comes before that begins. */
    synchronized void offer(Report report) {
        boolean queued = waiting != null;
        waiting = report;
        if (!queued) {
            executor.execute(this::writeWaiting);
        }
    }

    /**
     * Writes the last report, on this thread, once one that is being written is done. One that waits never is.
     *
     * @throws IOException where it cannot be written; how earlier ones fared does not matter any more
     */
    void finish(Report last) throws IOException, InterruptedException {
        synchronized (this) {
            waiting = null;
            while (busy) {
                wait();
            }
        }
        target.write(last);
    }

    /** True while a report waits or is being written. */
    synchronized boolean pending() {
        return waiting != null || busy;
    }

    /** How long the last one took to be written, ns. */
    synchronized long tookNs() {
        return tookNs;
    }

    /**
     * Tells that a report could not be written since the last call.
     *
     * @throws IOException that one, once
     */
    synchronized void check() throws IOException {
        IOException last = failure;
        failure = null;
        if (fault != null) {
            throw fault;
        }
        if (last != null) {
            throw last;
        }
    }

    private void writeWaiting() {
        Report report = begin();
        if (report == null) {
            return;
        }
        long begun = System.nanoTime();
        IOException failed = null;
        RuntimeException broken = null;
        try {
            target.write(report);
        } catch (IOException e) {
            failed = e;
        } catch (RuntimeException e) {
            broken = e;
        } finally {
            end(System.nanoTime() - begun, failed, broken);
        }
    }

    private synchronized Report begin() {
        Report report = waiting;
        waiting = null;
        busy = report != null;
        return report;
    }

    private synchronized void end(long took, IOException failed, RuntimeException broken) {
        busy = false;
        tookNs = took;
        failure = failed == null ? failure : failed;
        fault = broken == null ? fault : broken;
        notifyAll();
    }
}
