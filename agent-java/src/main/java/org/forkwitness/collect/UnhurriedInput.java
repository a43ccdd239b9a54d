package org.forkwitness.collect;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads a pipe in gulps: it lets some time pass before it reads, and again before it hands on what it had to wait for.
 * Each write to a pipe whose reader waits wakes the reader, on the writer's time; so a thread of the watched process that
 * forks pays for one wake-up, not for one a record. And the first record of a fork comes before the fork: on a machine
 * with few processors, whoever worked on it at once would have the one that the child is to begin on.
 */
final class UnhurriedInput extends FilterInputStream {
    private static final long PAUSE_NS = 10_000_000;
    /** With so many bytes there is no pause: a quarter of the smallest pipe (pipe(7)). */
    private static final int ENOUGH = 16 * 1024;

    UnhurriedInput(InputStream pipe) {
        super(pipe);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (in.available() < ENOUGH) {
            LockSupport.parkNanos(PAUSE_NS);
        }
        boolean waits = in.available() == 0;
        int count = in.read(buffer, offset, length);
        if (waits && count > 0) {
            LockSupport.parkNanos(PAUSE_NS);
            int more = Math.min(in.available(), length - count);
            count += more > 0 ? in.read(buffer, offset + count, more) : 0;
        }
        return count;
    }
}
