package org.forkwitness.suppress;

import java.util.List;
import java.util.Locale;

/** What a rule is about, and by which keys it is told from others. */
enum Subject {
    SITE("blame", "library", "call"),
    THREAD("name", "library"),
    LOCK("name", "library", "kind");

    private final List<String> keys;

    Subject(String... keys) {
        this.keys = List.of(keys);
    }

    /** The keys that a rule about it may have. */
    List<String> keys() {
        return keys;
    }

    /** The first word of a rule. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
