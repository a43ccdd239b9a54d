package org.forkwitness.collect;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Those of the agent's options that the collector carries out. The agent has checked them: what does not fit here means
 * another version, and the default holds.
 *
 * @param keepForks forks that a report keeps in full, 1 or more
 * @param blameSkip further prefixes of class or library names that are not to blame, apart by colons
 * @param suppress rule file of what is known; empty for none
 */
record AgentOptions(int keepForks, String blameSkip, String suppress) {
    /** REPORT.md: the default of keep-forks. */
    static final int DEFAULT_KEEP_FORKS = 1000;

    /** More than this many would not fit into the collector's memory. */
    private static final int MAX_KEEP_FORKS = 100_000;

    /** The rule file, if the process named one. */
    Optional<Path> suppressFile() {
        // A NUL, which no path has, is in no option of a C string either: it is damage.
        boolean usable = !suppress.isEmpty() && suppress.indexOf('\0') < 0;
        return usable ? Optional.of(Path.of(suppress)) : Optional.empty();
    }

    /** Reads {@code name=value,...}. */
    static AgentOptions parse(String text) {
        Map<String, String> values = new HashMap<>();
        for (String option : text.split(",")) {
            int equals = option.indexOf('=');
            if (equals > 0) {
                values.put(option.substring(0, equals), option.substring(equals + 1));
            }
        }
        String keep = values.getOrDefault("keep-forks", "");
        int keepForks = keep.matches("\\d{1,9}") ? Integer.parseInt(keep) : DEFAULT_KEEP_FORKS;
        return new AgentOptions(
                Math.min(Math.max(1, keepForks), MAX_KEEP_FORKS),
                values.getOrDefault("blame-skip", ""),
                values.getOrDefault("suppress", ""));
    }
}
