package org.forkwitness.stream;

/** A frame that is well-formed CBOR but no frame of this stream. Stays inside the reader, which counts it. */
final class DamagedFrameException extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedFrameException(String message) {
        // No stack trace: a garbage stream holds many of them.
        super(message, null, false, false);
    }

    DamagedFrameException(Throwable cause) {
        super(cause.getMessage(), cause, false, false);
    }
}
