package org.forkwitness.cli;

/** The exit statuses of all commands. */
final class ExitStatus {
    /** Done; for check: nothing that bad. */
    static final int OK = 0;

    /** check: found. */
    static final int FOUND = 1;

    /** The command line or the input is not usable. */
    static final int UNUSABLE = 2;

    private ExitStatus() {}
}
