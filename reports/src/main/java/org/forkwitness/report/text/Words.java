package org.forkwitness.report.text;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.forkwitness.report.Alive;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCounts;

/** Numbers, times and names as words. */
public final class Words {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** signal(7): the numbers that are the same on x86-64 and aarch64. */
    private static final Map<Integer, String> SIGNALS = Map.of(
            1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 6, "SIGABRT", 7, "SIGBUS", 9, "SIGKILL", 11, "SIGSEGV", 13,
            "SIGPIPE", 14, "SIGALRM", 15, "SIGTERM");

    private static final String UNITS = "KMGTPE";

    private Words() {}

    /** {@code 1 fork}, {@code 2 forks}: for nouns with a plain s. */
    public static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** Date and time, UTC, with milliseconds. */
    public static String time(Instant time) {
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

    /** Milliseconds in the unit that people would use: {@code 41 us}, {@code 12.5 ms}, {@code 4.21 s}, {@code 2 h 5 min}. */
    static String elapsed(double milliseconds) {
        if (milliseconds >= 60_000) {
            return duration(Duration.ofMillis(Math.round(milliseconds)));
        }
        if (milliseconds >= 1_000) {
            return digits(milliseconds / 1_000, 2) + " s";
        }
        return milliseconds >= 1 || milliseconds == 0
                ? digits(milliseconds, 1) + " ms"
                : digits(milliseconds * 1_000, 1) + " us";
    }

    /** {@code 512 bytes}, {@code 1.5 KiB}, {@code 12 MiB}. */
    static String bytes(long bytes) {
        if (bytes < 1024) {
            return count(bytes, "byte");
        }
        int unit = Math.min((63 - Long.numberOfLeadingZeros(bytes)) / 10, UNITS.length());
        return digits((double) bytes / (1L << 10 * unit), 1) + " " + UNITS.charAt(unit - 1) + "iB";
    }

    /** At most so many digits after the point. */
    private static String digits(double value, int digits) {
        return BigDecimal.valueOf(value)
                .setScale(digits, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }

    /** How many threads there are, and whose. */
    static String alive(Alive alive) {
        return alive.total() + " alive: " + alive.java() + " Java, " + alive.jvm() + " of the JVM, "
                + alive.nativeThreads() + " native";
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

    /** Control characters replaced: a thread's name must not drive the reader's terminal, nor hide what stands beside it. */
    public static String clean(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            int type = Character.getType(c);
            if (type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.SURROGATE
                    || (c & 0xfffe) == 0xfffe) {
                clean.append(String.format("\\x%02x", c));
            } else {
                clean.appendCodePoint(c);
            }
        });
        return clean.toString();
    }
}
