package org.forkwitness.verdict;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads a table of rules: a row a line, columns apart by one tab, comments from #. Stateless. */
final class RuleTable {
    private RuleTable() {}

    /**
     * The rows of a resource of this package, each with exactly so many columns, none of them empty.
     *
     * @throws IllegalStateException where a row has another form: the jar is damaged
     */
    static List<List<String>> read(String name, int columns) {
        InputStream resource = RuleTable.class.getResourceAsStream(name);
        if (resource == null) {
            throw new IllegalStateException("the jar has no " + name);
        }
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> row(name, line, columns))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be read", e);
        }
    }

    private static List<String> row(String name, String line, int columns) {
        List<String> row = List.of(line.split("\t", -1));
        if (row.size() != columns || row.stream().anyMatch(String::isBlank)) {
            throw new IllegalStateException(name + ": not a row of " + columns + " columns: " + line);
        }
        return row;
    }

    /** True where a text has the form of a pattern, in which each * stands for any text. */
    static boolean matches(String pattern, String text) {
        int star = pattern.indexOf('*');
        if (star < 0) {
            return pattern.equals(text);
        }
        if (!text.startsWith(pattern.substring(0, star))) {
            return false;
        }
        String rest = pattern.substring(star + 1);
        for (int from = star; from <= text.length(); from++) {
            if (matches(rest, text.substring(from))) {
                return true;
            }
        }
        return false;
    }
}
