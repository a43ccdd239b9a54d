package org.forkwitness.verdict;

import java.util.Arrays;

/** Versions of digits and dots. Stateless. */
final class Version {
    /** In a table: any version. */
    static final String ANY = "*";

    private Version() {}

    /** True where {@code version} is {@code since} or newer; anything that is no version is older than all. */
    static boolean atLeast(String version, String since) {
        if (since.equals(ANY)) {
            return true;
        }
        if (version == null || !version.matches("\\d{1,6}(\\.\\d{1,6})*")) {
            return false;
        }
        return Arrays.compare(numbers(version), numbers(since)) >= 0;
    }

    /** True where {@code version} is older than {@code before}. */
    static boolean olderThan(String version, String before) {
        return before.equals(ANY) || !atLeast(version, before);
    }

    private static int[] numbers(String version) {
        return Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
    }
}
