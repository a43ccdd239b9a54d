package org.forkwitness.scenarios;

/** {@code threads.c}: threads that the JVM does not know. */
final class Threads {
    static {
        Libraries.load("scenario");
    }

    private Threads() {}

    /** A native thread renames itself "renamed-worker" and forks. Returns the child's pid. */
    static native int forkInNativeThread();

    /** Starts a native thread "idle-worker"; returns a handle for {@link #stopIdle}. */
    static native long startIdle();

    static native void stopIdle(long handle);
}
