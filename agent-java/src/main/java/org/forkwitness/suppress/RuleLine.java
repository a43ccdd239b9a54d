package org.forkwitness.suppress;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads one line of a rule file. */
final class RuleLine {
    /** What is wrong with a line, and what is expected instead. */
    static final class Mistake extends Exception {
        private static final long serialVersionUID = 1;

        Mistake(String message) {
            super(message);
        }
    }

    private static final String FORM = "expected: site|thread|lock key=pattern [key=pattern ...] : reason";

    private final String line;
    private int at;

    private RuleLine(String line) {
        this.line = line;
    }

    /**
     * The rule of a line; empty for a comment or an empty line.
     *
     * @param place the line's place, for reports
     * @throws Mistake where it is neither
     */
    static Optional<Suppression> parse(String line, String place) throws Mistake {
        String text = line.strip();
        return text.isEmpty() || text.startsWith("#") ? Optional.empty() : Optional.of(new RuleLine(text).rule(place));
    }

    private Suppression rule(String place) throws Mistake {
        Subject subject = subject(word());
        Map<String, Glob> globs = new LinkedHashMap<>();
        for (String word = word(); !word.equals(":"); word = word()) {
            if (word.isEmpty()) {
                throw new Mistake("no reason: " + FORM + ", with a blank on either side of the colon");
            }
            add(subject, globs, word);
        }
        if (globs.isEmpty()) {
            throw new Mistake("it would fit every " + subject.word() + ": expected " + keys(subject));
        }
        String reason = line.substring(at).strip();
        if (reason.isEmpty()) {
            throw new Mistake("no reason after the colon: " + FORM);
        }
        return new Suppression(subject, globs, reason, place);
    }

    private static Subject subject(String word) throws Mistake {
        return Arrays.stream(Subject.values())
                .filter(s -> s.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new Mistake("'" + word + "' is none of site, thread and lock: " + FORM));
    }

    private static void add(Subject subject, Map<String, Glob> globs, String word) throws Mistake {
        int equals = word.indexOf('=');
        if (equals < 0) {
            throw new Mistake("'" + word + "' has no '=': expected " + keys(subject)
                    + ", with double quotes around a pattern with blanks");
        }
        String key = word.substring(0, equals);
        String pattern = word.substring(equals + 1);
        if (!subject.keys().contains(key)) {
            throw new Mistake("a " + subject.word() + " has no '" + key + "': expected " + keys(subject));
        }
        if (pattern.isEmpty()) {
            throw new Mistake("'" + key + "' has no pattern: expected " + key + "=pattern, where * fits everything");
        }
        if (globs.put(key, new Glob(pattern)) != null) {
            throw new Mistake("'" + key + "' stands there twice: expected one, or a line for each");
        }
    }

    private static String keys(Subject subject) {
        List<String> keys = new ArrayList<>(subject.keys());
        String last = keys.remove(keys.size() - 1);
        return keys.stream().map(k -> k + "=pattern").collect(Collectors.joining(", ")) + " or " + last + "=pattern";
    }

    /** The next word, without the quotes in it; empty at the end of the line. */
    private String word() throws Mistake {
        while (at < line.length() && blank(line.charAt(at))) {
            at++;
        }
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        for (; at < line.length() && (quoted || !blank(line.charAt(at))); at++) {
            if (line.charAt(at) == '"') {
                quoted = !quoted;
            } else {
                word.append(line.charAt(at));
            }
        }
        if (quoted) {
            throw new Mistake("a double quote without its end: expected key=\"pattern with blanks\"");
        }
        return word.toString();
    }

    private static boolean blank(char c) {
        return c == ' ' || c == '\t';
    }
}
