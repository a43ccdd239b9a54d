package org.forkwitness.report.text;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCounts;

/** Numbers, times and names as words. */
final class Words {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** signal(7): the numbers that are the same on x86-64 and aarch64. */
    private static final Map<Integer, String> SIGNALS = Map.of(
            1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 6, "SIGABRT", 7, "SIGBUS", 9, "SIGKILL", 11, "SIGSEGV", 13,
            "SIGPIPE", 14, "SIGALRM", 15, "SIGTERM");

    private Words() {}

    /** {@code 1 fork}, {@code 2 forks}: for nouns with a plain s. */
    static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** Date and time, UTC, with milliseconds. */
    static String time(Instant time) {
        return TIME.format(time);
    }

    /** Two units at most: {@code 2 h 5 min}, {@code 3 min 4 s}, {@code 12 s}. */
    static String duration(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds >= 86_400) {
            return seconds / 86_400 + " d " + seconds % 86_400 / 3_600 + " h";
        }
        if (seconds >= 3_600) {
            return seconds / 3_600 + " h " + seconds % 3_600 / 60 + " min";
        }
        return seconds >= 60 ? seconds / 60 + " min " + seconds % 60 + " s" : seconds + " s";
    }

    /** Milliseconds with three digits at most. */
    static String milliseconds(double value) {
        String digits = String.format(Locale.ROOT, "%.3f", value);
        return digits.replaceAll("\\.?0+$", "") + " ms";
    }

    /** {@code 9 (SIGKILL)}. */
    static String signal(int number) {
        String name = SIGNALS.get(number);
        return name == null ? String.valueOf(number) : number + " (" + name + ")";
    }

    /** {@code 1 unsafe, 3 safe}, worst first, only what there is. */
    static String counts(VerdictCounts counts) {
        List<String> parts = new ArrayList<>();
        for (Verdict verdict : Verdict.values()) {
            if (counts.of(verdict) > 0) {
                parts.add(counts.of(verdict) + " " + verdict.text());
            }
        }
        return String.join(", ", parts);
    }

    /** A thread's name in quotes; {@code a thread without a name} for null. */
    static String thread(String name) {
        return name == null || name.isEmpty() ? "a thread without a name" : "'" + name + "'";
    }
}
