package org.forkwitness.scenarios;

/** {@code forks.c}: forks in a JNI library, each child reaped before the method returns. */
final class Forks {
    static {
        Libraries.load("scenario");
    }

    private Forks() {}

    /** The child becomes /bin/true. Returns its pid. */
    static native int thenExec();

    /** The child fails to exec and ends with status 127. Returns its pid. */
    static native int thenFailedExec();

    /** The child calls _exit. Returns its pid. */
    static native int thenUnderscoreExit(int status);

    /** The child calls exit. Returns its pid. */
    static native int thenExit(int status);

    /** By forkpty. Returns the child's pid. */
    static native int pseudoTerminal();

    /** A child that forks: the pids of child (status 4) and grandchild (status 5). */
    static native int[] nested();

    /** A child that calls daemon, whose own child ends with status 6. Returns the child's pid. */
    static native int daemonInChild();

    /** The child prints its descriptors by {@code ls -l /proc/self/fd}. Returns its pid. */
    static native int thenListDescriptors();
}
