package org.forkwitness.scenarios;

/** {@code late.c}: loads and unloads further libraries. */
final class Late {
    static {
        Libraries.load("late");
    }

    private Late() {}

    /** Returns the pid of the reaped child. */
    static native int fork();

    /** dlopen. Returns a handle, or 0. */
    static native long open(String path);

    /** Calls the library's function, which forks. Returns the pid of the reaped child. */
    static native int call(long handle);

    /** dlclose. True if the library is gone from memory. */
    static native boolean close(long handle);
}
