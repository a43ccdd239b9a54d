package org.forkwitness.verdict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.forkwitness.report.Frame;
import org.forkwitness.symbols.ResolvedStack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlameTest {
    private static final Frame OWN = Frame.java("com.x.Launcher", "start", "Launcher.java", 42);

    private static Frame lib(String name) {
        return Frame.unresolved(name, "0x10", null);
    }

    private static Frame java(String name, Integer line) {
        return Frame.java(name, "m", line == null ? null : "F.java", line);
    }

    private static ResolvedStack stack(Frame... frames) {
        List<String> paths = new ArrayList<>();
        for (Frame frame : frames) {
            paths.add(frame.module() == null ? null : "/jdk/lib/" + frame.module());
        }
        return new ResolvedStack(Arrays.asList(frames), paths, true);
    }

    private static Frame blame(String home, String skip, Frame... frames) {
        return Plumbing.of(home, skip).blame(stack(frames));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "libc.so.6",
                "libc-2.31.so",
                "ld-linux-x86-64.so.2",
                "ld-musl-x86_64.so.1",
                "libforkwitness.so",
                "libjvm.so",
                "libjava.so",
                "libjffi-1.2.so",
                "jffi4711.so",
                "jna1234.tmp",
                "libjnidispatch.so",
                "libffi.so.8",
                "libpthread-2.31.so"
            })
    void librariesThatOnlyCarryOutAreNotBlamed(String library) {
        assertEquals(OWN, blame(null, "", lib(library), OWN));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "java.lang.ProcessImpl",
                "jdk.internal.foreign.abi.DowncallLinker",
                "sun.misc.X",
                "com.sun.jna.Function",
                "com.kenai.jffi.Foreign",
                "jnr.ffi.provider.jffi.X",
                "jnr.posix.LinuxPOSIX"
            })
    void classesThatOnlyCarryOutAreNotBlamed(String name) {
        assertEquals(OWN, blame(null, "", java(name, 3), OWN));
    }

    @Test
    void generatedClassesAreNotBlamed() {
        assertEquals(OWN, blame(null, "", java("com.x.Libc$jnr$ffi$0", null), OWN));
        assertEquals(OWN, blame(null, "", java("com.x.Y$$Lambda/0x01", null), OWN));
        Frame hiddenWithLine = java("com.x.Script/0x01", 5);
        assertEquals(hiddenWithLine, blame(null, "", hiddenWithLine, OWN));
    }

    @Test
    void librariesOfTheJdkAreNotBlamedWhereItsHomeIsKnown() {
        assertEquals(OWN, blame("/jdk", "", lib("libnio.so"), OWN));
        assertEquals(lib("libnio.so"), blame("/other", "", lib("libnio.so"), OWN));
    }

    @Test
    void namesThatBeginLikeThoseOfTheCLibraryAreBlamed() {
        assertEquals(lib("libcurl.so.4"), blame(null, "", lib("libcurl.so.4"), OWN));
        assertEquals(java("javassist.X", 1), blame(null, "", java("javassist.X", 1), OWN));
    }

    @Test
    void theUserAddsPrefixes() {
        assertEquals(OWN, blame(null, "com.y.:libmine", java("com.y.Z", 1), lib("libmine.so.2"), OWN));
    }

    @Test
    void whereAllIsPlumbingTheOutermostJavaFrameIsBlamedOrElseTheFirstNativeOne() {
        Frame outermost = java("java.lang.Thread", 9);
        assertEquals(outermost, blame(null, "", lib("libc.so.6"), java("java.lang.ProcessImpl", 1), outermost));
        assertEquals(lib("libc.so.6"), blame(null, "", lib("libc.so.6"), lib("libjvm.so")));
        assertNull(blame(null, ""));
    }

    @Test
    void codeInNoLibraryIsNotBlamed() {
        assertEquals(OWN, blame(null, "", Frame.unresolved(null, "0x10", null), OWN));
    }

    @Test
    void patternsMatchWholeNames() {
        assertEquals(true, RuleTable.matches("jna*.tmp", "jna12.tmp"));
        assertEquals(false, RuleTable.matches("jna*.tmp", "jna12.tmp.so"));
        assertEquals(true, RuleTable.matches("lib*dl*.so*", "libdl-2.31.so"));
        assertEquals(false, RuleTable.matches("libc.so.6", "libc.so.60"));
        assertEquals(true, RuleTable.matches("*", ""));
    }

    private static Frame python(String file) {
        return Frame.python(null, "f", file, 12);
    }

    @Test
    void aPythonProgramIsBlamedForWhatItsInterpreterDoes() {
        Frame app = python("/srv/app.py");
        assertEquals(app, blame(null, "", lib("libc.so.6"), lib("python3.11"), app, lib("python3.11")));
        assertEquals(app, blame(null, "", lib("libc.so.6"), lib("libpython3.13.so.1.0"), app));
        assertEquals(
                app,
                blame(null, "", lib("python3.11"), python("/usr/lib/python3.11/multiprocessing/popen_fork.py"), app));
        assertEquals(
                app,
                blame(
                        null,
                        "",
                        lib("_jpype.cpython-311-x86_64-linux-gnu.so"),
                        python("/usr/lib/python3/dist-packages/jpype/_core.py"),
                        python("/usr/lib/python3.11/threading.py"),
                        app));
        Frame extension = lib("fast.cpython-311-x86_64-linux-gnu.so");
        assertEquals(extension, blame(null, "", lib("libc.so.6"), extension, lib("python3.11"), app));
        Frame interpreter = lib("python3.11");
        assertEquals(
                interpreter, blame(null, "", lib("libc.so.6"), interpreter, OWN), "its program is not in the stack");
    }
}
