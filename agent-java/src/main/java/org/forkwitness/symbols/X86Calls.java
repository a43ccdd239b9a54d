package org.forkwitness.symbols;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongPredicate;

/** Calls of x86-64 (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: CALL, JMP, table 2-2). */
final class X86Calls implements Calls {
    private static final int CALL_REL32 = 0xe8;
    private static final int GROUP_5 = 0xff;
    private static final int JMP_REL32 = 0xe9;
    private static final int JMP_REL8 = 0xeb;
    private static final int ENDBR64 = 0xfa1e0ff3;
    private static final int BND = 0xf2;

    /** ModR/M of group 5: CALL (/2) or JMP (/4) through a variable, by its distance from the next instruction. */
    private static final int CALL_SLOT = 0x15;

    private static final int JMP_SLOT = 0x25;

    @Override
    public Call before(byte[] code, long returnAddress, LongPredicate isCode) {
        ByteBuffer bytes = little(code);
        int end = code.length;
        int distance = bytes.getInt(end - 4);
        if (at(code, end - 5) == CALL_REL32 && isCode.test(returnAddress + distance)) {
            return new Call(Kind.DIRECT, returnAddress + distance);
        }
        if (at(code, end - 6) == GROUP_5 && at(code, end - 5) == CALL_SLOT) {
            return new Call(Kind.SLOT, returnAddress + distance);
        }
        for (int length = 2; length <= 7; length++) {
            if (at(code, end - length) == GROUP_5
                    && length == callLength(at(code, end - length + 1), length > 2 ? at(code, end - length + 2) : 0)) {
                return Call.COMPUTED;
            }
        }
        return Call.NONE;
    }

    /** Length of {@code ff /2} with these ModR/M and SIB bytes; 0 where it is no such call. */
    private static int callLength(int modrm, int sib) {
        int mod = modrm >> 6;
        int rm = modrm & 7;
        if ((modrm >> 3 & 7) != 2) {
            return 0;
        }
        if (mod == 3) {
            return 2;
        }
        boolean farBase = mod == 0 && (rm == 5 || rm == 4 && (sib & 7) == 5);
        int displacement = mod == 1 ? 1 : mod == 2 || farBase ? 4 : 0;
        return 2 + (rm == 4 ? 1 : 0) + displacement;
    }

    @Override
    public long slot(byte[] entry, long address) {
        ByteBuffer bytes = little(entry);
        int start = bytes.getInt(0) == ENDBR64 ? 4 : 0;
        start += at(entry, start) == BND ? 1 : 0;
        boolean jumps = at(entry, start) == GROUP_5 && at(entry, start + 1) == JMP_SLOT;
        return jumps ? address + start + 6 + bytes.getInt(start + 2) : 0;
    }

    /** Byte by byte: a jump that is none in truth would have to lead to that very address by chance. */
    @Override
    public boolean jumps(byte[] code, long address, LongPredicate target) {
        ByteBuffer bytes = little(code);
        for (int i = 0; i + 1 < code.length; i++) {
            int opcode = at(code, i);
            if (opcode == JMP_REL8 && target.test(address + i + 2 + code[i + 1])) {
                return true;
            }
            boolean near = opcode == JMP_REL32 || i > 0 && (opcode & 0xf0) == 0x80 && at(code, i - 1) == 0x0f;
            if (near && i + 5 <= code.length && target.test(address + i + 5 + bytes.getInt(i + 1))) {
                return true;
            }
        }
        return false;
    }

    private static ByteBuffer little(byte[] code) {
        return ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int at(byte[] code, int index) {
        return Byte.toUnsignedInt(code[index]);
    }
}
