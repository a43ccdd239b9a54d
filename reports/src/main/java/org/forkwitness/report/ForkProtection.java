package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;

/** What makes the allocator whole again in a child. */
public enum ForkProtection {
    /** The C library's fork itself. */
    LIBC("libc"),
    /** Fork handlers that the allocator registers. */
    HANDLERS("handlers"),
    /** Nothing. */
    NONE("none"),
    /** Not known. */
    UNKNOWN("unknown");

    private final String text;

    ForkProtection(String text) {
        this.text = text;
    }

    /** The spelling in reports. */
    @JsonValue
    public String text() {
        return text;
    }
}
