package org.forkwitness.model;

import java.util.HashMap;
import java.util.Map;
import org.forkwitness.stream.Category;
import org.forkwitness.stream.StreamRecord;

/** The dictionary of functions that are not async-signal-safe. For one thread. */
public final class Functions {
    /** More than the C library and the JNI table have: what goes beyond is damage. */
    private static final int MAX = 1 << 14;

    private static final Map<String, String> OPERATORS = Map.of(
            "_Znwm", "operator new",
            "_Znam", "operator new[]",
            "_ZdlPv", "operator delete",
            "_ZdaPv", "operator delete[]");

    private final Map<Long, Function> byNumber = new HashMap<>();

    void add(StreamRecord.Functions record) {
        long number = record.index();
        for (String name : record.text().split(" ")) {
            if (!name.isEmpty() && byNumber.size() < MAX) {
                byNumber.putIfAbsent(number, new Function(number, readable(name), record.category()));
                number++;
            }
        }
    }

    /** The operators of C++ come by the names of the Itanium C++ ABI, 5.1.5. */
    private static String readable(String name) {
        for (Map.Entry<String, String> operator : OPERATORS.entrySet()) {
            if (name.startsWith(operator.getKey())) {
                return operator.getValue();
            }
        }
        return name;
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
