package org.forkwitness.suppress;

import java.util.List;
import java.util.Map;

/** A rule. Immutable. */
public final class Suppression {
    private final Subject subject;
    private final Map<String, Glob> globs;
    private final String reason;
    private final String place;

    Suppression(Subject subject, Map<String, Glob> globs, String reason, String place) {
        this.subject = subject;
        this.globs = Map.copyOf(globs);
        this.reason = reason;
        this.place = place;
    }

    /** Why, as whoever wrote the rule says. */
    public String reason() {
        return reason;
    }

    /** The reason and where the rule stands, {@code waits for release 3.2 (known.rules:7)} for example: for reports. */
    public String text() {
        return reason + " (" + place + ")";
    }

    @Override
    public String toString() {
        return text();
    }

    /** True where each key of the rule fits one of the names that there are for it. */
    boolean matches(Subject kind, Map<String, List<String>> names) {
        return subject == kind
                && globs.entrySet().stream()
                        .allMatch(e -> names.getOrDefault(e.getKey(), List.of()).stream()
                                .anyMatch(e.getValue()::matches));
    }
}
