package org.forkwitness.verdict;

import java.util.HashMap;
import java.util.Map;

/** How sentences call a state, by {@code states.tsv}. Immutable. */
final class StateNames {
    private final Map<String, String> words = new HashMap<>();

    private StateNames() {}

    static StateNames load() {
        StateNames names = new StateNames();
        RuleTable.read("states.tsv", 2).forEach(row -> names.words.put(row.get(0), row.get(1)));
        return names;
    }

    /** The words for a state; its own name where the table has none. */
    String of(String state) {
        return words.getOrDefault(state, state);
    }
}
