package org.forkwitness.scenarios;

/** {@code limits.c}: what a caller of fork sees in errno. */
final class Limits {
    static {
        Libraries.load("scenario");
    }

    private Limits() {}

    /** Forks where the kernel refuses it, from now on for this thread. Returns errno. */
    static native int forkRefused();

    /** Forks with errno 77: returns the errno that the child saw if the parent still has 77, else -1. */
    static native int errnoAfterFork();
}
