package org.forkwitness.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.forkwitness.report.Report;
import org.forkwitness.report.ReportException;
import org.forkwitness.report.ReportException.Problem;
import org.forkwitness.report.ReportReader;
import org.forkwitness.report.ReportSchema;
import org.forkwitness.report.Verdict;

/**
 * The report directory of one scenario.
 *
 * @param directory need not exist yet
 */
public record Reports(Path directory) {
    /** Files of this kind ("json", "ndjson", "spool", "log"), {@code latest.json} left out. */
    public List<Path> files(String ending) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.getFileName().toString().matches("forkwitness-\\d+-\\d+\\." + ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The only file of this kind. */
    public Path file(String ending) {
        List<Path> files = files(ending);
        assertEquals(1, files.size(), "files *." + ending + " in " + directory + ": " + files);
        return files.get(0);
    }

    /** The spool, of a process that has no collector. */
    public Path spool() {
        return file("spool");
    }

    /** As {@link #awaitFinal}, for one process among several. */
    public Report awaitFinalOf(long pid) {
        String prefix = "forkwitness-" + pid + "-";
        await(prefix, r -> r.process().endedAt() != null);
        Collectors.of(pid).forEach(Collectors::awaitEnd);
        Path file = jsonOf(prefix).get(0);
        ReportSchema.validate(file);
        return read(file);
    }

    private List<Path> jsonOf(String prefix) {
        return files("json").stream()
                .filter(f -> f.getFileName().toString().startsWith(prefix))
                .toList();
    }

    /**
     * Waits for the last version of the report: it says when the process ended, and nobody is there any more to write
     * another one. It follows the schema.
     */
    public Report awaitFinal() {
        Report ended = await(r -> r.process().endedAt() != null);
        Collectors.of(ended.process().pid()).forEach(Collectors::awaitEnd);
        ReportSchema.validate(file("json"));
        return read(file("json"));
    }

    /** Waits until a version of the report fits. */
    public Report await(Predicate<Report> fits) {
        return await("", fits);
    }

    /** Waits until the report of a process that runs says that this child of it is deadlocked. */
    public Report awaitDeadlock(long pid) {
        return await(report -> report.forks().stream()
                .anyMatch(f -> f.verdict() == Verdict.DEADLOCKED
                        && f.child().pid() != null
                        && f.child().pid() == pid));
    }

    private Report await(String prefix, Predicate<Report> fits) {
        Deadline deadline = Deadline.in(Deadline.PATIENCE);
        try (WatchService watch = FileSystems.getDefault().newWatchService()) {
            directory.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
            while (true) {
                List<Path> reports = jsonOf(prefix);
                Optional<Report> report = reports.isEmpty() ? Optional.empty() : standing(reports.get(0));
                if (report.filter(fits).isPresent()) {
                    return report.get();
                }
                next(watch, deadline);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void next(WatchService watch, Deadline deadline) {
        try {
            WatchKey key = watch.poll(deadline.leftMillis(), TimeUnit.MILLISECONDS);
            if (key == null) {
                throw new AssertionError("no such report came to " + directory + ":\n" + contents());
            }
            key.pollEvents();
            key.reset();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** For a message: the files, and what the reports and logs say. */
    private String contents() {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                text.append(file.getFileName())
                        .append(' ')
                        .append(Files.size(file))
                        .append('\n');
                if (file.toString().endsWith(".log") || file.toString().endsWith(".json")) {
                    text.append(Files.readString(file)).append('\n');
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** A second collector of the process may have put it aside since it was listed: its own comes next. */
    private static Optional<Report> standing(Path file) {
        try {
            return Optional.of(ReportReader.read(file));
        } catch (ReportException e) {
            if (e.problem() == Problem.NOT_FOUND || e.getCause() instanceof NoSuchFileException) {
                return Optional.empty();
            }
            throw new AssertionError("unusable report " + file, e);
        }
    }

    /** Reads a report that must be usable. */
    public static Report read(Path file) {
        try {
            return ReportReader.read(file);
        } catch (ReportException e) {
            throw new AssertionError("unusable report " + file, e);
        }
    }
}
