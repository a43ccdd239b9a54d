package org.forkwitness.verdict;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.forkwitness.model.Function;

/** Which states a function uses, by {@code resources.tsv}. Immutable. */
final class States {
    /** Prefix of a key that stands for all functions of a category. */
    static final String CATEGORY = "category:";

    private static final String NONE = "-";

    /** Suffix of a state whose lock the function has for moments of its call only: who is inside of it holds it not. */
    private static final String FOR_MOMENTS = "?";

    private final Map<String, List<String>> byKey = new HashMap<>();

    private States() {}

    static States load() {
        States states = new States();
        for (List<String> row : RuleTable.read("resources.tsv", 3)) {
            List<String> list =
                    row.get(1).equals(NONE) ? List.of() : List.of(row.get(1).split(","));
            for (String key : row.get(0).split(",")) {
                states.byKey.put(key, list);
            }
        }
        return states;
    }

    /** The states that a call needs; the category's name is one, unless the table says otherwise. */
    List<String> of(Function function) {
        return listed(function).stream()
                .map(state -> state.replace(FOR_MOMENTS, ""))
                .toList();
    }

    /** The states whose locks somebody inside of the function may be taken to hold. */
    List<String> heldIn(Function function) {
        return listed(function).stream()
                .filter(state -> !state.endsWith(FOR_MOMENTS))
                .toList();
    }

    private List<String> listed(Function function) {
        List<String> own = byKey.get(function.name());
        if (own != null) {
            return own;
        }
        String category = function.category().text();
        List<String> common = byKey.get(CATEGORY + category);
        return common != null ? common : List.of(category);
    }
}
