package org.forkwitness.scenarios;

/** {@code play.c}: threads that hold something, and children that are forked while they do. */
final class Play {
    static {
        Libraries.load("scenario");
        register();
    }

    private Play() {}

    private static native void register();

    /** A thread of the play: a native one starts at once, a Java one is to call {@link #perform}. */
    static native void cast(String name, String role, boolean isNative);

    /** Acts a thread's role in the calling thread. */
    static native void perform(String name);

    /** Waits until that thread holds what its role is about. */
    static native void await(String name);

    /** Lets it go on; waits for the end of a native one. */
    static native void release(String name);

    /** Acts in the calling thread. */
    static native void act(String role);

    /** Makes a child that acts a role. Returns its pid, or -1. */
    static native int fork(String way, String role);

    /** Returns twice: the child's pid, and 0 in the child. */
    static native int forkAndReturn();

    /** _exit; does nothing for a negative status. */
    static native void leave(int status);

    /** Waits until some child says that it is ready. */
    static native void awaitReady();

    /** Lets one child go on that waits for it. */
    static native void go();

    /** kill(2). Returns 0 on success. */
    static native int signal(int pid, int number);

    /** Waits for the child's end. Returns its status as waitpid(2) gives it, or -1. */
    static native int reap(int pid);
}
