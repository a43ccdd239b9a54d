package org.forkwitness.stream;

import java.io.IOException;

/** The stream was written by an agent whose stream this collector does not read. */
public final class StreamVersionException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long version;

    StreamVersionException(long version) {
        super("the stream has version " + Long.toUnsignedString(version) + ", this collector reads version "
                + FrameReader.VERSION + ": use the forkwitness.jar of the agent's own release");
        this.version = version;
    }

    /** The version that the stream's first record names. */
    public long version() {
        return version;
    }
}
