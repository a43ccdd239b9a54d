package org.forkwitness.report;

import java.util.List;

/** What the records of the model do with their components: lists are copied, what must be there is asked for. */
final class Fields {
    private Fields() {}

    /** @throws IllegalArgumentException naming the field, where its value is missing */
    static void required(Object value, String field) {
        if (value == null) {
            throw new IllegalArgumentException(field + " is missing");
        }
    }

    /** An immutable copy; empty for null. */
    static <T> List<T> list(List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    /** An immutable copy; null for null. */
    static <T> List<T> listOrNull(List<T> list) {
        return list == null ? null : List.copyOf(list);
    }
}
