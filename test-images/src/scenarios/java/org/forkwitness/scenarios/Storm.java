package org.forkwitness.scenarios;

/** {@code storm.c}. */
final class Storm {
    static {
        Libraries.load("scenario");
    }

    private Storm() {}

    /** Forks in the C function {@code storm<number>} (0 to 7). Returns the pid of the child, which it has reaped. */
    static native int fork(int number);
}
