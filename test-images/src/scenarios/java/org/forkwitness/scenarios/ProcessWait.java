package org.forkwitness.scenarios;

/** {@code forks.c}. */
final class ProcessWait {
    static {
        Libraries.load("scenario");
    }

    private ProcessWait() {}

    /** Reaps a child of this process; the status by which it ended, or -1. */
    static native int status(int pid);
}
