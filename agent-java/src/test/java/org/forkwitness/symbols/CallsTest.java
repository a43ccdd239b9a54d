package org.forkwitness.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.forkwitness.symbols.Calls.Call;
import org.forkwitness.symbols.Calls.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Instructions as the assemblers of GNU write them. */
class CallsTest {
    private static final Calls X86 = new X86Calls();
    private static final Calls AARCH64 = new Aarch64Calls();

    /** The bytes of an instruction at the end of what stands before a return address. */
    private static byte[] code(String hex) {
        byte[] instruction = HexFormat.of().parseHex(hex.replace(" ", ""));
        byte[] code = new byte[Calls.LONGEST];
        System.arraycopy(instruction, 0, code, code.length - instruction.length, instruction.length);
        return code;
    }

    private static byte[] words(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(words.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : words) {
            bytes.putInt(word);
        }
        return bytes.array();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ff d0",
                "41 ff d0",
                "ff 10",
                "41 ff 14 24",
                "ff 50 08",
                "ff 54 24 08",
                "41 ff 54 24 08",
                "ff 90 45 23 01 00",
                "ff 94 24 45 23 01 00",
                "ff 14 c5 45 23 01 00"
            })
    void computedCallsOfX86(String hex) {
        assertEquals(Call.COMPUTED, X86.before(code(hex), 0x1000, a -> true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff e0", "ff 18", "50", "ff d0 90", "90 90 90 90 90 90 90 90", "ff 50", "14 24"})
    void whatIsNoCallOfX86(String hex) {
        assertEquals(Call.NONE, X86.before(code(hex), 0x1000, a -> true));
    }

    @Test
    void callsOfX86WithAnAddress() {
        assertEquals(new Call(Kind.DIRECT, 0x1400), X86.before(code("e8 00 04 00 00"), 0x1000, a -> true));
        assertEquals(new Call(Kind.DIRECT, 0xc00), X86.before(code("e8 00 fc ff ff"), 0x1000, a -> true));
        assertEquals(Call.NONE, X86.before(code("e8 00 04 00 00"), 0x1000, a -> false), "leads out of the code");
        assertEquals(new Call(Kind.SLOT, 0x13345), X86.before(code("ff 15 45 23 01 00"), 0x1000, a -> true));
    }

    @Test
    void linkageTablesOfX86() {
        assertEquals(0x4006, X86.slot(code16("ff 25 00 30 00 00 68 00 00 00 00 e9"), 0x1000));
        assertEquals(0x400a, X86.slot(code16("f3 0f 1e fa ff 25 00 30 00 00 66"), 0x1000));
        assertEquals(0x400b, X86.slot(code16("f3 0f 1e fa f2 ff 25 00 30 00 00"), 0x1000));
        assertEquals(0, X86.slot(code16("ff 15 00 30 00 00"), 0x1000));
    }

    private static byte[] code16(String hex) {
        byte[] entry = new byte[Calls.PLT_ENTRY];
        byte[] given = HexFormat.of().parseHex(hex.replace(" ", ""));
        System.arraycopy(given, 0, entry, 0, given.length);
        return entry;
    }

    @ParameterizedTest
    @CsvSource({"e9 00 01 00 00, 0x1105", "90 0f 84 00 01 00 00, 0x1107", "eb 10, 0x1012", "90 eb f0, 0xff3"})
    void jumpsOfX86(String hex, String target) {
        byte[] body = HexFormat.of().parseHex(hex.replace(" ", ""));
        assertTrue(X86.jumps(body, 0x1000, a -> a == Long.decode(target)));
        assertFalse(X86.jumps(body, 0x1000, a -> a == Long.decode(target) + 1));
    }

    @Test
    void callsOfAarch64() {
        assertEquals(new Call(Kind.DIRECT, 0x13fc), aarch64(0x94000100));
        assertEquals(new Call(Kind.DIRECT, 0xbfc), aarch64(0x97ffff00));
        assertEquals(Call.COMPUTED, aarch64(0xd63f0060));
        assertEquals(Call.COMPUTED, aarch64(0xd63f087f), "blraaz");
        assertEquals(Call.NONE, aarch64(0x14000004), "b");
        assertEquals(Call.NONE, aarch64(0xd61f0060), "br");
        assertEquals(Call.NONE, aarch64(0));
    }

    private static Call aarch64(int instruction) {
        return AARCH64.before(words(0x94000100, instruction), 0x1000, a -> true);
    }

    @Test
    void linkageTablesOfAarch64() {
        assertEquals(0x1ff98, AARCH64.slot(words(0xf00000f0, 0xf947ce11, 0x913e6210, 0xd61f0220), 0x640));
        assertEquals(0xd008, AARCH64.slot(words(0xd503245f, 0xb0fffff0, 0xf9400611, 0), 0x10010));
        assertEquals(0, AARCH64.slot(words(0xf00000f0, 0xf947ce12, 0, 0), 0x640));
    }

    @Test
    void jumpsOfAarch64() {
        byte[] body = words(0xd503201f, 0x14000004);
        assertTrue(AARCH64.jumps(body, 0x1000, a -> a == 0x1014));
        assertFalse(AARCH64.jumps(body, 0x1000, a -> a == 0x1010));
    }
}
