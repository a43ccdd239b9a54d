package org.forkwitness.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.forkwitness.harness.Command;
import org.forkwitness.harness.EveryJdk;
import org.forkwitness.harness.FinishedCommand;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Jdk;
import org.forkwitness.harness.Reports;
import org.forkwitness.harness.Scenario;
import org.forkwitness.harness.SourceLine;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.ForkMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** Spools and reports that are damaged, or none at all. */
@EveryJdk
class BadInputTest {
    @Parameter
    Jdk jdk;

    @TempDir
    Path directory;

    private static final int FORKS = 4;

    private Path spool() {
        return Scenario.of(jdk, ForkMain.class, directory)
                .options("collector=none")
                .arguments("exec", "_exit", "posix_spawn", "forkpty")
                .runWell()
                .reports()
                .spool();
    }

    private FinishedCommand collect(Path stream) {
        return Command.forkwitness(jdk, "collect", "--reports", directory.resolve("out"), stream);
    }

    private Report collected() {
        return new Reports(directory.resolve("out")).awaitFinal();
    }

    @Test
    void truncatedSpoolKeepsWhatWasReadable() throws IOException {
        Path spool = spool();
        byte[] bytes = Files.readAllBytes(spool);
        Files.write(spool, Arrays.copyOf(bytes, bytes.length - 7));
        collect(spool).assertExit(0);
        Report report = collected();
        assertEquals(FORKS, report.summary().forks());
        assertFalse(report.summary().complete());
        assertFalse(report.notes().isEmpty(), "a note on the damage");
    }

    @Test
    void garbageInTheMiddleCostsOnlyWhatItCovers() throws IOException {
        Path spool = spool();
        byte[] bytes = Files.readAllBytes(spool);
        int frame = frameAfter(bytes, bytes.length / 2);
        Arrays.fill(bytes, frame, frame + 64, (byte) 0xff);
        Files.write(spool, bytes);
        collect(spool).assertExit(0);
        Report report = collected();
        assertFalse(report.summary().complete());
        assertTrue(
                report.summary().lost().records() > 0,
                "lost " + report.summary().lost());
        assertTrue(report.summary().forks() > 0);
    }

    /** Where the next frame begins: with the tag of self-described CBOR. */
    private static int frameAfter(byte[] bytes, int from) {
        byte[] tag = {(byte) 0xd9, (byte) 0xd9, (byte) 0xf7};
        int at = from;
        while (!Arrays.equals(bytes, at, at + tag.length, tag, 0, tag.length)) {
            at++;
        }
        return at;
    }

    @Test
    void garbageIsRefused() throws IOException {
        Path garbage =
                Files.writeString(directory.resolve("garbage.spool"), "this is no stream of records\n".repeat(99));
        FinishedCommand refused = collect(garbage).assertExit(2);
        assertEquals(1, refused.err().size(), refused::text);
        assertTrue(refused.err().get(0).contains("garbage.spool"), refused::text);
        assertEquals(List.of(), new Reports(directory.resolve("out")).files("json"));
    }

    @Test
    void emptyAndMissingSpoolAreRefused() throws IOException {
        Path empty = Files.createFile(directory.resolve("empty.spool"));
        assertTrue(collect(empty).assertExit(2).text().contains("empty.spool"));
        Path missing = directory.resolve("missing.spool");
        assertTrue(collect(missing).assertExit(2).text().contains("missing.spool"));
    }

    @Test
    void reportOfAnotherSchemaIsRefused() throws IOException {
        Path other = Files.writeString(directory.resolve("other.json"), "{\"schema\":\"forkwitness/99\"}");
        for (String command : List.of("report", "check")) {
            FinishedCommand refused = Command.forkwitness(jdk, command, other).assertExit(2);
            assertEquals(1, refused.err().size(), refused::text);
            assertTrue(refused.err().get(0).contains("forkwitness/99"), refused::text);
            assertTrue(refused.err().get(0).contains("forkwitness/1"), refused::text);
        }
    }

    @Test
    void directoryWithoutReportIsRefused() {
        assertTrue(Command.forkwitness(jdk, "report", directory)
                .assertExit(2)
                .text()
                .contains(directory.toString()));
        assertTrue(Command.forkwitness(jdk, "check", directory)
                .assertExit(2)
                .text()
                .contains(directory.toString()));
    }

    @Test
    void commandsReadWhatTheAgentWrote() {
        FinishedScenario run =
                Scenario.of(jdk, ForkMain.class, directory).arguments("_exit").runWell();
        run.report();
        FinishedCommand text =
                Command.forkwitness(jdk, "report", run.reports().directory()).assertExit(0);
        SourceLine line = SourceLine.marked("fork-_exit");
        assertTrue(text.text().contains(line.file() + ":" + line.line()), text::text);
        Command.forkwitness(jdk, "check", "--fail-on", "latent", run.reports().directory())
                .assertExit(0);
        FinishedCommand agent = Command.forkwitness(jdk, "agent").assertExit(0);
        assertTrue(agent.text().contains("-agentpath:"), agent::text);
        assertTrue(agent.text().contains("libforkwitness.so"), agent::text);
    }
}
