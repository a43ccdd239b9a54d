package org.forkwitness.scenarios;

/** {@code prefetched.c}. */
final class Prefetched {
    static {
        Libraries.load("prefetched");
    }

    private Prefetched() {}

    /** Forks by an address that was looked up when the library was loaded. Returns the pid of the reaped child. */
    static native int fork();
}
