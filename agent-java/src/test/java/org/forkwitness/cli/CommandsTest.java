package org.forkwitness.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.forkwitness.report.ReportSchema;
import org.forkwitness.stream.Call;
import org.forkwitness.stream.ChildStory;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.Scenario;
import org.forkwitness.stream.StreamBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(120)
class CommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private int run(Object... args) {
        return run(Main.commandLine(), args);
    }

    private int run(CommandLine line, Object... args) {
        String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        return line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(texts);
    }

    private Path spool(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("stream"), bytes);
    }

    private static byte[] usual() {
        StreamBuilder stream = Scenario.start("");
        Scenario.forkAndExec(stream, 1, 1L, 10);
        return Scenario.bye(stream, 20).bytes();
    }

    private void assertOneLine(String text) {
        assertTrue(text.endsWith(System.lineSeparator()), text);
        assertEquals(1, text.lines().count(), text);
    }

    @Test
    void collectsASpoolAndSaysWhereTheReportIs() throws IOException {
        assertEquals(0, run("collect", "--reports", directory.resolve("r"), spool(usual())), err::toString);
        Path report = Path.of(out.toString().strip());
        ReportSchema.validate(report);
        assertEquals("", err.toString());
    }

    @Test
    void collectsWithARuleFile() throws IOException {
        StreamBuilder stream = ChildStory.dictionary(Scenario.start(""));
        Scenario.fork(stream, 1, Call.FORK, 1L, 10, null);
        new ChildStory(stream, 1).begins(4711).calls("malloc", 2L).ends("_exit", 0);
        Path rules = Files.writeString(directory.resolve("known.rules"), "site call=fork : accepted\n");
        Path reports = directory.resolve("r");
        assertEquals(0, run("collect", "--suppress", rules, "--reports", reports, spool(stream.bytes())));
        assertTrue(Files.readString(Path.of(out.toString().strip())).contains("accepted (known.rules:1)"));
        assertEquals(0, run("check", "--fail-on", "latent", reports));
        run("collect", "--reports", reports, spool(stream.bytes()));
        assertEquals(1, run("check", "--fail-on", "latent", reports));
    }

    @Test
    void showsAReportASiteAndAFork() throws IOException {
        Path reports = directory.resolve("r");
        run("collect", "--reports", reports, spool(usual()));
        for (String[] part : new String[][] {{}, {"--site", "1"}, {"--fork", "1"}}) {
            out.getBuffer().setLength(0);
            Object[] args = part.length == 0
                    ? new Object[] {"report", reports}
                    : new Object[] {"report", part[0], part[1], reports};
            assertEquals(0, run(args), err::toString);
            assertTrue(out.toString().contains("com.x.Launcher"), out::toString);
        }
        assertEquals(2, run("report", "--site", "9", reports));
        assertTrue(err.toString().contains("has no site 9"), err::toString);
    }

    @Test
    void writesAPageOverAnOlderOneButOverNoOtherFile() throws IOException {
        Path reports = directory.resolve("r");
        run("collect", "--reports", reports, spool(usual()));
        Path report = Path.of(out.toString().strip());
        byte[] before = Files.readAllBytes(report);
        Path page = directory.resolve("report.html");
        for (String[] part : new String[][] {{"--fork", "1"}, {"--site", "1"}}) {
            assertEquals(0, run("report", "--html", page, part[0], part[1], reports), err::toString);
            String html = Files.readString(page);
            assertTrue(html.startsWith("<!DOCTYPE html>") && html.contains("com.x.Launcher"), html);
        }
        assertEquals("wrote " + page, out.toString().lines().toList().get(1));
        assertEquals(2, run("report", "--html", report, reports));
        assertOneLine(err.toString());
        assertTrue(err.toString().contains("is no HTML page"), err::toString);
        assertArrayEquals(before, Files.readAllBytes(report));
    }

    @Test
    void aPageThatCannotBeWrittenIsOneLine() throws IOException {
        Path reports = directory.resolve("r");
        run("collect", "--reports", reports, spool(usual()));
        Path page = directory.resolve("report.html");
        Map<Object[], String> cases = Map.of(
                new Object[] {"report", "--html", page, "--site", "9", reports}, "has no site 9",
                new Object[] {"report", "--html", page, "--fork", "9", reports}, "has no fork 9",
                new Object[] {"report", "--html", reports, reports}, "is a directory",
                new Object[] {"report", "--html", directory.resolve("no/page.html"), reports}, "no such directory",
                new Object[] {"report", "--html", "/dev/full", reports}, "cannot write /dev/full: ");
        cases.forEach((args, message) -> {
            err.getBuffer().setLength(0);
            assertEquals(2, run(args), message);
            assertOneLine(err.toString());
            assertTrue(err.toString().contains(message), err::toString);
        });
        assertFalse(Files.exists(page));
    }

    @Test
    void aPageIsWrittenWholeOrNotAtAll() throws IOException {
        Path page = Files.writeString(directory.resolve("page.html"), "<!DOCTYPE html>old");
        IOException e = assertThrows(
                IOException.class,
                () -> HtmlFile.write(page, to -> {
                    to.write('<');
                    throw new IOException("No space left on device");
                }));
        assertEquals("cannot write " + page + ": No space left on device", e.getMessage());
        assertEquals("<!DOCTYPE html>old", Files.readString(page));
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(page), files.toList());
        }
        Path link = Files.createSymbolicLink(directory.resolve("link.html"), page.getFileName());
        HtmlFile.write(link, to -> to.write("<!DOCTYPE html>new".getBytes(StandardCharsets.UTF_8)));
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("<!DOCTYPE html>new", Files.readString(page));
    }

    @Test
    void theTargetOfASlipIsToldBeforeTheReportIsLookedFor() {
        for (String slip : new String[] {directory.toString(), ""}) {
            err.getBuffer().setLength(0);
            assertEquals(2, run("report", "--html", slip, directory.resolve("none")));
            assertOneLine(err.toString());
            assertTrue(err.toString().contains("report.html for example"), err::toString);
        }
    }

    @Test
    void anOutputThatIsFullIsNoSuccess() throws IOException {
        Path reports = directory.resolve("r");
        run("collect", "--reports", reports, spool(usual()));
        Writer full = new Writer() {
            @Override
            public void write(char[] text, int from, int length) throws IOException {
                throw new IOException("No space left on device");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        CommandLine line = Main.commandLine().setOut(new PrintWriter(full)).setErr(new PrintWriter(err));
        assertEquals(2, line.execute("report", reports.toString()));
        assertTrue(err.toString().contains("standard output cannot be written"), err::toString);
    }

    @Test
    void ofSeveralReportsItIsSaidWhichOneWasTaken() throws IOException {
        Path reports = directory.resolve("r");
        run("collect", "--reports", reports, spool(usual()));
        assertEquals(0, run("check", reports));
        assertEquals("", err.toString());
        Path report = Path.of(out.toString().lines().findFirst().orElseThrow());
        Files.copy(report, reports.resolve("forkwitness-1-1.json"));
        for (String command : new String[] {"check", "report"}) {
            err.getBuffer().setLength(0);
            assertEquals(0, run(command, reports));
            assertOneLine(err.toString());
            assertTrue(
                    err.toString().contains("of the 2 reports in " + reports + " this is the newest"), err::toString);
        }
        err.getBuffer().setLength(0);
        Files.writeString(report, Files.readString(report).replace("\"complete\": true", "\"complete\": false"));
        assertEquals(0, run("check", report));
        assertTrue(err.toString().contains("This report is not complete"), err::toString);
    }

    @Test
    void checksByExitStatus() throws IOException {
        Path reports = directory.resolve("r");
        run("collect", "--reports", reports, spool(usual()));
        assertEquals(0, run("check", reports), "unknown is no finding");
        Path report = Path.of(out.toString().lines().findFirst().orElseThrow());
        Files.writeString(
                report,
                Files.readString(report)
                        .replace("\"verdict\": \"unknown\"", "\"verdict\": \"latent\"")
                        .replaceAll(
                                "\"latent\": 0,(\\s+\"safe\": 0,\\s+)\"unknown\": 1",
                                "\"latent\": 1,$1\"unknown\": 0"));
        assertEquals(0, run("check", "--fail-on", "unsafe", reports));
        assertEquals(1, run("check", "--fail-on", "latent", reports));
        assertEquals(2, run("check", "--fail-on", "safe", reports));
        assertTrue(err.toString().contains("--fail-on takes one of deadlocked, unsafe, latent"), err::toString);
    }

    @Test
    void garbageIsRefusedInOneLine() throws IOException {
        byte[] garbage = new byte[100_000];
        new Random(1).nextBytes(garbage);
        assertEquals(2, run("collect", "--reports", directory.resolve("r"), spool(garbage)));
        assertOneLine(err.toString());
        assertTrue(err.toString().contains("no record of a Forkwitness stream"), err::toString);
    }

    @Test
    void anotherVersionIsRefusedInOneLine() throws IOException {
        StreamBuilder stream = new StreamBuilder()
                .add(
                        RecordType.HELLO,
                        Key.VERSION,
                        2,
                        Key.PID,
                        1,
                        Key.PPID,
                        0,
                        Key.WALL,
                        1,
                        Key.HOST,
                        "h",
                        Key.KERNEL,
                        "k",
                        Key.ARCH,
                        "a",
                        Key.LIBC_NAME,
                        "n",
                        Key.LIBC_VERSION,
                        "v",
                        Key.OPTIONS,
                        "");
        assertEquals(2, run("collect", "--reports", directory.resolve("r"), spool(stream.bytes())));
        assertOneLine(err.toString());
        assertTrue(err.toString().contains("has version 2"), err::toString);
    }

    @Test
    void aDamagedStreamGivesAReportThatSaysSo() throws IOException {
        StreamBuilder stream = Scenario.start("");
        stream.raw(new byte[] {1, 2, 3});
        Scenario.forkAndExec(stream, 1, 1L, 10);
        assertEquals(0, run("collect", "--reports", directory.resolve("r"), spool(stream.bytes())), err::toString);
        Path report = Path.of(out.toString().strip());
        ReportSchema.validate(report);
        assertTrue(Files.readString(report).contains("the stream is damaged in 1 place"));
        assertTrue(Files.readString(report).contains("\"complete\": false"));
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsRefusedInOneLine() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertEquals(2, run("collect", "--reports", file.resolve("below"), spool(usual())));
        assertOneLine(err.toString());
        assertTrue(err.toString().contains("report directory"), err::toString);
    }

    @Test
    void whatIsNotThereIsRefusedInOneLine() {
        assertEquals(2, run("collect", "--reports", directory, directory.resolve("none")));
        assertOneLine(err.toString());
        err.getBuffer().setLength(0);
        assertEquals(2, run("report", directory.resolve("none")));
        assertOneLine(err.toString());
        err.getBuffer().setLength(0);
        assertEquals(2, run("check", directory));
        assertOneLine(err.toString());
    }

    @Test
    void aReportOfAnotherSchemaIsRefused() throws IOException {
        Path report = Files.writeString(directory.resolve("x.json"), "{\"schema\":\"forkwitness/9\"}");
        assertEquals(2, run("report", report));
        assertEquals(2, run("check", report));
        assertTrue(err.toString().contains("another schema"), err::toString);
    }

    @Test
    void printsTheAgentThatStandsBesideTheJar() throws IOException {
        assertEquals(2, run(new CommandLine(new AgentCommand(directory))));
        assertTrue(err.toString().contains("is missing"), err::toString);
        Path library = Files.createFile(directory.resolve("libforkwitness.so"));
        assertEquals(0, run(new CommandLine(new AgentCommand(directory))));
        assertEquals(
                library + System.lineSeparator() + "-agentpath:" + library + System.lineSeparator(), out.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"collect", "report", "check", "agent"})
    void helpShowsAnExampleAndTheExitStatuses(String command) {
        assertEquals(0, run(command, "--help"));
        assertTrue(out.toString().contains("Example: "), out::toString);
        assertTrue(out.toString().contains("Exit status: 0 "), out::toString);
    }

    @Test
    void whatTheCommandLineDoesNotKnowIsRefused() {
        assertEquals(2, run());
        assertEquals(2, run("collect"));
        assertEquals(2, run("collect", "--jvm-pid", "0", "-"));
        assertEquals(2, run("report", "--site", "1", "--fork", "1"));
        assertEquals(2, run("nonsense"));
        assertFalse(err.toString().isBlank());
        assertEquals("", out.toString());
    }

    @Test
    void eachCommandTellsItsVersion() {
        for (String command : new String[] {"collect", "report", "check", "agent"}) {
            out.getBuffer().setLength(0);
            assertEquals(0, run(command, "--version"));
            assertTrue(out.toString().startsWith("forkwitness "), out::toString);
            assertOneLine(out.toString());
        }
    }

    @Test
    void anErrorOfTheJvmIsNoFinding() {
        PrintWriter to = new PrintWriter(err);
        assertEquals(
                2,
                Main.status(
                        () -> {
                            throw new OutOfMemoryError("Java heap space");
                        },
                        to));
        assertOneLine(err.toString());
        assertTrue(err.toString().contains("out of memory (Java heap space)"), err::toString);
        assertEquals(
                2,
                Main.status(
                        () -> {
                            throw new StackOverflowError();
                        },
                        to));
        assertTrue(err.toString().contains("StackOverflowError"), err::toString);
    }
}
