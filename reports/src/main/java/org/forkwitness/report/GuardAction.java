package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;

/** What the guard did about a fork. */
public enum GuardAction {
    /** Held it back until no other thread held or was inside of anything. */
    WAITED("waited"),
    /** Held it back, and let it go when its time was up. */
    TIMED_OUT("timed-out"),
    /** Made the call fail. */
    DENIED("denied"),
    /** Ended the process. */
    ABORTED("aborted");

    private final String text;

    GuardAction(String text) {
        this.text = text;
    }

    /** The spelling in reports. */
    @JsonValue
    public String text() {
        return text;
    }
}
