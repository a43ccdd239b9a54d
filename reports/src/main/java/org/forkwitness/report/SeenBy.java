package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;

/** From where a blocked child was seen. */
public enum SeenBy {
    /** By the agent's hooks in the child itself, before it blocked. */
    INSIDE("inside"),
    /** By its parent's agent or the collector, which saw it sleep. */
    OUTSIDE("outside");

    private final String text;

    SeenBy(String text) {
        this.text = text;
    }

    /** The spelling in reports. */
    @JsonValue
    public String text() {
        return text;
    }
}
