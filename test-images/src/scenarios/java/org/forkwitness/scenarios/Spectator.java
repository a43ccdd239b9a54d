package org.forkwitness.scenarios;

/** {@code spectator.c}: what an application can notice of a process beside it. */
final class Spectator {
    static {
        Libraries.load("scenario");
    }

    private Spectator() {}

    /** Counts SIGCHLD from now on. Returns 0 on success. */
    static native int countChildSignals();

    /** How many came. */
    static native int childSignals();

    /** The errno of a wait for any child, or 0. */
    static native int waitForAny();
}
