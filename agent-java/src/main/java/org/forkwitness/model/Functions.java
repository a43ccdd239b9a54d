package org.forkwitness.model;

import java.util.HashMap;
import java.util.Map;
import org.forkwitness.stream.Category;
import org.forkwitness.stream.StreamRecord;

/** The dictionary of functions that are not async-signal-safe. For one thread. */
public final class Functions {
    /** More than the C library and the JNI table have: what goes beyond is damage. */
    private static final int MAX = 1 << 14;

    private final Map<Long, Function> byNumber = new HashMap<>();

    void add(StreamRecord.Functions record) {
        long number = record.index();
        for (String name : record.text().split(" ")) {
            if (!name.isEmpty() && byNumber.size() < MAX) {
                byNumber.putIfAbsent(number, new Function(number, name, record.category()));
                number++;
            }
        }
    }

    /** True where the agent tells what children call: it sends the dictionary before the first fork. */
    public boolean known() {
        return !byNumber.isEmpty();
    }

    /** The function with this number; one without a proper name where its part of the dictionary is missing. */
    public Function of(long number) {
        Function function = byNumber.get(number);
        return function != null ? function : new Function(number, "function number " + number, Category.OTHER);
    }
}
