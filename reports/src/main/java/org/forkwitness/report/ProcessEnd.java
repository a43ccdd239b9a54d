package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;

/** How the watched process ended. */
public enum ProcessEnd {
    /** It had not ended when the report was written. */
    RUNNING("running"),
    /** It ended in order: the JVM said so. */
    EXITED("exited"),
    /** It was gone without a word, by SIGKILL or a crash. */
    KILLED("killed"),
    /** The stream ended, but not the process: the rest was not seen. */
    LOST("lost");

    private final String text;

    ProcessEnd(String text) {
        this.text = text;
    }

    /** The spelling in reports. */
    @JsonValue
    public String text() {
        return text;
    }
}
