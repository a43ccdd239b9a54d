package org.forkwitness.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The agent's list and the collector's constants: each must have all that the other has, in the same order. */
class RecordsDefTest {
    private static final Path DEFINITIONS = Path.of("..", "agent-c", "src", "stream", "records.def");

    /** The arguments of every use of a macro, as written, spaces left out. */
    private static List<String> uses(String macro) throws IOException {
        List<String> uses = Pattern.compile("^" + macro + "\\(([^)]*)\\)", Pattern.MULTILINE)
                .matcher(Files.readString(DEFINITIONS))
                .results()
                .map(match -> match.group(1).replace(" ", ""))
                .toList();
        assertFalse(uses.isEmpty(), macro);
        return uses;
    }

    private static <E> List<String> ours(E[] values, Function<E, Stream<Object>> columns) {
        return Arrays.stream(values)
                .map(value -> String.join(
                        ",", columns.apply(value).map(Object::toString).toList()))
                .toList();
    }

    @Test
    void recordTypesAgree() throws IOException {
        assertEquals(uses("FW_RECORD"), ours(RecordType.values(), t -> Stream.of(t.name(), t.number())));
    }

    @Test
    void keysAgree() throws IOException {
        assertEquals(
                uses("FW_KEY"),
                ours(
                        Key.values(),
                        k -> Stream.of(k.name(), k.number(), k.kind().name().toLowerCase(Locale.ROOT))));
    }

    @Test
    void callsAgree() throws IOException {
        assertEquals(uses("FW_CALL"), ours(Call.values(), c -> Stream.of(c.name(), c.number(), '"' + c.text() + '"')));
    }

    @Test
    void threadKindsAgree() throws IOException {
        assertEquals(
                uses("FW_THREAD_KIND"),
                ours(ThreadKind.values(), k -> Stream.of(k.name(), k.number(), '"' + k.text() + '"')));
    }

    @Test
    void levelsAgree() throws IOException {
        assertEquals(
                uses("FW_LEVEL"), ours(Level.values(), l -> Stream.of(l.name(), l.number(), '"' + l.text() + '"')));
    }

    @Test
    void enumerationsAgree() throws IOException {
        assertEquals(
                uses("FW_CATEGORY"),
                ours(Category.values(), c -> Stream.of(c.name(), c.number(), '"' + c.text() + '"')));
        assertEquals(
                uses("FW_LOCK_KIND"),
                ours(LockKind.values(), k -> Stream.of(k.name(), k.number(), '"' + k.text() + '"')));
        assertEquals(
                uses("FW_GUARD"),
                ours(GuardAction.values(), g -> Stream.of(g.name(), g.number(), '"' + g.text() + '"')));
        assertEquals(
                uses("FW_CHILD_STATE"),
                ours(ChildState.values(), c -> Stream.of(c.name(), c.number(), '"' + c.text() + '"')));
    }

    @Test
    void constantsAreFoundByTheirNumbers() {
        for (Key key : Key.values()) {
            assertEquals(key, Key.of(key.number()));
        }
        for (RecordType type : RecordType.values()) {
            assertEquals(type, RecordType.of(type.number()));
        }
    }
}
