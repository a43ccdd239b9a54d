package org.forkwitness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.forkwitness.report.ReportException.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writing and reading report files. */
class ReportFilesTest {
    private static final Report REPORT = Samples.everyField();

    @TempDir
    Path directory;

    @Test
    void namesAreThoseOfTheContract() {
        ReportFiles files = ReportFiles.of(directory, 42, Instant.ofEpochMilli(1_767_225_600_123L));
        assertEquals(directory.resolve("forkwitness-42-1767225600123.json"), files.json());
        assertEquals(directory.resolve("forkwitness-42-1767225600123.ndjson"), files.ndjson());
        assertEquals(directory.resolve("forkwitness-42-1767225600123.spool"), files.spool());
    }

    @Test
    void whatIsWrittenIsReadAgain() throws Exception {
        ReportWriter writer = writer(42, 1000);
        writer.write(REPORT);
        assertEquals(REPORT, ReportReader.read(writer.files().json()));
        ReportSchema.validate(writer.files().json());
    }

    @Test
    void writingReplacesAndLeavesNothingElse() throws Exception {
        ReportWriter writer = new ReportWriter(new ReportFiles(directory.resolve("a/b"), 42, 1000));
        writer.write(REPORT);
        writer.write(withNotes(List.of("second")));
        writer.linkLatest();
        writer.linkLatest();
        assertEquals(List.of("second"), ReportReader.read(writer.files().json()).notes());
        try (Stream<Path> files = Files.list(directory.resolve("a/b"))) {
            assertEquals(
                    List.of("forkwitness-42-1000.json", "latest.json"),
                    files.map(f -> f.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void reportsThatWerePutAsideAreKeptAndNotCounted() throws Exception {
        ReportWriter writer = writer(42, 1000);
        assertTrue(writer.files().putAside().isEmpty());
        for (int i = 1; i <= 2; i++) {
            writer.write(withNotes(List.of("number " + i)));
            Files.writeString(writer.files().ndjson(), "{}");
            Path aside = writer.files().putAside().orElseThrow();
            assertEquals(
                    "forkwitness-42-1000." + i + ".json", aside.getFileName().toString());
            assertEquals(List.of("number " + i), ReportReader.read(aside).notes());
            assertTrue(Files.exists(writer.files().file(i + ".ndjson")));
        }
        assertTrue(ReportFiles.newest(directory).isEmpty());
        assertFalse(Files.exists(writer.files().ndjson()));
    }

    @Test
    void aReportThatCannotBeWrittenLeavesTheOldOne() throws Exception {
        ReportWriter writer = writer(42, 1000);
        writer.write(REPORT);
        // A directory in the temporary file's place.
        Path obstacle = directory.resolve(".forkwitness-42-1000.json.tmp");
        Files.createDirectories(obstacle);
        assertThrows(IOException.class, () -> writer.write(withNotes(List.of())));
        assertEquals(REPORT, ReportReader.read(writer.files().json()));
    }

    @Test
    void aWriteThatFailsLeavesNoTemporaryFile() throws Exception {
        ReportWriter writer = writer(42, 1000);
        Files.createDirectories(writer.files().json().resolve("in-the-way"));
        assertThrows(IOException.class, () -> writer.write(REPORT));
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(writer.files().json()), files.toList());
        }
    }

    @Test
    void latestIsTheReportOfTheProcessThatStartedLast() throws Exception {
        link(writer(1, 2000), "first");
        link(writer(2, 1000), "older");
        assertEquals(List.of("first"), ReportReader.read(directory).notes());
        assertEquals(Path.of("forkwitness-1-2000.json"), Files.readSymbolicLink(directory.resolve("latest.json")));
        link(writer(3, 3000), "newer");
        assertEquals(List.of("newer"), ReportReader.read(directory).notes());
    }

    @Test
    void aLatestThatPointsNowhereIsReplacedAndNotFollowed() throws Exception {
        Files.createSymbolicLink(directory.resolve("latest.json"), Path.of("forkwitness-9-9000.json"));
        ReportWriter writer = writer(1, 2000);
        writer.write(REPORT);
        assertEquals(writer.files().json(), ReportReader.find(directory));
        writer.linkLatest();
        assertEquals(Path.of("forkwitness-1-2000.json"), Files.readSymbolicLink(directory.resolve("latest.json")));
    }

    @Test
    void aDirectoryWithoutLatestMeansItsNewestReport() throws Exception {
        writer(1, 9).write(withNotes(List.of("old")));
        writer(2, 10).write(withNotes(List.of("new")));
        Files.writeString(directory.resolve("forkwitness-3-11.ndjson"), "{}\n");
        assertEquals(List.of("new"), ReportReader.read(directory).notes());
    }

    @Test
    void ndjsonHasOneLineAFork() throws Exception {
        ReportWriter writer = writer(42, 1000);
        writer.append(REPORT.forks().get(0), false);
        writer.append(REPORT.forks().get(0), true);
        List<String> lines = Files.readAllLines(writer.files().ndjson());
        assertEquals(2, lines.size());
        JsonNode first = ReportJson.mapper().readTree(lines.get(0));
        assertFalse(first.has("revised"));
        assertEquals("2026-01-01T00:01:00.001Z", first.get("at").stringValue());
        assertTrue(lines.get(0).contains("\"durationMs\":1.7,"), lines.get(0));
        assertEquals(REPORT.forks().get(0), ReportJson.mapper().treeToValue(first, Fork.class));
        assertTrue(ReportJson.mapper().readTree(lines.get(1)).get("revised").booleanValue());
    }

    @Test
    void fractionsHaveThreeDigitsAndTimesHaveMilliseconds() {
        String json = ReportJson.mapper().writeValueAsString(new Region("stdio", "puts", null, 0.000_49 + 1e7));
        assertTrue(json.contains("10000000"), json);
        assertFalse(json.contains("E"), json);
        assertEquals(
                "\"2026-01-01T00:00:00.000Z\"",
                ReportJson.mapper().writeValueAsString(Instant.parse("2026-01-01T00:00:00Z")));
        assertEquals(
                "\"2026-01-01T00:00:00.123Z\"",
                ReportJson.mapper().writeValueAsString(Instant.parse("2026-01-01T00:00:00.123999Z")));
    }

    @Test
    void whatIsNoReportIsRefusedWithItsReason() throws Exception {
        String good = Samples.text("every-field.json");
        refused(Problem.NOT_FOUND, "no such file or directory", directory.resolve("absent.json"));
        refused(Problem.NOT_FOUND, "no report in this directory (forkwitness-*.json)", directory);
        refused(Problem.NOT_JSON, "not JSON, or cut off (line ", file(good.substring(0, good.length() / 2)));
        refused(Problem.NOT_JSON, "not JSON, or cut off (line 1)", file("\u0000\u0001garbage"));
        refused(Problem.NOT_JSON, "not JSON, or cut off", file(good + "}"));
        refused(Problem.WRONG_SCHEMA, "not a Forkwitness report: it has no text \"schema\"", file(""));
        refused(Problem.WRONG_SCHEMA, "not a Forkwitness report: it has no text \"schema\"", file("[1]"));
        refused(
                Problem.WRONG_SCHEMA,
                "report file of another schema: it is \"forkwitness/2\", this version understands \"forkwitness/1\"",
                file(good.replace("forkwitness/1", "forkwitness/2")));
        refused(Problem.INVALID, "damaged report: ", file("{\"schema\": \"forkwitness/1\"}"));
        refused(Problem.INVALID, "process is missing", file("{\"schema\": \"forkwitness/1\"}"));
        refused(Problem.INVALID, "damaged report: process.end: ", file(good.replace("\"killed\"", "\"asleep\"")));
        refused(Problem.INVALID, "sites[].reason is missing", file(good.replaceAll("\"reason\": \"[^\"]*\",", "")));
        refused(
                Problem.INVALID,
                "damaged report: process.pid: ",
                file(good.replace("\"pid\": 4242,\n    \"ppid", "\"pid\": \"x\",\n    \"ppid")));
    }

    /** Written by another program, or put in order by one. */
    @Test
    void theSchemaNeedNotStandFirst() throws Exception {
        String good = Samples.text("every-field.json");
        String last =
                good.replaceFirst("\\s*\"schema\": \"forkwitness/1\",", "").stripTrailing();
        String sorted = last.substring(0, last.length() - 1) + ", \"schema\": \"forkwitness/1\"}";
        assertEquals(REPORT, ReportReader.read(file(sorted)));
        refused(
                Problem.WRONG_SCHEMA,
                "it has no text \"schema\"",
                file("{\"process\": {\"schema\": \"forkwitness/1\"}}"));
        refused(Problem.NOT_JSON, "not JSON, or cut off (line ", file(sorted.substring(0, sorted.length() - 40)));
    }

    /** A report of a thousand forks, each with fifty holders, would not fit into the heap otherwise. */
    @Test
    void framesThatReadTheSameAreOne() throws Exception {
        Report report = ReportReader.read(file(Samples.text("every-field.json")));
        Map<Frame, Frame> known = new HashMap<>();
        int again = 0;
        for (Site site : report.sites()) {
            for (Frame frame : site.stack()) {
                Frame first = known.putIfAbsent(frame, frame);
                again += first == null ? 0 : 1;
                assertSame(known.get(frame), frame);
            }
        }
        assertTrue(again > 0, "no frame stands in two sites");
    }

    @Test
    void aSpoolIsToldFromAReport() throws Exception {
        Path spool = Files.writeString(directory.resolve("forkwitness-1-2.spool"), "\u0001");
        refused(Problem.NOT_FOUND, "but a spool: forkwitness collect --reports " + directory + " " + spool, directory);
        refused(Problem.NOT_JSON, "a spool, of which forkwitness collect " + spool + " makes a report", spool);
    }

    /** {@code forkwitness report <(zcat report.json.gz)}. */
    @Test
    void aPipeIsReadOnce() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Process writer = new ProcessBuilder(
                        "sh",
                        "-c",
                        "cat \"$0\" > \"$1\"",
                        file(Samples.text("every-field.json")).toString(),
                        pipe.toString())
                .start();
        assertEquals(REPORT, ReportReader.read(pipe));
        assertEquals(0, writer.waitFor());
    }

    @Test
    void fieldsThatAreNotKnownAreSkipped() throws Exception {
        String more = Samples.text("every-field.json").replace("\"pid\"", "\"added\": {\"a\": [1]}, \"pid\"");
        assertEquals(REPORT, ReportReader.read(file(more)));
    }

    /** Of an earlier version of this schema. */
    @Test
    void aReportWithoutFieldsThatCameLaterIsRead() throws Exception {
        ObjectNode old = (ObjectNode) ReportJson.mapper().readTree(Samples.text("every-field.json"));
        old.remove("lastState");
        ((ObjectNode) old.at("/environment/allocator")).remove(List.of("knownBy", "figures"));
        for (JsonNode fork : old.get("forks")) {
            ((ObjectNode) fork).remove("guard");
            ((ObjectNode) fork.get("allocator")).remove("figures");
            fork.get("holders").forEach(holder -> ((ObjectNode) holder).remove("moreLocks"));
            fork.get("locks").forEach(lock -> ((ObjectNode) lock).remove(List.of("initializedBy", "forkAware")));
        }
        Report report = ReportReader.read(file(old.toString()));
        Fork fork = report.fork(3).orElseThrow();
        assertEquals(0, fork.holders().get(0).moreLocks());
        assertNull(fork.locks().get(0).initializedBy());
        assertNull(fork.guard());
        assertNull(report.lastState());
    }

    private void refused(Problem problem, String message, Path path) {
        ReportException e = assertThrows(ReportException.class, () -> ReportReader.read(path));
        assertEquals(problem, e.problem(), e.getMessage());
        assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("some.json"), text);
    }

    private ReportWriter writer(long pid, long start) {
        return new ReportWriter(new ReportFiles(directory, pid, start));
    }

    private static void link(ReportWriter writer, String note) throws IOException {
        writer.write(withNotes(List.of(note)));
        writer.linkLatest();
    }

    private static Report withNotes(List<String> notes) {
        return new Report(
                REPORT.schema(),
                REPORT.process(),
                REPORT.environment(),
                REPORT.summary(),
                REPORT.forkHandlers(),
                REPORT.threads(),
                REPORT.sites(),
                REPORT.forks(),
                notes,
                REPORT.lastState());
    }
}
