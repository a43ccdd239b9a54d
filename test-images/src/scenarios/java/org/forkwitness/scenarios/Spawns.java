package org.forkwitness.scenarios;

/** {@code spawns.c}: other ways to start a program, each child reaped before the method returns. */
final class Spawns {
    static {
        Libraries.load("scenario");
    }

    private Spawns() {}

    /** Returns the child's pid. */
    static native int posixSpawn();

    /** By posix_spawnp. Returns the child's pid. */
    static native int posixSpawnByPath();

    /** Of a program that does not exist. Returns the error number. */
    static native int posixSpawnOfNothing();

    /** Returns the status of the shell that system(3) ran: 7. */
    static native int shell();

    /** Returns the number that a shell printed into popen(3)'s pipe: 42. */
    static native int pipeToShell();

    /** Returns the child's pid. */
    static native int vforkThenExec();

    /** Returns the child's pid. */
    static native int vforkThenExit(int status);
}
