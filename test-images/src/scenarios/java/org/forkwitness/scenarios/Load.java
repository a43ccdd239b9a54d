package org.forkwitness.scenarios;

/** {@code load.c}: forks beside threads that allocate. */
final class Load {
    static {
        Libraries.load("scenario");
    }

    private Load() {}

    /** Starts four threads that do nothing but allocate. */
    static native void start();

    /** Ends them. */
    static native void stop();

    /** Forks so often, beside four threads that allocate. Returns how many children hung and were killed; -1: no fork. */
    static native int fork(int forks);
}
