package org.forkwitness.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Names of the files in a report directory. All files of one process differ in their ending only.
 *
 * @param directory the report directory
 * @param pid the watched process
 * @param startMs its start, milliseconds since 1970
 */
public record ReportFiles(Path directory, long pid, long startMs) {
    /** The report directory where none is given, in the working directory. */
    public static final String DEFAULT_DIRECTORY = "forkwitness-reports";

    /** The symbolic link to the newest report. */
    public static final String LATEST = "latest.json";

    static final String SPOOL = ".spool";

    private static final Pattern REPORT = Pattern.compile("forkwitness-(\\d{1,18})-(\\d{1,18})\\.json");

    /** The files of the process that this object of a report describes. */
    public static ReportFiles of(Path directory, long pid, Instant startedAt) {
        return new ReportFiles(directory, pid, startedAt.toEpochMilli());
    }

    /** The whole report. */
    public Path json() {
        return file("json");
    }

    /** One line a fork. */
    public Path ndjson() {
        return file("ndjson");
    }

    /** The raw stream, where no collector ran. */
    public Path spool() {
        return file("spool");
    }

    /** Another file of this process, with this ending (without the dot). */
    public Path file(String ending) {
        return directory.resolve("forkwitness-" + pid + "-" + startMs + "." + ending);
    }

    /**
     * Gives the report that is there already, and its lines, other names, which do not count as a report's: a stream that
     * one collector began to read, another one may go on with.
     *
     * @return the report under its new name; empty where there was none
     */
    public Optional<Path> putAside() throws IOException {
        if (!Files.exists(json())) {
            return Optional.empty();
        }
        int number = 1;
        while (Files.exists(file(number + ".json"))) {
            number++;
        }
        if (Files.exists(ndjson())) {
            Files.move(ndjson(), file(number + ".ndjson"));
        }
        return Optional.of(Files.move(json(), file(number + ".json")));
    }

    /** The start of the process in a report's file name, milliseconds since 1970; empty for any other file. */
    static OptionalLong startOf(Path file) {
        Matcher matcher = REPORT.matcher(file.getFileName().toString());
        return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(2))) : OptionalLong.empty();
    }

    /** How many reports stand in a directory; 0 where that cannot be read, or is none. */
    public static long count(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> startOf(f).isPresent()).count();
        } catch (IOException e) {
            return 0;
        }
    }

    /** The report of the process that started last, by file name; empty where the directory has none. */
    static Optional<Path> newest(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> reports = files.filter(f -> startOf(f).isPresent()).toList();
            return reports.stream()
                    .max(Comparator.comparingLong((Path f) -> startOf(f).getAsLong())
                            .thenComparing(Comparator.naturalOrder()));
        }
    }
}
