package org.forkwitness.report;

/**
 * Why a fork has its verdict.
 *
 * @param code short name of the reason for tools, lower case with dashes; the constants here are those in use
 * @param message one sentence for people
 */
public record Reason(String code, String message) {
    public Reason {
        Fields.required(code, "reasons[].code");
        Fields.required(message, "reasons[].message");
    }

    /** Another thread held a lock. */
    public static final String HELD_LOCK = "held-lock";

    /** Another thread was inside a function of the C library that keeps state. */
    public static final String IN_REGION = "in-region";

    /** The child waits for a thread that was not copied. */
    public static final String LOST_THREAD = "lost-thread";

    /** A signal whose handler needs a thread that was not copied. */
    public static final String LOST_SIGNAL = "lost-signal";

    /** The child called into the JVM. */
    public static final String JVM_REENTRY = "jvm-reentry";

    /** The child called a function that is not async-signal-safe. */
    public static final String NOT_ASYNC_SIGNAL_SAFE = "not-async-signal-safe";

    /** The child came to its end by async-signal-safe calls alone. */
    public static final String ASYNC_SIGNAL_SAFE = "async-signal-safe";

    /** The child lives, and nothing is known against it so far. */
    public static final String RUNNING = "running";

    /** A signal ended the child before it came to anything. */
    public static final String KILLED = "killed";

    /** Records of the child are missing. */
    public static final String RECORDS_LOST = "records-lost";

    /** What decides was not seen. */
    public static final String UNOBSERVED = "unobserved";

    /** A call of the spawn family. */
    public static final String SPAWN = "spawn";

    /** The call failed: there is no child. */
    public static final String FORK_FAILED = "fork-failed";
}
