package org.forkwitness.collect;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads a pipe in gulps: where nothing is there, it lets some time pass before it waits for more. Each write to a pipe
 * whose reader waits wakes the reader, on the writer's time; so a thread of the watched process that forks pays for one
 * wake-up, not for one a record.
 */
final class UnhurriedInput extends FilterInputStream {
    private static final long PAUSE_NS = 10_000_000;

    UnhurriedInput(InputStream pipe) {
        super(pipe);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (in.available() == 0) {
            LockSupport.parkNanos(PAUSE_NS);
        }
        return in.read(buffer, offset, length);
    }
}
