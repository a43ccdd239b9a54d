package org.forkwitness.suppress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.HeldLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuppressionsTest {
    private static final Frame JAVA = Frame.java("com.x.Git", "run", "Git.java", 88);
    private static final Frame NATIVE =
            Frame.resolved("libfoo.so.1", "foo::run(char const*)", "/build/foo/init.c", 12, "0x1", null, false);
    private static final Frame PYTHON = Frame.python("app", "train", "/srv/app.py", 7);
    private static final Frame BARE = Frame.unresolved("libbar.so", "0x1", null);

    @TempDir
    private Path directory;

    private static Suppressions rules(String... lines) {
        Suppressions rules = Suppressions.parse("known.rules", bytes(lines));
        assertEquals(List.of(), rules.notes());
        return rules;
    }

    private static boolean site(String keys, Call call, Frame blame) {
        return rules("site " + keys + " : why").site(call, blame).isPresent();
    }

    @Test
    void aSiteByItsBlamedFrame() {
        assertTrue(site("blame=com.x.Git.run", Call.FORK, JAVA));
        assertTrue(site("blame=com.x.*", Call.FORK, JAVA));
        assertFalse(site("blame=com.x.Git", Call.FORK, JAVA), "a pattern is for the whole name");
        assertTrue(site("blame=Git.java:88", Call.FORK, JAVA));
        assertFalse(site("blame=Git.java:8", Call.FORK, JAVA));
        assertTrue(site("blame=init.c:12", Call.FORK, NATIVE));
        assertTrue(site("blame=/build/foo/*:12", Call.FORK, NATIVE));
        assertTrue(site("blame=\"foo::run(char const*)\"", Call.FORK, NATIVE));
        assertTrue(site("blame=train", Call.FORK, PYTHON));
        assertTrue(site("blame=app.py:?", Call.FORK, PYTHON));
        assertFalse(site("blame=*", Call.FORK, BARE), "what is not known fits nothing");
        assertFalse(site("blame=*", Call.FORK, null));
    }

    @Test
    void aSiteByLibraryAndCall() {
        assertTrue(site("library=libbar.so", Call.FORK, BARE));
        assertTrue(site("library=libfoo.so* call=vfork", Call.VFORK, NATIVE));
        assertFalse(site("library=libfoo.so* call=vfork", Call.FORK, NATIVE), "all keys must fit");
        assertFalse(site("library=libfoo.so* call=vfork", Call.VFORK, BARE));
        assertFalse(site("library=*", Call.FORK, JAVA));
        assertTrue(site("call=_Fork", Call.UNDERSCORE_FORK, null));
    }

    @Test
    void aThread() {
        Suppressions rules =
                rules("thread name=\"VM Thread #?\" library=libjvm.so : ours", "thread name=pool-* : pool");
        assertEquals(
                "ours (known.rules:1)",
                rules.thread("VM Thread #1", "libjvm.so").orElseThrow().text());
        assertEquals("pool", rules.thread("pool-1", "com.x.Pool").orElseThrow().reason());
        assertEquals(Optional.empty(), rules.thread("VM Thread #1", "libfoo.so"));
        assertEquals(Optional.empty(), rules.thread(null, "libjvm.so"));
        assertEquals(Optional.empty(), rules.site(Call.FORK, JAVA), "a thread's rule is for threads");
    }

    private static HeldLock lock(String kind, String name, List<Frame> initializedBy) {
        return new HeldLock(1, kind, "0x10", name, null, null, null, null, initializedBy, null);
    }

    private static boolean lock(String keys, HeldLock lock) {
        return rules("lock " + keys + " : why").lock(lock).isPresent();
    }

    @Test
    void aLock() {
        HeldLock inLibrary = lock("mutex", "g_lock in libfoo.so", null);
        assertTrue(lock("name=g_lock", inLibrary));
        assertTrue(lock("name=\"g_lock in *\"", inLibrary));
        assertTrue(lock("library=libfoo.so kind=mutex", inLibrary));
        assertFalse(lock("kind=rwlock", inLibrary));
        HeldLock named = lock("rwlock", "the cache", List.of(JAVA, NATIVE));
        assertTrue(lock("name=\"the cache\" library=libfoo.so.?", named));
        HeldLock nameless = lock("mutex", null, null);
        assertFalse(lock("name=*", nameless));
        assertFalse(lock("library=*", nameless));
        assertTrue(lock("kind=m*", nameless));
    }

    @Test
    void theFirstRuleThatFitsIsTheOne() {
        Suppressions rules =
                rules("# two", "", "   ", "site call=vfork : first", "\tsite\tcall=fork :\tsecond : of it");
        assertEquals(
                "second : of it (known.rules:5)",
                rules.site(Call.FORK, null).orElseThrow().text());
        assertEquals(
                "a",
                rules("site call=fork : a", "site call=* : b")
                        .site(Call.FORK, null)
                        .orElseThrow()
                        .reason());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "fork blame=x : why|'fork' is none of site, thread and lock: expected: site|",
                "site : why|it would fit every site: expected blame=pattern, library=pattern or call=pattern",
                "site blame=x|no reason: expected: site",
                "site blame=x: why|'why' has no '='",
                "site blame=x :|no reason after the colon",
                "site blam=x : why|a site has no 'blam': expected blame=pattern, library=pattern or call=pattern",
                "thread kind=x : why|a thread has no 'kind': expected name=pattern or library=pattern",
                "lock name= : why|'name' has no pattern: expected name=pattern",
                "lock name=a name=b : why|'name' stands there twice",
                "lock name=\"a b : why|a double quote without its end",
                "lock my lock : why|'my' has no '='",
            })
    void aLineThatIsNoRuleIsANoteAndAllOthersHold(String line, String message) {
        Suppressions rules = Suppressions.parse("my.rules", bytes("site call=fork : a", line, "thread name=b : b"));
        assertEquals(1, rules.notes().size(), rules.notes()::toString);
        String note = rules.notes().get(0);
        assertTrue(note.startsWith("my.rules:2: " + message), note);
        assertTrue(note.contains("expected"), note);
        assertTrue(rules.site(Call.FORK, null).isPresent());
        assertTrue(rules.thread("b", "x").isPresent());
    }

    @Test
    void aFile() throws Exception {
        Path file = directory.resolve("known.rules");
        Files.writeString(file, "site call=fork : caf\u00e9\n");
        Suppressions rules = Suppressions.read(file);
        assertFalse(rules.isEmpty());
        assertEquals("caf\u00e9", rules.site(Call.FORK, null).orElseThrow().reason());
    }

    @Test
    void aFileThatCannotBeReadIsANote() throws Exception {
        Suppressions absent = Suppressions.read(directory.resolve("absent"));
        assertTrue(absent.isEmpty());
        assertTrue(
                absent.notes().get(0).matches("suppress=.*absent cannot be read, no rule of it holds: .*NoSuchFile.*"),
                absent.notes()::toString);
        assertEquals(List.of(), Suppressions.NONE.notes());
    }

    @Test
    void aLineInAnotherEncodingIsANoteAndTheOthersHold() throws Exception {
        Path latin = directory.resolve("latin");
        String lines = "# caf\u00e9\nsite call=fork : caf\u00e9\r\nsite call=vfork : known\n";
        Files.write(latin, lines.getBytes(StandardCharsets.ISO_8859_1));
        Suppressions rules = Suppressions.read(latin);
        assertEquals(List.of("latin:2: not UTF-8"), rules.notes());
        assertTrue(rules.site(Call.FORK, null).isEmpty());
        assertEquals("known", rules.site(Call.VFORK, null).orElseThrow().reason());
    }

    private static List<byte[]> bytes(String... lines) {
        return Stream.of(lines)
                .map(line -> line.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void patterns() {
        assertTrue(new Glob("*").matches(""));
        assertTrue(new Glob("a*b*c").matches("a--b-b--c"));
        assertFalse(new Glob("a*b*c").matches("a--b-b--"));
        assertTrue(new Glob("**a?").matches("xxab"));
        assertFalse(new Glob("a?").matches("a"));
        assertFalse(new Glob("").matches("a"));
        assertTrue(new Glob("a.b[c]$").matches("a.b[c]$"));
        assertFalse(new Glob("a.b").matches("axb"));
        assertFalse(new Glob("*").matches(null));
        assertFalse(new Glob("*a".repeat(40)).matches("a".repeat(4000) + "b"));
    }
}
