package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;

/** What a child came to, as far as it was seen. */
public enum Outcome {
    /** It reached an exec function, which succeeded. */
    EXEC("exec"),
    /** It called exit, which runs the exit handlers of its parent. */
    EXIT("exit"),
    /** It called _exit, _Exit or quick_exit. */
    UNDERSCORE_EXIT("_exit"),
    /** A signal ended it. */
    SIGNAL("signal"),
    /** It was still running when the report was written. */
    RUNNING("running"),
    /** It waits for something that will not come. */
    DEADLOCKED("deadlocked"),
    /** Not seen. */
    UNKNOWN("unknown");

    private final String text;

    Outcome(String text) {
        this.text = text;
    }

    /** The spelling in reports. */
    @JsonValue
    public String text() {
        return text;
    }
}
